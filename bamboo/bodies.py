"""How the supplier's bodies are written and decoded: numbers are exact both ways."""

import codecs
import json
import uuid
from collections.abc import Sequence
from decimal import Decimal

from bamboo.schemas import CheckoutEntry, UnreadableAnswer
from bamboo.schemas.fields import Fields, request_id_from


def decoded(body: bytes) -> object:
    """Decode exactly: a number with decimals never passes through a float."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        # A number whose exponent is out of all bounds is no ValueError.
        raise UnreadableAnswer("not JSON") from None


def _no_number(name: str) -> object:
    raise UnreadableAnswer(name)


def rows(raw: object) -> list[object]:
    """Return a list that must be one."""
    if not isinstance(raw, list):
        raise UnreadableAnswer("a list was expected")
    return raw


def names(body: bytes, request_id: uuid.UUID) -> bool:
    """Tell whether an acceptance is for this RequestId: a bare text, one in braces, or an object that names it."""
    try:
        raw = decoded(body)
    except UnreadableAnswer:
        raw = body.decode("utf-8", errors="replace")
    if isinstance(raw, dict):
        raw = Fields(raw).get("requestid")
    return request_id_from(raw) == request_id


def is_blank(body: bytes) -> bool:
    """Tell whether an answer says nothing at all: no body, null, or an empty text, list or object."""
    if not body.removeprefix(codecs.BOM_UTF8).strip():
        return True
    try:
        return decoded(body) in _BLANKS
    except UnreadableAnswer:
        return False


_BLANKS: tuple[object, ...] = (None, "", [], {})


def checkout_body(*, request_id: uuid.UUID, account_id: int, entries: Sequence[CheckoutEntry]) -> bytes:
    """Write the JSON by hand, since the standard library cannot write a Decimal as a number."""
    products = ",".join(
        f'{{"ProductId":{entry.product_id:d},"Quantity":{entry.quantity:d},"Value":{_json_number(entry.value)}}}'
        for entry in entries
    )
    return f'{{"RequestId":"{request_id}","AccountId":{account_id:d},"Products":[{products}]}}'.encode()


def _json_number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
