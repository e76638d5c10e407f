"""Orders: what a checkout asks for, and what a read of an order shows."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from bamboo.schemas.fields import Fields, UnreadableAnswer, request_id_from, timestamp


class OrderStatus(StrEnum):
    """How far an order is. Whatever is not known counts as "still being worked on"."""

    CREATED = "created"
    PROCESSING = "processing"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARTIAL_FAILED = "partial_failed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CardStatus(StrEnum):
    """How far a card is. Only a sold card is delivered and charged."""

    CREATED = "created"
    PROCESSING = "processing"
    PAUSED = "paused"
    SOLD = "sold"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckoutEntry:
    """What to buy: so many cards of a product, each of this *face* value (not its cost)."""

    product_id: int
    quantity: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Card:
    """A card of an order. Serial, code and pin are secrets and opaque text; none of them shows in the repr.

    `id` is 0 for a card without one, which happens to failed cards only.
    """

    id: int
    serial_number: str | None = field(repr=False)
    card_code: str | None = field(repr=False)
    pin: str | None = field(repr=False)
    expires_at: datetime | None
    status: CardStatus

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a card.

        Raises:
            UnreadableAnswer: a sold card has no id, so that it could not be told from another.

        """
        fields = Fields(raw)
        status = _status(CardStatus, fields.optional_text("status"), CardStatus.UNKNOWN)
        card_id = fields.optional_whole("id")
        if card_id is None and status is CardStatus.SOLD:
            raise UnreadableAnswer("id of a sold card")
        return cls(
            id=card_id or 0,
            serial_number=fields.optional_text("serialnumber"),
            card_code=fields.optional_text("cardcode"),
            pin=fields.optional_text("pin"),
            expires_at=timestamp(fields.optional_text("expirationdate")),
            status=status,
        )


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One product and face value of an order, with the cards that exist so far.

    `face_value` is 0 when the supplier left it out; the product alone decides then.
    """

    product_id: int
    face_value: Decimal
    quantity: int
    status: str | None
    cards: tuple[Card, ...]

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an item of an order."""
        fields = Fields(raw)
        cards = tuple(Card.read(each) for each in fields.items("cards"))
        quantity = fields.optional_whole("quantity")
        return cls(
            product_id=fields.whole("productid"),
            face_value=fields.optional_number("productfacevalue") or Decimal(0),
            quantity=len(cards) if quantity is None else quantity,
            status=fields.optional_text("status"),
            cards=cards,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the supplier shows it now. `total` is what was really charged so far, in `currency`."""

    order_id: int | None
    request_id: uuid.UUID | None
    status: OrderStatus
    items: tuple[OrderItem, ...]
    total: Decimal | None
    currency: str | None
    error_message: str | None
    order_type: str | None
    created_at: datetime | None

    @property
    def is_final(self) -> bool:
        """Tell whether the supplier calls the order finished. Its cards may still arrive a little later."""
        return self.status in _FINAL

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an order with all of its items and cards."""
        fields = Fields(raw)
        return cls(
            order_id=fields.optional_whole("orderid"),
            request_id=request_id_from(fields.get("requestid")),
            status=_status(OrderStatus, fields.text("status"), OrderStatus.UNKNOWN),
            items=tuple(OrderItem.read(each) for each in fields.items("items")),
            total=fields.optional_number("total"),
            currency=fields.optional_text("currency"),
            error_message=fields.optional_text("errormessage"),
            order_type=fields.optional_text("ordertype"),
            created_at=timestamp(fields.optional_text("createddate")),
        )


_FINAL = frozenset({OrderStatus.SUCCEEDED, OrderStatus.PARTIAL_FAILED, OrderStatus.FAILED})


def _status[Status: StrEnum](kind: type[Status], text: str | None, unknown: Status) -> Status:
    """Compare without regard to case and word breaks: `PartialFailed` and `partial_failed` are the same."""
    plain = (text or "").replace("_", "").replace(" ", "").lower()
    return next((each for each in kind if each.replace("_", "") == plain), unknown)
