"""The supplier's limits as they stand: each endpoint, the products that use theirs up, our accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, F, Max, Min, Sum

from bamboo import limits
from bamboo.models import Account, Limiter
from orders.models import OrderItem, ProductSlot, Purchase, PurchaseAttempt
from orders.states import OPEN_PURCHASES, LineStatus
from steller import database

MOST_PRODUCTS = 20
_WINDOW = timedelta(seconds=60)
# More checkouts than this do not fit into a minute.
_LATEST_SENDS = 400


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint and pair of credentials. `recent_sends` is known of checkouts and of limits kept by a log."""

    row: Limiter
    calls: int | None
    seconds: float | None
    next_in: float
    recent_sends: Sequence[datetime] | None


@dataclass(frozen=True, slots=True)
class BusyProduct:
    """A product with sends that still count against its limit, and what waits for it."""

    product_id: int
    name: str
    mode: str
    busy: int
    limit: int | None
    last_sent_at: datetime
    next_free_at: datetime
    waiting_lines: int = 0
    waiting_cards: int = 0


@dataclass(frozen=True, slots=True)
class Funding:
    """An account with what open purchases and waiting lines are expected to cost, in its currency."""

    account: Account
    open_cost: Decimal
    waiting_cost: Decimal


@dataclass(frozen=True, slots=True)
class Supply:
    """The whole state of the supplier's limits."""

    at: datetime
    endpoints: Sequence[Endpoint]
    products: Sequence[BusyProduct]
    accounts: Sequence[Funding] = field(default_factory=tuple)


def supply() -> Supply:
    """Return how the supplier's limits stand now. Eight queries."""
    at = database.now()
    return Supply(at=at, endpoints=_endpoints(at), products=_products(at), accounts=_accounts())


def _endpoints(at: datetime) -> list[Endpoint]:
    checkouts = _checkouts(at)
    return [_endpoint(row, at, checkouts.get(row.mode, [])) for row in Limiter.objects.order_by("mode", "key")]


def _endpoint(row: Limiter, at: datetime, checkouts: Sequence[datetime]) -> Endpoint:
    limit = settings.BAMBOO_LIMITS.get(row.key)
    sends: Sequence[datetime] | None = checkouts if row.key == "checkout" else None
    if limit is not None and limit.seconds >= limits.WIDE_SECONDS:
        sends = [datetime.fromtimestamp(float(second), UTC) for second in row.sent]
    return Endpoint(
        row=row,
        calls=limit.calls if limit else None,
        seconds=limit.seconds if limit else None,
        next_in=max(0.0, (row.next_at - at).total_seconds()),
        recent_sends=sends,
    )


def _checkouts(at: datetime) -> Mapping[str, Sequence[datetime]]:
    """Return the checkouts of the last minute by mode, the latest first: the newest attempts have the highest ids."""
    latest = PurchaseAttempt.objects.order_by("-id").values_list("purchase__mode", "sent_at", "token")[:_LATEST_SENDS]
    sends = {token: (mode, sent_at) for mode, sent_at, token in latest if at - sent_at <= _WINDOW}
    found: dict[str, list[datetime]] = {}
    for mode, sent_at in sends.values():
        found.setdefault(mode, []).append(sent_at)
    return found


def _products(at: datetime) -> list[BusyProduct]:
    limit = limits.product_limit()
    busy = (
        ProductSlot.objects.filter(busy_until__gt=at)
        .values("product_id", "product__name", "mode")
        .annotate(busy=Count("pk"), last=Max("sent_at"), free=Min("busy_until"))
        .order_by("-busy", "product_id")[:MOST_PRODUCTS]
    )
    rows = list(busy)
    waiting = _waiting([row["product_id"] for row in rows])
    return [
        BusyProduct(
            product_id=row["product_id"],
            name=row["product__name"],
            mode=row["mode"],
            busy=row["busy"],
            limit=limit.calls if limit else None,
            last_sent_at=row["last"],
            next_free_at=row["free"],
            waiting_lines=waiting.get((row["product_id"], row["mode"]), (0, 0))[0],
            waiting_cards=waiting.get((row["product_id"], row["mode"]), (0, 0))[1],
        )
        for row in rows
    ]


def _waiting(product_ids: Sequence[int]) -> dict[tuple[int, str], tuple[int, int]]:
    lines = OrderItem.objects.filter(status=LineStatus.WAITING, product__in=product_ids).order_by()
    counted = lines.values_list("product_id", "account__mode").annotate(Count("pk"), Sum("quantity"))
    return {(product_id, mode): (count, cards) for product_id, mode, count, cards in counted}


def _accounts() -> list[Funding]:
    opened = Purchase.objects.filter(status__in=OPEN_PURCHASES).order_by().values_list("account")
    open_cost = dict(opened.annotate(Sum("expected_cost")))
    lines = OrderItem.objects.filter(status=LineStatus.WAITING).order_by().values_list("account")
    waiting_cost = dict(lines.annotate(cost=Sum(F("unit_cost") * F("quantity"))))
    nothing = Decimal(0)
    return [
        Funding(account, open_cost.get(account.pk, nothing), waiting_cost.get(account.pk, nothing))
        for account in Account.objects.order_by("mode", "currency", "supplier_id")
    ]
