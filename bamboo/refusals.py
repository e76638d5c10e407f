"""Reads why the supplier said no: from an answer's status, headers and body to one of `bamboo.errors`.

The supplier has no single form for a reason: the code comes in one of five fields, in a problem document, as a sentence
or as plain text. Whatever cannot be read stays unclassified; nothing is guessed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from bamboo import wordings
from bamboo.errors import (
    AlreadyPlaced,
    BambooError,
    FloatShort,
    Misconfigured,
    OrderNotFound,
    OrderRefused,
    OurFault,
    OutcomeUnknown,
    RateLimited,
    Unclassified,
)

CODES = (
    "WrongAccount",
    "InsufficientBalance",
    "InvalidProductIds",
    "InvalidProduct",
    "InvalidDenomination",
    "NoProducts",
    "OrderAlreadyExists",
    "ClientCatalogNotExist",
    "OrderNotFound",
    "CardsLimitExceeded",
    "ProductIsOutOfStock",
    "ClientPriceInvalid",
    "UserNotEnabled",
)

BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
# A read of one order answered like this saw none.
NO_SUCH_ORDER = frozenset({404, 410})
CONFLICT = 409
TOO_MANY_REQUESTS = 429
_SAYS_WHY_ALONE = frozenset({UNAUTHORIZED, FORBIDDEN, *NO_SUCH_ORDER})
# Somebody gave up waiting, or met the same request under way: that says nothing about what became of it.
_SAYS_NOTHING = frozenset({408, CONFLICT, 425, 499})

# A reason is short. What is longer is a page of some proxy, and searching it would only find accidents.
_LONGEST_REASON = 4_000
_DEEPEST = 4

_MORE_FIELDS = ("errorcode", "errormessage", "title", "detail", "description", "errors")
_FIELDS = ("reason", "reasoncode", "code", "error", "message", *_MORE_FIELDS)
_CODE_BY_LOWER = {code.lower(): code for code in CODES}
_CODE_AS_WORD = re.compile(r"\b(" + "|".join(CODES) + r")\b", re.IGNORECASE)

_TOO_LARGE = Decimal(10) ** 14
_AMOUNT = r"\s*:?\s*(-?\d[\d,]*(?:\.\d+)?)"
_BALANCE = re.compile(r"(?<!reserved )\bbalance" + _AMOUNT, re.IGNORECASE)
_RESERVED = re.compile(r"reserved balance" + _AMOUNT, re.IGNORECASE)
_TOP_UP = re.compile(r"top-?up required" + _AMOUNT, re.IGNORECASE)
_STOCK = re.compile(
    r"for product (?P<name>.{1,300}?)\.? Requested: (?P<requested>\d{1,9})\. In stock: (?P<in_stock>\d{1,9})",
    re.IGNORECASE,
)

_WAIT = re.compile(
    r"\b(?:wait|retry|again)(?: for| in| after)?(?: at least)?\s+(\d{1,9}(?:\.\d{1,6})?)\s*(s|m(?!s)|h)", re.IGNORECASE
)
_SECONDS_IN = {"s": 1, "m": 60, "h": 3600}
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,6})?")


def error_from(*, status: int, headers: Mapping[str, str], body: bytes, reading_order: bool = False) -> BambooError:
    """Tell what an answer that is not a success means; `reading_order` says that the call was a read of one order."""
    if status == TOO_MANY_REQUESTS:
        return RateLimited(http_status=status, retry_after=_retry_after(headers, body))
    if not BAD_REQUEST <= status < 500:  # noqa: PLR2004 - the end of the 4xx range
        return OutcomeUnknown(f"http_{status}", http_status=status)
    code, text = _reason(body)
    if status not in _SAYS_WHY_ALONE and code in (None, "OrderNotFound") and wordings.is_under_way(text):
        return OutcomeUnknown("under_way", http_status=status)
    if reading_order and _says_no_such_order(status, code, text, body):
        return OrderNotFound("OrderNotFound", http_status=status)
    if code is None and wordings.is_limit(text):
        return RateLimited(f"http_{status}", http_status=status, retry_after=_retry_after(headers, body))
    return _client_error(status, code, text)


def _says_no_such_order(status: int, code: str | None, text: str, body: bytes) -> bool:
    if status in NO_SUCH_ORDER or (code == "OrderNotFound" and status not in (UNAUTHORIZED, FORBIDDEN)):
        return True
    if status != BAD_REQUEST or code is not None:
        return False
    # A web page is some proxy's, and tells nothing about the order.
    return wordings.says_no_such_order(text) or (wordings.is_empty(text) and not body.lstrip().startswith(b"<"))


def _client_error(status: int, code: str | None, text: str) -> BambooError:
    if code == "OrderAlreadyExists":
        return AlreadyPlaced(code, http_status=status)
    if status in _SAYS_NOTHING:
        return OutcomeUnknown(f"http_{status}", http_status=status)
    if status in (UNAUTHORIZED, FORBIDDEN):
        return Misconfigured(code or f"http_{status}", http_status=status)
    maker = _MAKERS.get(code) if code else None
    if maker is None or code is None or status != BAD_REQUEST:
        return Unclassified(f"http_{status}", http_status=status)
    return maker(code, text)


def _refused(code: str, text: str) -> BambooError:
    stock = _STOCK.search(text)
    if stock is None:
        return OrderRefused(code, http_status=BAD_REQUEST)
    return OrderRefused(
        code,
        http_status=BAD_REQUEST,
        product_name=stock["name"],
        requested=int(stock["requested"]),
        in_stock=int(stock["in_stock"]),
    )


def _float_short(code: str, text: str) -> BambooError:
    return FloatShort(
        code,
        http_status=BAD_REQUEST,
        balance=_amount(_BALANCE, text),
        reserved=_amount(_RESERVED, text),
        top_up=_amount(_TOP_UP, text),
    )


def _misconfigured(code: str, _text: str) -> BambooError:
    return Misconfigured(code, http_status=BAD_REQUEST)


def _our_fault(code: str, _text: str) -> BambooError:
    return OurFault(code, http_status=BAD_REQUEST)


_MAKERS: dict[str, Callable[[str, str], BambooError]] = {
    "ProductIsOutOfStock": _refused,
    "InvalidProductIds": _refused,
    "InvalidProduct": _refused,
    "ClientPriceInvalid": _refused,
    "InvalidDenomination": _refused,
    "InsufficientBalance": _float_short,
    "WrongAccount": _misconfigured,
    "UserNotEnabled": _misconfigured,
    "ClientCatalogNotExist": _misconfigured,
    "CardsLimitExceeded": _our_fault,
    "NoProducts": _our_fault,
}


def _reason(body: bytes) -> tuple[str | None, str]:
    """Return one of the 13 codes, if the body tells one, and all of its texts together."""
    texts = [text[:_LONGEST_REASON] for text in _texts(_decoded(body), _DEEPEST)]
    together = "\n".join(texts)[:_LONGEST_REASON]
    for text in texts:
        if code := _CODE_BY_LOWER.get(text.strip().lower()):
            return code, together
    for text in texts:
        if word := _CODE_AS_WORD.search(text):
            return _CODE_BY_LOWER[word[1].lower()], together
    return next(filter(None, map(wordings.code_in_sentence, texts)), None), together


def _decoded(body: bytes) -> object:
    text = body.decode("utf-8-sig", errors="replace").strip()
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        # Plain text may be the reason itself; a web page is never one.
        return "" if text.startswith("<") else text


def _texts(value: object, depth: int) -> Iterator[str]:
    """Yield the texts of an answer, the fields that usually hold the reason first, in the order of preference."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for each in value:
            yield from _texts(each, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _texts_of_fields({str(key).lower(): each for key, each in value.items()}, depth)


def _texts_of_fields(fields: Mapping[str, object], depth: int) -> Iterator[str]:
    known = [name for name in _FIELDS if name in fields]
    for name in known:
        yield from _texts(fields[name], depth - 1)
    # Under "errors" the keys are field names or codes of the supplier's choice, so all of it counts.
    if not known:
        for name, each in fields.items():
            yield name
            yield from _texts(each, depth - 1)


def _amount(pattern: re.Pattern[str], text: str) -> Decimal | None:
    match = pattern.search(text)
    amount = Decimal(match[1].replace(",", "")) if match else None
    # More than any account holds is no amount, and no column of ours would take it.
    return amount if amount is not None and abs(amount) < _TOO_LARGE else None


def _retry_after(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the seconds to wait: from the header first, then from any text like "wait for 3406 seconds"."""
    header = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(header):
        return float(header)
    if header and (moment := _http_date(header)) is not None:
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    match = _WAIT.search(body[:_LONGEST_REASON].decode("utf-8", errors="replace"))
    return float(match[1]) * _SECONDS_IN[match[2].lower()] if match else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
