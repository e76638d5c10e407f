"""Orders: what a checkout asks for, and what a read of an order shows."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from bamboo.schemas.fields import Fields, request_id_from, timestamp


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

    `id` is 0 for a card without one that can be read.
    """

    id: int
    serial_number: str | None = field(repr=False)
    card_code: str | None = field(repr=False)
    pin: str | None = field(repr=False)
    expires_at: datetime | None
    status: CardStatus

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a card. Only what cannot be handed out as it came makes it unreadable: its code and its pin."""
        fields = Fields(raw)
        return cls(
            id=max(fields.readable_whole("id") or 0, 0),
            serial_number=fields.readable_text("serialnumber"),
            card_code=fields.optional_text("cardcode"),
            pin=fields.optional_text("pin"),
            expires_at=timestamp(fields.readable_text("expirationdate")),
            status=_status(CardStatus, fields.readable_text("status"), CardStatus.UNKNOWN),
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
            face_value=_face_value(fields) or Decimal(0),
            quantity=len(cards) if quantity is None else quantity,
            status=fields.readable_text("status"),
            cards=cards,
        )


def _face_value(fields: Fields) -> Decimal | None:
    """Read the face value under any of its names, as a number or as an object that has one."""
    told = (_amount(fields, name) for name in ("productfacevalue", "facevalue", "denomination", "value"))
    return next((value for value in told if value is not None), None)


def _amount(fields: Fields, name: str) -> Decimal | None:
    raw = fields.get(name)
    return Fields(raw).readable_number("value") if isinstance(raw, dict) else fields.readable_number(name)


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
    # A word stood where the status stands, be it one that we do not know.
    has_status: bool = True
    # Something stood where the total stands, and we could not read it: that is not the same as nothing.
    has_unread_total: bool = False

    @property
    def is_final(self) -> bool:
        """Tell whether the supplier calls the order finished. Its cards may still arrive a little later."""
        return self.status in _FINAL

    @property
    def is_blank(self) -> bool:
        """Tell whether this is no order at all: without a number, without items, and not saying whose it is."""
        named = self.request_id is not None and self.has_status
        return not (self.order_id or self.items or named)

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read an order with all of its items and cards."""
        fields = Fields(raw)
        total = _amount(fields, "total")
        return cls(
            order_id=fields.readable_whole("orderid"),
            request_id=request_id_from(fields.get("requestid")),
            status=_status(OrderStatus, fields.readable_text("status"), OrderStatus.UNKNOWN),
            items=tuple(OrderItem.read(each) for each in fields.items("items")),
            total=total,
            currency=fields.readable_text("currency"),
            error_message=fields.readable_text("errormessage"),
            order_type=fields.readable_text("ordertype"),
            created_at=timestamp(fields.readable_text("createddate")),
            has_status=any(char.isalpha() for char in str(fields.get("status") or "")),
            has_unread_total=total is None and bool(fields.get("total")),
        )


_FINAL = frozenset({OrderStatus.SUCCEEDED, OrderStatus.PARTIAL_FAILED, OrderStatus.FAILED})


def _status[Status: StrEnum](kind: type[Status], text: str | None, unknown: Status) -> Status:
    """Compare without regard to case and word breaks: `PartialFailed` and `partial_failed` are the same."""
    plain = (text or "").replace("_", "").replace(" ", "").lower()
    return next((each for each in kind if each.replace("_", "") == plain), unknown)
