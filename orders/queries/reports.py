"""What was sold, what it cost, what failed and how fast it was delivered: each question one grouped query.

A line counts on the day on which it was settled, since its money is captured then. Amounts in different currencies are
never added. The supplier's cost is in its account's currency; in the sale's currency it is at the rates at which the
line was priced. A line whose purchase has no total yet costs what was expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, DecimalField, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, TruncDate

from bamboo.models import Account
from orders.models import OrderItem, Purchase
from orders.states import OPEN_PURCHASES, LineStatus, OrderStatus
from steller.database import MoneyField

PERCENTILES = (0.5, 0.9, 0.95, 0.99)

# What stands for a dimension, and how it is called.
DIMENSIONS: Mapping[str, tuple[Combinable, Combinable | None]] = {
    "partner": (F("partner_id"), Max("partner__name")),
    "brand": (F("brand_code"), Max("brand_name")),
    "product": (F("product_id"), Max("product_name")),
    "country": (F("country"), None),
    "day": (TruncDate("settled_at", tzinfo=UTC), None),
}
_RATE = DecimalField(max_digits=30, decimal_places=12)


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, both included, and which world is meant."""

    first_day: date
    last_day: date
    mode: str = "live"

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return datetime(self.first_day.year, self.first_day.month, self.first_day.day, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """When the last day is over."""
        return self.since + timedelta(days=(self.last_day - self.first_day).days + 1)

    def settled_lines(self) -> QuerySet[OrderItem]:
        """Return the lines that were settled in this time."""
        return OrderItem.objects.filter(
            order__mode=self.mode, settled_at__gte=self.since, settled_at__lt=self.until
        ).order_by()


def sales(period: Period, *, by: str, partner_id: int | None = None, currency: str = "") -> QuerySet[Any, Any]:
    """Return a row for each value of a dimension and pair of currencies, in the order of the value.

    Each row is a dict: key, label, currency, cost_currency, and what `_sums` names.
    """
    key, label = DIMENSIONS[by]
    lines = period.settled_lines()
    if partner_id is not None:
        lines = lines.filter(partner=partner_id)
    if currency:
        lines = lines.filter(order__currency=currency)
    rows = lines.annotate(key=key, sale_currency=F("order__currency"), cost_currency=F("account__currency"))
    grouped = rows.values("key", "sale_currency", "cost_currency").annotate(**_sums())
    if label is not None:
        grouped = grouped.annotate(label=label)
    return grouped.order_by(*SALES_ORDER)


# A stable order to page by: the first decides where a page begins.
SALES_ORDER = ("key", "sale_currency", "cost_currency")


def _sums() -> dict[str, Combinable]:
    cost = Coalesce(F("supplier_amount"), F("unit_cost") * F("delivered"), output_field=MoneyField())
    # Both rates lead from the supplier's price currency: to the wallet's, and to the account's.
    rate = Cast(KT("price_parts__cost_rate"), _RATE) / Cast(KT("price_parts__account_rate"), _RATE)
    return {
        "orders": Count("order", distinct=True),
        "lines": Count("pk"),
        "ordered": Sum("quantity"),
        "cards": Sum("delivered"),
        "sale_amount": Sum("captured_amount"),
        "supplier_cost": Sum(cost),
        "cost": Sum(cost * rate, output_field=_RATE),
    }


def daily_totals(period: Period) -> QuerySet[Any, Any]:
    """Return a row for each day and sale currency of a period: key, sale_currency, and what `_sums` names."""
    rows = period.settled_lines().annotate(key=DIMENSIONS["day"][0], sale_currency=F("order__currency"))
    return rows.values("key", "sale_currency").annotate(**_sums()).order_by("key", "sale_currency")


@dataclass(frozen=True, slots=True)
class Total:
    """What was sold in one currency; `cost` and `margin` are None where a line tells no rate."""

    currency: str
    orders: int
    cards: int
    sale_amount: Decimal
    cost: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """What is left of the sale amount."""
        return None if self.cost is None else self.sale_amount - self.cost


@dataclass(frozen=True, slots=True)
class Summary:
    """A period at a glance. Rates are parts of 1, None where there is nothing to divide by."""

    totals: Sequence[Total]
    orders_by_status: Mapping[str, int]
    cards_ordered: int
    cards_delivered: int
    delivery_seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def order_success_rate(self) -> float | None:
        """The part of orders that were delivered whole, of those that nobody cancelled."""
        counted = sum(self.orders_by_status.values()) - self.orders_by_status.get(OrderStatus.CANCELLED, 0)
        return self.orders_by_status.get(OrderStatus.SUCCEEDED, 0) / counted if counted else None

    @property
    def card_success_rate(self) -> float | None:
        """The part of cards that were delivered, of those that nobody cancelled."""
        return self.cards_delivered / self.cards_ordered if self.cards_ordered else None


def summary(period: Period) -> Summary:
    """Sum a period up: sales, outcomes, speed. Four queries."""
    lines = period.settled_lines()
    totals = lines.values_list("order__currency").annotate(
        **{name: _sums()[name] for name in ("orders", "cards", "sale_amount", "cost")}
    )
    statuses = lines.filter(order__settled_at__isnull=False).values_list("order__status")
    cards = lines.exclude(status=LineStatus.CANCELLED).aggregate(
        ordered=Sum("quantity", default=0), delivered=Sum("delivered", default=0)
    )
    return Summary(
        totals=[Total(*row) for row in totals.order_by("order__currency")],
        orders_by_status=dict(statuses.annotate(count=Count("order", distinct=True)).order_by("order__status")),
        cards_ordered=cards["ordered"],
        cards_delivered=cards["delivered"],
        delivery_seconds=delivery_seconds(period),
    )


_DELIVERY = """
SELECT percentile_cont(%(parts)s) WITHIN GROUP (ORDER BY extract(epoch FROM line.settled_at - placed.created_at))
FROM orders_orderitem line JOIN orders_order placed ON placed.id = line.order_id
WHERE line.settled_at >= %(since)s AND line.settled_at < %(until)s AND line.status = 'delivered'
  AND placed.mode = %(mode)s
"""


def delivery_seconds(period: Period) -> dict[str, float]:
    """Return how long delivered lines took from order to settlement, as percentiles; empty when there are none."""
    values: dict[str, Any] = {
        "parts": list(PERCENTILES),
        "since": period.since,
        "until": period.until,
        "mode": period.mode,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DELIVERY, values)
        (found,) = cursor.fetchone()
    return {} if found is None else {_name(part): seconds for part, seconds in zip(PERCENTILES, found, strict=True)}


def _name(part: float) -> str:
    return f"p{round(part * 100)}"


def failures(period: Period) -> QuerySet[Any, Any]:
    """Return a row for each reason for which lines came to less than was ordered: lines, cards, orders, and money.

    Each row is a dict: error, status, sale_currency, lines, orders, missing, released.
    """
    short = period.settled_lines().filter(delivered__lt=F("quantity"))
    return (
        short.annotate(sale_currency=F("order__currency"))
        .values("error", "status", "sale_currency")
        .annotate(
            lines=Count("pk"),
            orders=Count("order", distinct=True),
            missing=Sum(F("quantity") - F("delivered")),
            released=Sum("released_amount"),
        )
        .order_by(*FAILURES_ORDER)
    )


FAILURES_ORDER = ("error", "status", "sale_currency")


def accounts(period: Period) -> QuerySet[Account]:
    """Return our accounts at the supplier, each with what it paid in a period and what open purchases may still cost.

    Annotated: purchases, cards, cost, open_cost.
    """
    settled = Purchase.objects.filter(
        account=OuterRef("pk"), settled_at__gte=period.since, settled_at__lt=period.until
    ).order_by()
    still_open = Purchase.objects.filter(account=OuterRef("pk"), status__in=OPEN_PURCHASES).order_by()
    cards = period.settled_lines().filter(account=OuterRef("pk")).values("account").annotate(sum=Sum("delivered"))
    return Account.objects.filter(mode=period.mode).annotate(
        purchases=Coalesce(Subquery(settled.values("account").annotate(count=Count("pk")).values("count")), 0),
        cost=_money(settled.values("account").annotate(sum=Sum("total"))),
        cards=Coalesce(Subquery(cards.values("sum")), 0),
        open_cost=_money(still_open.values("account").annotate(sum=Sum("expected_cost"))),
    )


def _money(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("sum")), Decimal(0), output_field=MoneyField())


def lines(period: Period) -> QuerySet[OrderItem]:
    """Return each line that was settled in a period, with its order and partner, by time and id."""
    return (
        period.settled_lines()
        .select_related("order", "partner", "purchase", "account")
        .defer("price_parts", "order__fingerprint")
        .order_by("settled_at", "pk")
    )


def failed_lines() -> Q:
    """Say what a failed line is: settled with fewer cards than ordered, and nobody cancelled it."""
    return Q(delivered__lt=F("quantity"), settled_at__isnull=False) & ~Q(status=LineStatus.CANCELLED)
