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

# Tried in this order: "already exists" first, because it must never be taken for a refusal.
_SENTENCES = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("OrderAlreadyExists", r"\b(order|request ?id)\b.{0,120}\balready (exists|been used|used)"),
        ("InsufficientBalance", r"enough funds|insufficient (funds|balance)"),
        ("ProductIsOutOfStock", r"not enough.{0,200}in stock|out of stock"),
        ("OrderNotFound", r"\border\b.{0,120}(not found|does not exist)"),
        (
            "CardsLimitExceeded",
            r"(more than|limit of|maximum( of)?|exceed\w*).{0,60}\bcards\b|\bcards\b.{0,60}\bexceed",
        ),
        (
            "InvalidDenomination",
            r"(denomination|face ?value).{0,120}(not allowed|not valid|invalid|not supported)",
        ),
        ("InvalidDenomination", r"invalid (denomination|face ?value)"),
        ("ClientPriceInvalid", r"\bprice\b.{0,120}(missing|not set|invalid|account manager)"),
        (
            "ClientCatalogNotExist",
            r"client\b.{0,80}\bcatalog\b.{0,60}(not exist|not found)|client has no catalog",
        ),
        ("InvalidProductIds", r"products?\b.{0,200}(not found|not in (your|this client's) catalog)"),
        ("InvalidProduct", r"product\b.{0,200}(cannot|can not|can't) be ordered"),
        ("NoProducts", r"no products|at least one product"),
        ("WrongAccount", r"account\b.{0,80}(not valid|not found|does not belong|wrong)|wrong account"),
        ("UserNotEnabled", r"user\b.{0,60}(disabled|not enabled)"),
    )
)

# What a 400 to a read of one order says when there is none, beside the sentence above: the call has an id and nothing
# else that could be wrong, unless the text is about us.
_NONE_SUCH = re.compile(
    r"\bnot[ _-]?found\b|\b(no|unknown|invalid|non-?existent)( such)? (order|request|record|resource|data|results?)\b"
    r"|\b(does|do|did)( not|n[o']?t) exist|\b(cannot|can not|can't|couldn't|could not|unable to) (be )?f(ind|ound)\b"
    r"|\border\b.{0,120}\b(unknown|invalid|missing|not exists?|not available)\b|\brequest ?id\b.{0,120}\binvalid\b",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(r"\b(account|client|catalog|user|credentials?|token|address|ip)\b", re.IGNORECASE)
# Titles that only repeat the status: a refusal with no more than these is as good as empty.
_EMPTY_TITLE = re.compile(r"\W*(https?://\S*|about:blank|bad ?request|error|null|none|400)?\W*", re.IGNORECASE)

# A limit that is told with another status than 429. "Try again later" alone may be about anything that went wrong.
_LIMIT = re.compile(
    r"\btoo (many (requests|orders|calls|checkouts|attempts|transactions)|frequent\w*|fast|quick\w*)\b"
    r"|\b(rate|request|call)s?[ -]?limit\w*|\bthrottl\w+|\bslow down\b|\bquota\b.{0,60}\bexceed\w*"
    r"|\b(limit|orders?|requests?|calls?)\b.{0,80}\bper (second|minute|hour)\b"
    r"|\b(limit|maximum)\b.{0,40}\b(orders|requests|calls)\b.{0,80}\b(reached|exceeded)\b"
    r"|\b(reached|exceeded)\b.{0,40}\b(limit|maximum|number)\b.{0,40}\b(orders|requests|calls)\b"
    r"|\b(wait|retry|again)( for| in| after)?( at least)? \d{1,9}(\.\d{1,6})? ?(s|secs?|seconds?|minutes?|hours?)\b",
    re.IGNORECASE,
)
# Of an order that may well have been taken: never a refusal, and no reason to buy it under another RequestId.
_UNDER_WAY = re.compile(
    r"\b(order|request|request ?id|transaction)\b((?!\b(not|cannot|can't|couldn't|unable)\b).){0,80}\b"
    r"((being|already|still|currently) (?!not\b)(\w+ )?"
    r"(process\w*|handled|placed|submitted|accepted|received|queued|pending)"
    r"|((already|still|currently) )?in (progress|process))\b"
    r"|\bduplicated?\b.{0,40}\b(order|request|request ?id|transaction)\b|\btimed out\b|\btime-?out\b",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(try|retry)\b( \w+)? later\b", re.IGNORECASE)
_WENT_WRONG = re.compile(r"\b(error|wrong|unexpected|fail\w*|exception|unavailable)\b", re.IGNORECASE)

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
    if status not in _SAYS_WHY_ALONE and code in (None, "OrderNotFound") and _UNDER_WAY.search(text):
        return OutcomeUnknown("under_way", http_status=status)
    if reading_order and _says_no_such_order(status, code, text, body):
        return OrderNotFound("OrderNotFound", http_status=status)
    if code is None and _is_limit(text):
        return RateLimited(f"http_{status}", http_status=status, retry_after=_retry_after(headers, body))
    return _client_error(status, code, text)


def _says_no_such_order(status: int, code: str | None, text: str, body: bytes) -> bool:
    if status in NO_SUCH_ORDER or (code == "OrderNotFound" and status not in (UNAUTHORIZED, FORBIDDEN)):
        return True
    if status != BAD_REQUEST or code is not None:
        return False
    if _NONE_SUCH.search(text):
        return not _ABOUT_US.search(text)
    # A web page is some proxy's, and tells nothing about the order.
    return not body.lstrip().startswith(b"<") and all(_EMPTY_TITLE.fullmatch(line) for line in text.splitlines())


def _is_limit(text: str) -> bool:
    return bool(_LIMIT.search(text) or (_LATER.search(text) and not _WENT_WRONG.search(text)))


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
    for text in texts:
        for code, sentence in _SENTENCES:
            if sentence.search(text):
                return code, together
    return None, together


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
