"""Reading the supplier's callbacks: whether one is genuine, and what it hints at. Nothing here is believed but that.

The classic callback bears our shared secret in its body and nothing else, so whoever saw one can forge others; the
newer one is signed the Svix way. Either is a hint to look for ourselves.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bamboo.schemas.fields import Fields, UnreadableAnswer, request_id_from

LARGEST_BODY = 256 * 1024
MOST_PRODUCTS = 500
TOLERANCE_SECONDS = 300
_LARGEST_ID = 2**31 - 1


class NotGenuineError(Exception):
    """Somebody else sent it, or nothing can be made of it. Its sender is told nothing more."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What to look at; `key` is the same when the same callback comes again."""

    key: str
    request_id: uuid.UUID | None = None
    product_ids: tuple[int, ...] = ()


def read_notification(body: bytes, *, secret: str) -> Hint:
    """Read the classic callback of an order that is final.

    Raises:
        NotGenuineError: without a secret of ours, always; else it bears another, or cannot be read.

    """
    fields = _fields(body)
    given = str(fields.get("secretkey") or "").encode(errors="replace")
    if not secret or not hmac.compare_digest(given, secret.encode()):
        raise NotGenuineError("secret")
    return Hint(f"notification:{hashlib.sha256(body).hexdigest()}", request_id_from(fields.get("requestid")))


def read_webhook(body: bytes, *, headers: Mapping[str, str], secrets: Sequence[str], now: float) -> Hint:
    """Read a signed callback, of an order or of products; any of the secrets may have signed it.

    Raises:
        NotGenuineError: without secrets, always; else the signature or the time is wrong, or it cannot be read.

    """
    message_id, sent_at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
    if not re.fullmatch(r"[\x21-\x7e]{1,100}", message_id) or not re.fullmatch(r"[0-9]{1,12}", sent_at):
        raise NotGenuineError("headers")
    if abs(now - int(sent_at)) > TOLERANCE_SECONDS:
        raise NotGenuineError("time")
    signed = f"{message_id}.{sent_at}.".encode() + body
    if not _is_signed(signed, headers.get("svix-signature", ""), secrets):
        raise NotGenuineError("signature")
    fields = _fields(body)
    return Hint(f"svix:{message_id}", request_id_from(fields.get("requestid")), _product_ids(fields))


def _is_signed(signed: bytes, signatures: str, secrets: Sequence[str]) -> bool:
    given = [part.partition(",")[2] for part in signatures.split(" ") if part.startswith("v1,")]
    return any(
        hmac.compare_digest(each.encode(errors="replace"), expected)
        for key in map(_key, secrets)
        if key
        for expected in [base64.b64encode(hmac.digest(key, signed, hashlib.sha256))]
        for each in given
    )


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return b""


def _fields(body: bytes) -> Fields:
    try:
        return Fields(json.loads(body))
    except (ValueError, RecursionError):
        raise NotGenuineError("body") from None


def _product_ids(fields: Fields) -> tuple[int, ...]:
    try:
        found = {Fields(each).optional_whole("id") for each in fields.items("products")[:MOST_PRODUCTS]}
    except UnreadableAnswer:
        return ()
    return tuple(sorted(each for each in found if each is not None and 0 < each <= _LARGEST_ID))
