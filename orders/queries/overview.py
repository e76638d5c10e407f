"""What staff want to see at a glance: the last days, what waits, what failed today, how the supplier is used.

Every function takes the same number of queries whatever there is to see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from bamboo import budgets
from bamboo.budgets import Budget
from bamboo.models import Account
from orders.models import OrderItem, ProductSlot, Purchase, ReconciliationDifference
from orders.queries import reconciliation, reports
from orders.queries.reports import Period
from orders.states import OPEN_PURCHASES, LineStatus
from steller import database
from steller.money import to_ledger
from wallets import queries as wallets
from wallets.queries import Liability


@dataclass(frozen=True, slots=True)
class Day:
    """What was settled on one day in one currency; a day on which nothing was has zeros in each currency."""

    day: date
    currency: str
    orders: int
    cards: int
    revenue: Decimal
    cost: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """What is left of the revenue; None where a line tells no rate."""
        return None if self.cost is None else self.revenue - self.cost


@dataclass(frozen=True, slots=True)
class Queue:
    """What is not bought yet: lines that wait, their cards, since when the first of them does; lines on hold."""

    lines: int
    cards: int
    oldest_at: datetime | None
    on_hold: int
    purchasing: int


@dataclass(frozen=True, slots=True)
class FailuresToday:
    """Lines that ended today with fewer cards than ordered, by the supplier's reason."""

    error: str
    lines: int
    cards: int


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for a person: purchases on the review list, differences with the supplier's books."""

    reviews: int
    differences: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it."""

    at: datetime
    days: Sequence[Day]
    queue: Queue
    failures_today: Sequence[FailuresToday]
    attention: Attention
    accounts: Sequence[Account]
    liabilities: Sequence[Liability]
    budgets: Sequence[Budget]
    checkouts_last_minute: int


def overview(*, mode: str, days: int = 30) -> Overview:
    """Return the numbers of a staff overview page."""
    at = database.now()
    today = at.astimezone(UTC).date()
    return Overview(
        at=at,
        days=daily(Period(today - timedelta(days=days - 1), today, mode=mode)),
        queue=queue(mode=mode),
        failures_today=failures_today(Period(today, today, mode=mode)),
        attention=attention(mode=mode),
        accounts=list(reports.accounts(Period(today, today, mode=mode))),
        liabilities=wallets.liabilities(mode=mode),
        budgets=budgets.budgets(mode=mode, at=at),
        checkouts_last_minute=checkouts_since(at - timedelta(minutes=1), mode=mode),
    )


def daily(period: Period) -> Sequence[Day]:
    """Return each day of a period for each currency that it has, for charts. One query."""
    found: dict[tuple[date, str], Day] = {}
    for row in reports.daily_totals(period):
        cost = None if row["cost"] is None else to_ledger(row["cost"])
        day = Day(row["key"], row["sale_currency"], row["orders"], row["cards"], row["sale_amount"], cost)
        found[day.day, day.currency] = day
    currencies = sorted({currency for _, currency in found})
    length = (period.last_day - period.first_day).days + 1
    return [
        found.get((day, currency)) or Day(day, currency, 0, 0, Decimal(0), Decimal(0))
        for day in (period.first_day + timedelta(days=number) for number in range(length))
        for currency in currencies
    ]


def queue(*, mode: str) -> Queue:
    """Return what is not bought yet. Three queries, each over a partial index of open things."""
    # Both halves of "waiting" are named, since there is an index for each.
    with_turn = Q(status=LineStatus.WAITING, turn__isnull=False)
    without_turn = Q(status=LineStatus.WAITING, turn__isnull=True)
    lines = OrderItem.objects.filter(account__mode=mode)
    waiting = lines.filter(with_turn | without_turn).aggregate(
        lines=Count("pk"), cards=Sum("quantity", default=0), oldest_at=Min("queued_at")
    )
    return Queue(
        **waiting,
        on_hold=lines.filter(status=LineStatus.ON_HOLD).count(),
        purchasing=OrderItem.objects.filter(
            status=LineStatus.PURCHASING, purchase__mode=mode, purchase__status__in=OPEN_PURCHASES
        ).count(),
    )


def failures_today(period: Period) -> Sequence[FailuresToday]:
    """Return what failed, the most frequent reason first. One query."""
    failed = period.settled_lines().filter(reports.failed_lines())
    rows = failed.values_list("error").annotate(lines=Count("pk"), missing=Sum("quantity") - Sum("delivered"))
    return [FailuresToday(*row) for row in rows.order_by("-lines", "error")]


def attention(*, mode: str) -> Attention:
    """Count what waits for a person. Two queries, over open things only."""
    reviews = Purchase.objects.filter(mode=mode, review_at__isnull=False, review_closed_at__isnull=True)
    open_ones = reconciliation.only_open(ReconciliationDifference.objects.filter(mode=mode))
    return Attention(reviews.count(), open_ones.exclude(kind="timing").count())


def checkouts_since(since: datetime, *, mode: str) -> int:
    """Count the checkouts that were sent; the slots that they took are kept for some minutes. One query."""
    sent = ProductSlot.objects.filter(mode=mode, sent_at__gt=since)
    return sent.order_by().values("token").distinct().count()
