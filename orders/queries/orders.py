"""What orders a partner has, and the cards that came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from orders.models import Card, Order
from orders.states import FINAL_ORDERS
from steller.encryption import card_keys
from steller.errors import NotFoundError

_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True, repr=False)
class RevealedCard:
    """A card as the partner may read it; never log one."""

    id: UUID
    item_id: UUID
    serial_number: str
    code: str
    pin: str
    expires_at: datetime | None


def orders_of(*, partner_id: int, mode: str | None = None) -> QuerySet[Order]:
    """Return a partner's orders with their lines, of one mode or of both."""
    found = Order.objects.filter(partner=partner_id).prefetch_related("items")
    return found if mode is None else found.filter(mode=mode)


def order_of(order_id: UUID, *, partner_id: int, mode: str | None = None) -> Order:
    """Return one order of a partner, with its lines, of one mode or of whichever.

    Raises:
        NotFoundError: no such order, or another partner's.

    """
    order = orders_of(partner_id=partner_id, mode=mode).filter(pk=order_id).first()
    if order is None:
        raise NotFoundError("No such order.")
    return order


def any_order(order_id: UUID) -> Order:
    """Return an order of whichever partner: for our staff.

    Raises:
        NotFoundError: no such order.

    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFoundError("No such order.")
    return order


def search(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Keep the orders that `text` names by id, request id, number, or in their reference."""
    try:
        named = UUID(text)
    except ValueError:
        found = Q(reference__icontains=text)
    else:
        return orders.filter(Q(pk=named) | Q(request_id=named))
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and int(number) <= _LARGEST_NUMBER:
        found |= Q(number=int(number))
    return orders.filter(found)


def is_final(order_id: UUID) -> bool:
    """Tell whether an order is settled for good."""
    return Order.objects.filter(pk=order_id, status__in=FINAL_ORDERS).exists()


def revealed_cards(order_id: UUID) -> Sequence[RevealedCard]:
    """Decrypt the cards of an order's settled lines; the caller records who reads them.

    Raises:
        DecryptionError: a card was altered, or its key is gone.

    """
    return [_revealed(card) for card in _settled_cards(order_id)]


def _settled_cards(order_id: UUID) -> QuerySet[Card]:
    return Card.objects.filter(item__order=order_id, item__settled_at__isnull=False, is_duplicate=False).order_by(
        "item__position", "supplier_card_id"
    )


def _revealed(card: Card) -> RevealedCard:
    keys = card_keys()
    # The query keeps to cards with a line.
    assert card.item_id is not None  # noqa: S101
    return RevealedCard(
        id=card.id,
        item_id=card.item_id,
        serial_number=card.serial_number,
        code=keys.decrypt(card.code, place=card.place("code")),
        pin=keys.decrypt(card.pin, place=card.place("pin")) if card.pin else "",
        expires_at=card.expires_at,
    )


@dataclass(frozen=True, slots=True)
class MaskedCard:
    """A card as a page shows it before anybody asked for its code: nothing of it was decrypted."""

    item_id: UUID
    serial_number: str
    expires_at: datetime | None


def masked_cards(order_id: UUID, *, most: int) -> Sequence[MaskedCard]:
    """Return the first cards of an order's settled lines, without their secrets."""
    cards = _settled_cards(order_id).values_list("item_id", "serial_number", "expires_at")
    return [MaskedCard(*row) for row in cards[:most]]
