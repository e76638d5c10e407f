"""Orders as our staff see them: across partners, with the purchases, sends, money and deeds behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from orders.models import Card, CardRefund, Order, OrderItem, Purchase, PurchaseAttempt
from orders.queries.orders import search
from partners.models import AuditEntry, Event
from steller.errors import NotFoundError
from wallets import queries as wallets
from wallets.queries import HeldMoney, Move

NEWEST_FIRST = ("-created_at", "-id")
# Of an order's events and audit entries, and of its cards, so many are shown with it.
MOST_SHOWN = 200
_LARGEST_NUMBER = 2**63 - 1
_LOOKUPS = {
    "partner": "partner",
    "status": "status",
    "mode": "mode",
    "type": "type",
    "created_after": "created_at__gte",
    "created_before": "created_at__lt",
}


def staff_orders(*, filters: Mapping[str, Any], text: str = "") -> QuerySet[Order]:
    """Return orders of all partners with `lines`, `cards` and `delivered` counted; ORDER BY is the caller's.

    `filters`: partner, status, mode, type, created_after, created_before. `text` names an order as partners do, or is
    part of the partner's name, or names what the supplier calls it.
    """
    orders = Order.objects.select_related("partner").filter(
        **{_LOOKUPS[name]: value for name, value in filters.items()}
    )
    if text:
        orders = _named(orders, text)
    return orders.annotate(
        lines=Subquery(_per_order(Count("pk"))),
        cards=Subquery(_per_order(Sum("quantity"))),
        delivered=Coalesce(Subquery(_per_order(Sum("delivered"))), 0),
    )


def _per_order(figure: Any) -> Any:
    lines = OrderItem.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return lines.annotate(figure=figure).values("figure")


def _named(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    try:
        named = UUID(text)
    except ValueError:
        by_partners = search(orders, text)
        found = Q(partner__name__icontains=text)
        if text.isascii() and text.isdigit() and int(text) <= _LARGEST_NUMBER:
            found |= Q(pk__in=_carried_by(supplier_order_id=int(text)))
        return by_partners | orders.filter(found)
    # Each of these is a look into an index of its own; joined by OR they would read every order.
    names = Order.objects.order_by().filter(pk=named).values("pk")
    requested = Order.objects.order_by().filter(request_id=named).values("pk")
    return orders.filter(pk__in=names.union(requested, _carried_by(pk=named), _carried_by(supplier_request_id=named)))


def _carried_by(**purchase: Any) -> QuerySet[OrderItem, Any]:
    purchases = Purchase.objects.order_by().filter(**purchase).values("pk")
    return OrderItem.objects.order_by().filter(purchase__in=purchases).values("order")


@dataclass(frozen=True, slots=True)
class StaffOrder:
    """An order with all that staff may want to know of it. Cards are never decrypted for it."""

    order: Order
    items: Sequence[OrderItem]
    purchases: Sequence[Purchase]
    holds: Mapping[str, HeldMoney]
    moves: Sequence[Move]
    cards: Sequence[Card]
    card_count: int
    refunds: Sequence[CardRefund]
    events: Sequence[Event]
    audit: Sequence[AuditEntry]
    retries: Sequence[Order]


def staff_order(order_id: UUID) -> StaffOrder:
    """Return an order with everything behind it, in a constant number of queries.

    Raises:
        NotFoundError: no such order.

    """
    order = Order.objects.select_related("partner", "retry_of").filter(pk=order_id).first()
    if order is None:
        raise NotFoundError("No such order.")
    items = list(OrderItem.objects.select_related("account").filter(order=order).order_by("position"))
    purchases = _purchases_of(order)
    references = [item.hold_reference for item in items]
    cards = Card.objects.filter(item__order=order).order_by("item__position", "supplier_card_id")
    refunds = list(CardRefund.objects.filter(card__item__order=order))
    return StaffOrder(
        order=order,
        items=items,
        purchases=purchases,
        holds=wallets.holds_under(references),
        moves=wallets.moves_under([*references, *(refund.reference for refund in refunds)], wallet_id=order.wallet_id),
        cards=list(cards[:MOST_SHOWN]),
        card_count=cards.count(),
        refunds=refunds,
        events=_events_of(order),
        audit=_audit_of(order, purchases),
        retries=list(order.retries.order_by("created_at")),
    )


def purchases_for(order_id: UUID) -> Sequence[Purchase]:
    """Return the purchases that carry an order's lines, or brought their cards, the latest first."""
    return _purchases_of(Order(pk=order_id))


def _purchases_of(order: Order) -> Sequence[Purchase]:
    carrying = Q(pk__in=OrderItem.objects.filter(order=order).order_by().values("purchase"))
    bringing = Q(pk__in=Card.objects.filter(item__order=order).order_by().values("purchase"))
    attempts = Prefetch("attempts", queryset=PurchaseAttempt.objects.order_by("id"))
    found = Purchase.objects.select_related("account").filter(carrying | bringing)
    return list(found.prefetch_related(attempts).order_by("-created_at", "-id"))


def _events_of(order: Order) -> Sequence[Event]:
    about = Event.objects.annotate(order=KeyTextTransform("order_id", "body")).filter(order=str(order.pk))
    return list(about.filter(partner=order.partner_id).order_by("id")[:MOST_SHOWN])


def _audit_of(order: Order, purchases: Sequence[Purchase]) -> Sequence[AuditEntry]:
    subjects = [f"order:{order.pk}", *(f"purchase:{purchase.pk}" for purchase in purchases)]
    return list(AuditEntry.objects.filter(subject__in=subjects).order_by("id")[:MOST_SHOWN])
