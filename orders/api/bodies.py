"""Reading the body of an order: every wrong field is named by its path, all of them at once.

Written by hand and not as serializers, because every order passes here; `shapes` describes the same fields for
the API's description. Rules of the business (limits, products, money) are the service's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from catalog.queries import LineRequest
from orders.services.placement import OrderRequest
from steller.errors import InvalidRequestError

LONGEST_WAIT = 30
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What numeric(18,4) takes.
_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST_REFERENCE = 100
_SMALLEST_INT, _LARGEST_INT = -(2**31), 2**31 - 1
_NO_REQUEST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PlaceBody:
    """An order to place, and for how many seconds its sender would wait for the cards."""

    request: OrderRequest
    wait_seconds: float


@dataclass(slots=True)
class _Fields:
    """Takes typed fields out of one JSON object and notes what is wrong with them."""

    values: Mapping[str, object]
    errors: dict[str, list[str]]
    path: str = ""
    optional: frozenset[str] = field(default=frozenset())

    def uuid(self, name: str) -> UUID:
        value = self._take(name)
        if isinstance(value, str) and _UUID.fullmatch(value):
            return UUID(value)
        return self._wrong(name, value, "Give a UUID.", _NO_REQUEST)

    def amount(self, name: str) -> Decimal | None:
        value = self._take(name)
        if (amount := _amount(value)) is not None and amount > 0:
            return amount
        return self._wrong(name, value, "Give a positive amount as a string, at most 4 decimals.", None)

    def face_value(self, name: str) -> Decimal | None:
        """Take an amount whatever its sign: whether the product has it is told with the line's index."""
        value = self._take(name)
        if (amount := _amount(value)) is not None:
            return amount
        return self._wrong(name, value, "Give an amount as a string, at most 4 decimals.", None)

    def integer(self, name: str) -> int | None:
        value = self._take(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # 2.0 is an integer in JSON.
        if isinstance(value, int) and not isinstance(value, bool):
            return max(_SMALLEST_INT, min(value, _LARGEST_INT))
        return self._wrong(name, value, "Give an integer.", None)

    def currency(self, name: str) -> str:
        value = self._take(name)
        if isinstance(value, str) and _CURRENCY.fullmatch(value):
            return value
        return self._wrong(name, value, "Give a currency code of three capital letters.", "")

    def text(self, name: str, *, longest: int) -> str:
        value = self._take(name)
        if isinstance(value, str) and len(value) <= longest and value.isprintable():
            return value
        return self._wrong(name, value, f"Give printable text of at most {longest} characters.", "")

    def seconds(self, name: str, *, longest: int) -> float:
        value = self._take(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= longest:
            return float(value)
        return self._wrong(name, value, f"Give 0 to {longest} seconds.", 0.0)

    def objects(self, name: str) -> list[object]:
        value = self._take(name)
        if isinstance(value, list) and value:
            return value
        return self._wrong(name, value, "Give a list of at least one line.", [])

    def _take(self, name: str) -> object:
        return self.values.get(name)

    def _wrong[V](self, name: str, value: object, text: str, instead: V) -> V:
        if value is None and name in self.optional:
            return instead
        self.errors[self.path + name] = ["This field is required." if value is None else text]
        return instead


def place_body(body: object) -> PlaceBody:
    """Read the body of `POST /api/order`.

    Raises:
        InvalidRequestError: names each wrong field by its path.

    """
    return _read(body, optional=frozenset({"expected_total", "reference", "wallet_id", "wait_seconds"}))


def estimate_body(body: object) -> OrderRequest:
    """Read the body of `POST /api/order/estimate`, which may leave out the request id.

    Raises:
        InvalidRequestError: names each wrong field by its path.

    """
    optional = frozenset({"request_id", "expected_total", "reference", "wallet_id", "wait_seconds"})
    return _read(body, optional=optional).request


def _read(body: object, *, optional: frozenset[str]) -> PlaceBody:
    if not isinstance(body, Mapping):
        raise InvalidRequestError("The body is a JSON object.")
    errors: dict[str, list[str]] = {}
    fields = _Fields(body, errors, optional=optional)
    request = OrderRequest(
        request_id=fields.uuid("request_id"),
        currency=fields.currency("currency"),
        lines=tuple(_line(line, f"items.{index}", errors) for index, line in enumerate(fields.objects("items"))),
        expected_total=fields.amount("expected_total"),
        reference=fields.text("reference", longest=_LONGEST_REFERENCE),
        wallet_id=fields.integer("wallet_id"),
    )
    wait_seconds = fields.seconds("wait_seconds", longest=LONGEST_WAIT)
    if errors:
        raise InvalidRequestError("Some fields are wrong; see `errors`.", errors=errors, item=_first_line(errors))
    return PlaceBody(request, wait_seconds)


def _first_line(errors: Mapping[str, object]) -> int | None:
    indexes = [int(path.split(".")[1]) for path in errors if path.startswith("items.")]
    return min(indexes, default=None)


def _amount(value: object) -> Decimal | None:
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def _line(line: object, path: str, errors: dict[str, list[str]]) -> LineRequest:
    if not isinstance(line, Mapping):
        errors[path] = ["Give an object."]
        line = {"product_id": 0, "face_value": 1, "quantity": 0}
    fields = _Fields(line, errors, path=f"{path}.")
    return LineRequest(
        product_id=fields.integer("product_id") or 0,
        face_value=fields.face_value("face_value") or Decimal(0),
        quantity=fields.integer("quantity") or 0,
    )
