"""Reads what callers send: any casing of keys, numbers as text, unknown keys ignored."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from bamboo.sandbox.errors import Unbound


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a checkout; version 2 names the product by its SKU."""

    product_id: int
    sku: str
    quantity: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout that has the right shape, and nothing more than that."""

    request_id: uuid.UUID
    account_id: int
    entries: tuple[Entry, ...]


def json_object(body: bytes) -> dict[str, object]:
    """Decode a body; keys become lower-case."""
    try:
        raw = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Unbound("$", "The JSON value could not be converted.") from None
    return lowered(raw, "$")


def lowered(raw: object, name: str) -> dict[str, object]:
    """Return an object with lower-case keys."""
    if not isinstance(raw, dict):
        raise Unbound(name, "An object was expected.")
    return {str(key).lower(): value for key, value in raw.items()}


def checkout_from(raw: dict[str, object], *, by_sku: bool = False) -> Checkout:
    """Read a checkout of version 1, or of version 2 (`by_sku`)."""
    products = raw.get("products")
    if products is not None and not isinstance(products, list):
        raise Unbound("Products", "A list was expected.")
    return Checkout(
        request_id=_uuid(raw.get("requestid")),
        account_id=_whole(raw.get("accountid"), "AccountId"),
        entries=tuple(_entry(lowered(each, "Products"), by_sku=by_sku) for each in products or ()),
    )


def _entry(raw: dict[str, object], *, by_sku: bool) -> Entry:
    quantity = _whole(raw.get("quantity"), "Quantity")
    if quantity < 1:
        raise Unbound("Quantity", "The quantity must be at least 1.")
    return Entry(
        product_id=0 if by_sku else _whole(raw.get("productid"), "ProductId"),
        sku=str(raw.get("sku", "")) if by_sku else "",
        quantity=quantity,
        value=_number(raw.get("value"), "Value"),
    )


def _uuid(raw: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(raw))
    except ValueError:
        raise Unbound("RequestId", "The value is not a valid GUID.") from None


def _number(raw: object, name: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise Unbound(name, "A number was expected.")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number) > 10**9:
        raise Unbound(name, "A number was expected.")
    return number


def _whole(raw: object, name: str) -> int:
    number = _number(raw, name)
    if number != number.to_integral_value():
        raise Unbound(name, "A whole number was expected.")
    return int(number)


def whole_or(text: str | None, default: int, name: str) -> int:
    """Read a whole number of a query, or give the default."""
    return default if not text else _whole(text, name)


def day(text: str | None, name: str) -> date:
    """Read a yyyy-MM-dd of a query."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise Unbound(name, "A date was expected.") from None


def span(start: str | None, end: str | None) -> tuple[date, date, float, float]:
    """Read the two days of a report; return them and the time they span, as seconds since 1970."""
    first, last = day(start, "startDate"), day(end, "endDate")
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return first, last, begins.timestamp(), ends.timestamp()
