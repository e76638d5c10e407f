"""The review list: what only a person can decide, in four kinds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Min, QuerySet, Sum

from orders.models import Card, OrderItem, Purchase
from orders.states import OPEN_PURCHASES, LineStatus
from steller.database import MoneyField
from steller.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Pile:
    """How many of a kind wait for a person, and since when the oldest does."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """The whole list in figures."""

    purchases: Pile
    lines_on_hold: Pile
    surplus_cards: Pile
    duplicate_cards: Pile


@dataclass(frozen=True, slots=True)
class Stake:
    """What a partner has at stake in a purchase: money held for its lines, and how much of it for missing cards."""

    partner: str
    currency: str
    held: Decimal
    missing: Decimal


def review() -> Review:
    """Count what waits for a person. Four queries, each over a partial index."""
    return Review(
        purchases=_pile(purchases_to_review(), "review_at"),
        lines_on_hold=_pile(lines_on_hold(), "queued_at"),
        surplus_cards=_pile(surplus_cards(), "created_at"),
        duplicate_cards=_pile(duplicate_cards(), "created_at"),
    )


def purchases_to_review() -> QuerySet[Purchase]:
    """Return the purchases whose review is open, with the count of their `lines`; by age, the oldest first."""
    found = Purchase.objects.select_related("account").filter(review_at__isnull=False, review_closed_at__isnull=True)
    return found.annotate(line_count=Count("lines"))


def lines_on_hold() -> QuerySet[OrderItem]:
    """Return the lines on hold with their orders and partners."""
    return OrderItem.objects.select_related("order", "partner").filter(status=LineStatus.ON_HOLD)


def surplus_cards() -> QuerySet[Card]:
    """Return the cards that are stock: their purchase is over and no line has them."""
    return _without_line().filter(is_duplicate=False).exclude(purchase__status__in=OPEN_PURCHASES)


def duplicate_cards() -> QuerySet[Card]:
    """Return the cards whose code was delivered before, until somebody has written them off."""
    return _without_line().filter(is_duplicate=True)


def cards_without_line(card_ids: Collection[UUID]) -> Sequence[Card]:
    """Return those of these cards that no line has and nobody has written off."""
    return list(_without_line().filter(pk__in=card_ids))


def stakes(purchase_id: UUID) -> Sequence[Stake]:
    """Return what a purchase's open lines hold of each partner's money, by partner and currency. One query."""
    missing = F("unit_price") * (F("quantity") - F("delivered"))
    rows = (
        OrderItem.objects.filter(purchase=purchase_id, settled_at__isnull=True)
        .order_by()
        .values_list("partner__name", "order__currency")
        .annotate(held=Sum("sale_amount"), missing=Sum(missing, output_field=MoneyField()))
    )
    return [Stake(*row) for row in rows.order_by("partner__name", "order__currency")]


def a_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase with its account.

    Raises:
        NotFoundError: no such purchase.

    """
    purchase = Purchase.objects.select_related("account").filter(pk=purchase_id).first()
    if purchase is None:
        raise NotFoundError("No such purchase.")
    return purchase


def _without_line() -> QuerySet[Card]:
    return Card.objects.select_related("purchase").filter(item__isnull=True, status=Card.Status.SOLD)


def _pile(rows: QuerySet[Purchase] | QuerySet[OrderItem] | QuerySet[Card], since: str) -> Pile:
    figures = rows.order_by().aggregate(count=Count("pk", distinct=True), oldest_at=Min(since))
    return Pile(figures["count"], figures["oldest_at"])
