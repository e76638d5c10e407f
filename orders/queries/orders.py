"""What orders a partner has, the cards that came of them, and the carts and files that are not orders yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from orders.models import BulkOrder, BulkPart, BulkRow, Card, CartLine, Order, OrderItem
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


def orders_of(*, partner_id: int, mode: str) -> QuerySet[Order]:
    """Return a partner's orders with their lines."""
    return Order.objects.filter(partner=partner_id, mode=mode).prefetch_related("items")


def order_of(order_id: UUID, *, partner_id: int, mode: str) -> Order:
    """Return one order of a partner, with its lines.

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


def orders_of_holds(references: Iterable[str], *, partner_id: int) -> dict[str, Order]:
    """Return the orders that the ledger's references (`line:ID`, and what follows them) stand for. One query."""
    named = {reference: line for reference in references if (line := _line_of(reference)) is not None}
    lines = OrderItem.objects.filter(pk__in=set(named.values()), partner=partner_id).select_related("order")
    by_id = {line.pk: line.order for line in lines}
    return {reference: by_id[line] for reference, line in named.items() if line in by_id}


def _line_of(reference: str) -> UUID | None:
    kind, _, number = reference.partition(":")
    try:
        return UUID(number.split("#")[0].split("/")[0]) if kind == "line" else None
    except ValueError:
        return None


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


def cart_lines(user_id: int) -> QuerySet[CartLine]:
    """Return the lines of a person's cart, with their cart. The caller knows the products."""
    return CartLine.objects.filter(cart=user_id).select_related("cart")


def cart_size(user_id: int) -> int:
    """Return how many cards a person's cart holds."""
    return CartLine.objects.filter(cart=user_id).aggregate(cards=Sum("quantity"))["cards"] or 0


def bulk_orders_of(*, partner_id: int, mode: str) -> QuerySet[BulkOrder]:
    """Return a partner's uploaded files, the newest first."""
    return BulkOrder.objects.filter(partner=partner_id, mode=mode)


def bulk_order_of(bulk_id: UUID, *, partner_id: int, mode: str) -> BulkOrder:
    """Return one file of a partner.

    Raises:
        NotFoundError: no such file, or another partner's.

    """
    bulk = bulk_orders_of(partner_id=partner_id, mode=mode).filter(pk=bulk_id).first()
    if bulk is None:
        raise NotFoundError("No such file.")
    return bulk


def bulk_rows(bulk_id: UUID) -> QuerySet[BulkRow]:
    """Return the rows of a file with what became of them."""
    return BulkRow.objects.filter(bulk=bulk_id).select_related("part__order", "product__brand").order_by("number")


def bulk_parts(bulk_id: UUID) -> QuerySet[BulkPart]:
    """Return the orders of a file: each with how many cards it has and how many are here."""
    return (
        BulkPart.objects.filter(bulk=bulk_id)
        .select_related("order")
        .annotate(
            delivered=Coalesce(
                Subquery(
                    OrderItem.objects.filter(order=OuterRef("order"))
                    .order_by()
                    .values("order")
                    .annotate(sum=Sum("delivered"))
                    .values("sum")
                ),
                0,
            ),
            cards=Sum("rows__quantity"),
            row_count=Count("rows"),
        )
        .order_by("position")
    )


def spending(*, partner_id: int, mode: str, since: datetime) -> Sequence[tuple[date, str, Decimal]]:
    """Return what a partner's orders cost a day, by currency: what is held or was captured, nothing that came back."""
    cost = Sum(F("sale_amount") - F("released_amount"))
    lines = OrderItem.objects.filter(order__partner=partner_id, order__mode=mode, order__created_at__gte=since)
    days = lines.order_by().values_list(TruncDate("order__created_at"), "order__currency")
    return list(days.annotate(cost=cost))
