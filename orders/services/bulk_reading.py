"""Reading an uploaded file of cards: each row understood and priced, or marked with what is wrong with it.

Nothing is stored and no money moves here. A file costs a few queries for each hundred different cards in it,
whatever the number of rows.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import batched
from typing import Any

from catalog import queries as catalog
from catalog.queries import LineRequest
from orders.services.placement import MAX_LINE_CARDS, MAX_LINES
from steller.errors import DomainError, InvalidRequestError

COLUMNS = ("product_id", "face_value", "quantity", "note")
MOST_ROWS = 5000
_NEEDED = {"product_id", "quantity"}
_LARGEST_ID = 2**63 - 1
_LARGEST_FACE_VALUE = Decimal(10) ** 9
_PRICED_AT_ONCE = MAX_LINES

type Card = tuple[int, Decimal]


@dataclass(slots=True)
class Row:
    """One row of the file: as it was written, as it was understood, and what is wrong with it."""

    number: int
    product_text: str
    face_value_text: str
    quantity_text: str
    note: str
    product_id: int | None = None
    face_value: Decimal | None = None
    quantity: int | None = None
    unit_price: Decimal | None = None
    error: str = ""


def read_file(text: str, *, partner_id: int, mode: str, currency: str) -> list[Row]:
    """Understand and price each row.

    Raises:
        InvalidRequestError: it is no such file at all: no rows, too many, or a column is missing.

    """
    rows = list(_rows(text))
    if not rows:
        raise InvalidRequestError("The file has no rows below its header.")
    products = catalog.product_list(partner_id=partner_id).in_bulk(
        list({number for row in rows if (number := _whole(row.product_text, _LARGEST_ID)) is not None})
    )
    left = {pk: product.stock for pk, product in products.items()}
    for row in rows:
        _understand(row, products, left)
    _price([row for row in rows if not row.error], partner_id=partner_id, mode=mode, currency=currency)
    return rows


def _rows(text: str) -> Iterator[Row]:
    text = text.removeprefix("\ufeff").replace("\x00", "")
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    try:
        header = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
        missing = _NEEDED - set(header)
        if missing:
            raise InvalidRequestError(f"The first row must name the columns; missing: {', '.join(sorted(missing))}.")
        for count, values in enumerate(filter(any, reader), start=1):
            if count > MOST_ROWS:
                raise InvalidRequestError(f"A file takes at most {MOST_ROWS:,} rows: split it.")
            cells = dict(zip(header, (value.strip() for value in values), strict=False))
            product, face_value, quantity, note = (cells.get(name, "") for name in COLUMNS)
            yield Row(reader.line_num, product[:100], face_value[:100], quantity[:100], note[:200])
    except csv.Error as error:
        raise InvalidRequestError(f"The file is not CSV: {error}.") from error


def _understand(row: Row, products: Mapping[int, Any], left: dict[int, int | None]) -> None:
    product = products.get(_whole(row.product_text, _LARGEST_ID) or 0)
    quantity = _whole(row.quantity_text, MAX_LINE_CARDS)
    if product is None:
        row.error = f"There is no product {row.product_text or '(empty)'} in your catalog."
    elif not quantity:
        row.error = f"The quantity must be a whole number from 1 to {MAX_LINE_CARDS}."
    elif (face_value := _face_value(row.face_value_text, product)) is None:
        row.error = "The face value must be an amount, such as 25 or 12.50."
    elif not _take(left, product.pk, quantity):
        row.error = f"The supplier has too few cards of {product.name} for all rows that ask for it."
    else:
        row.product_id, row.face_value, row.quantity = product.pk, face_value, quantity


def _take(left: dict[int, int | None], product_id: int, quantity: int) -> bool:
    stock = left[product_id]
    if stock is None:
        return True
    if stock < quantity:
        return False
    left[product_id] = stock - quantity
    return True


def _whole(text: str, most: int) -> int | None:
    number = text.removesuffix(".0")
    if not (number.isascii() and number.isdigit()) or len(number) > len(str(_LARGEST_ID)):
        return None
    return int(number) if int(number) <= most else None


def _face_value(text: str, product: Any) -> Decimal | None:
    """Read an amount, with a decimal comma too; an empty one means the only value that the card has."""
    if not text and product.min_face_value == product.max_face_value:
        return Decimal(product.min_face_value)
    try:
        value = Decimal(text.replace(",", ".") if "." not in text else text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value <= _LARGEST_FACE_VALUE else None


def _price(rows: Sequence[Row], **buyer: Any) -> None:
    wanted: Counter[Card] = Counter()
    for row in rows:
        wanted[_card(row)] += 1
    prices: dict[Card, Decimal] = {}
    refusals: dict[Card, str] = {}
    for cards in batched(wanted, _PRICED_AT_ONCE):
        _price_cards(list(cards), prices, refusals, buyer)
    for row in rows:
        row.unit_price = prices.get(_card(row))
        row.error = refusals.get(_card(row), "")


def _price_cards(
    cards: list[Card], prices: dict[Card, Decimal], refusals: dict[Card, str], buyer: Mapping[str, Any]
) -> None:
    """Price one card each; a refused one is noted and left out, and the others asked again."""
    while cards:
        lines = [LineRequest(product_id, face_value, 1) for product_id, face_value in cards]
        try:
            priced = catalog.price_lines(lines=lines, **buyer)
        except DomainError as refusal:
            refused = cards if refusal.item is None else [cards[refusal.item]]
            refusals |= dict.fromkeys(refused, refusal.detail[:300])
            cards = [card for card in cards if card not in refusals]
        else:
            prices |= {card: line.unit_price for card, line in zip(cards, priced, strict=True)}
            return


def _card(row: Row) -> Card:
    # Only rows that were understood are priced.
    assert row.product_id is not None  # noqa: S101
    assert row.face_value is not None  # noqa: S101
    return row.product_id, row.face_value
