"""Choosing what the next checkout carries: fair over partners, deep over products, within every limit.

Claims of one account go one at a time under its row lock; without it, concurrent claims would overdraw the
products' slots. A fresh group takes all waiting lines of one product before it opens the next, because each
checkout spends a slot of every product in it. The network is never used here.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import F, Sum
from django_subatomic.db import transaction

from bamboo.models import Account
from catalog import queries as catalog
from orders.models import Order, OrderItem, Purchase
from orders.services import leasing, parting, slots, suspending, turns
from orders.services.leasing import Send
from orders.states import OPEN_PURCHASES, LineStatus, OrderStatus, PurchaseStatus
from steller import database

MAX_CARDS = 500
# A power of two: one refused product among 16 is found with at most five further sends (`parting`).
MAX_PRODUCTS = 16
COST_ABOVE_PRICE = "cost above sale price"

# Sorted as `lines_in_turn` is, down to the last column, so that no index of all lines there ever were seems as good.
_OPEN_PRODUCTS = f"""
WITH RECURSIVE product AS (
    (SELECT product_id FROM orders_orderitem
     WHERE account_id = %(account)s AND status = 'waiting' AND turn IS NOT NULL
     ORDER BY product_id, turn, id LIMIT 1)
    UNION ALL
    SELECT (SELECT line.product_id FROM orders_orderitem line
            WHERE line.account_id = %(account)s AND line.status = 'waiting' AND line.turn IS NOT NULL
              AND line.product_id > product.product_id
            ORDER BY line.product_id, line.turn, line.id LIMIT 1)
    FROM product WHERE product.product_id IS NOT NULL
)
SELECT product.product_id, first.turn,
       EXISTS (SELECT FROM orders_soloproduct solo WHERE solo.product_id = product.product_id
               AND solo.mode = %(mode)s AND solo.until > clock_timestamp())
FROM product
CROSS JOIN LATERAL (
    SELECT line.turn, line.id FROM orders_orderitem line
    WHERE line.account_id = %(account)s AND line.product_id = product.product_id
      AND line.status = 'waiting' AND line.turn IS NOT NULL
      AND (%(money)s::numeric IS NULL OR line.unit_cost * line.quantity <= %(money)s::numeric)
    ORDER BY line.turn, line.id LIMIT 1
) AS first
CROSS JOIN LATERAL {slots.BUSY} AS slot
WHERE product.product_id IS NOT NULL AND {slots.IS_OPEN}
ORDER BY first.turn, first.id
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Product:
    id: int
    turn: float
    solo: bool


@dataclass(slots=True)
class _Room:
    """What a group may still take: cards, and money while the account is short of it."""

    cards: int
    money: Decimal | None
    lines: list[OrderItem] = field(default_factory=list)

    def affords(self, line: OrderItem) -> bool:
        return self.money is None or line.unit_cost * line.quantity <= self.money

    def take(self, line: OrderItem) -> None:
        self.cards -= line.quantity
        if self.money is not None:
            self.money -= line.unit_cost * line.quantity
        self.lines.append(line)


def is_claimable(mode: str) -> bool:
    """Tell whether a claim made now would find something to look at."""
    return an_order_to_claim(mode) is not None


def an_order_to_claim(mode: str) -> uuid.UUID | None:
    """Return an order of which a claim made now would find something to look at, if there is one."""
    return next(filter(None, (_work(account_id, mode) for account_id in _accounts(mode))), None)


def claim(mode: str) -> Send | None:
    """Commit the next thing to send: a part or a repeat that is due, else a fresh group of waiting lines."""
    for account_id in _accounts(mode):
        with transaction():
            account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
            send = parting.claim_due(account) or _claim_group(account)
            if send is not None:
                account.claimed_at = send.sent_at
                account.save(update_fields=["claimed_at", "clock"])
                return send
    return None


def _accounts(mode: str) -> list[int]:
    """List the accounts that may be bought from, the longest unserved first."""
    accounts = Account.objects.filter(mode=mode, is_active=True)
    return list(accounts.order_by(F("claimed_at").asc(nulls_first=True), "pk").values_list("pk", flat=True))


def _work(account_id: int, mode: str) -> uuid.UUID | None:
    """Find the order of a line that a claim may look at.

    Each query is sorted as an index of waiting lines is. Without that the planner, whose figures may be of a busier
    hour, expects to meet a waiting line soon wherever it looks, and walks through all lines there ever were.
    """
    waiting = OrderItem.objects.filter(account=account_id, status=LineStatus.WAITING).values_list("order_id", flat=True)
    fresh = waiting.filter(turn__isnull=True).order_by("queued_at").first()
    if fresh is not None:
        return fresh
    part = parting.next_due(account_id)
    if part is not None:
        return next(iter(parting.open_lines(part).values_list("order_id", flat=True)), None)
    leader = next(iter(_open_products(account_id, mode, limit=1)), None)
    if leader is None:
        return None
    return waiting.filter(product=leader.id, turn__isnull=False).order_by("turn", "id").first()


def _open_products(
    account_id: int, mode: str, *, limit: int = MAX_PRODUCTS, money: Decimal | None = None
) -> list[_Product]:
    """List products with open slots and waiting lines that cost no more than `money`, the fairest first line first."""
    values = {"account": account_id, "limit": limit, "money": money, **slots.parameters(mode)}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_PRODUCTS, values)
        return [_Product(*row) for row in cursor.fetchall()]


def _claim_group(account: Account) -> Send | None:
    turns.give(account)
    room = _Room(cards=MAX_CARDS, money=_affordable(account))
    products = _open_products(account.pk, account.mode, money=room.money)
    if not products:
        return None
    for product in _grouped(products):
        if not _take_product(account, product, room):
            break
    lines = _still_waiting(room.lines)
    if not lines:
        return None
    account.clock = max(account.clock, products[0].turn)
    return _commit(account, lines)


def _grouped(products: Sequence[_Product]) -> Iterator[_Product]:
    """Yield the leader and those that may share its checkout: a solo product shares with none."""
    yield products[0]
    if not products[0].solo:
        yield from (product for product in products[1:] if not product.solo)


def _take_product(account: Account, product: _Product, room: _Room) -> bool:
    """Take the product's lines in turn; False once a line does not fit, which ends the group."""
    waiting = OrderItem.objects.filter(
        account=account, product=product.id, status=LineStatus.WAITING, turn__isnull=False
    ).order_by("turn", "id")
    if room.money is not None:
        waiting = waiting.alias(cost=F("unit_cost") * F("quantity")).filter(cost__lte=room.money)
    waiting = waiting.only("quantity", "unit_cost")
    for line in waiting[: room.cards]:
        if line.quantity > room.cards:
            return False
        if room.affords(line):
            room.take(line)
    return room.cards > 0


def _affordable(account: Account) -> Decimal | None:
    """Return what may be spent while the account is short, less what open purchases will cost; else None."""
    if account.float_limit is None:
        return None
    limit: Decimal = account.float_limit
    return limit - open_cost(account)


def open_cost(account: Account) -> Decimal:
    """Sum what the account's open purchases are expected to cost."""
    purchases = Purchase.objects.filter(account=account, status__in=OPEN_PURCHASES)
    total: Decimal | None = purchases.aggregate(sum=Sum("expected_cost"))["sum"]
    return total or Decimal(0)


def _still_waiting(lines: Sequence[OrderItem]) -> list[OrderItem]:
    """Lock the chosen lines; drop those cancelled meanwhile, suspended partners', and those that cost us money."""
    locked = {
        line.pk: line
        for line in OrderItem.objects.select_for_update(no_key=True)
        .defer("price_parts", "picture_url", "brand_name", "product_name")
        .filter(pk__in=[line.pk for line in lines], status=LineStatus.WAITING)
        .order_by("pk")
    }
    suspended = suspending.suspended_for_now(line.partner_id for line in locked.values())
    if suspended:
        suspending.hold(pk for pk, line in locked.items() if line.partner_id in suspended)
    chosen = [locked[line.pk] for line in lines if line.pk in locked and locked[line.pk].partner_id not in suspended]
    costs = catalog.unit_costs(wanted={(line.product_id, line.face_value) for line in chosen})
    kept: list[OrderItem] = []
    dear: list[OrderItem] = []
    for line in chosen:
        cost = costs.get((line.product_id, line.face_value))
        (dear if cost is not None and cost > line.break_even_cost else kept).append(line)
    if dear:
        OrderItem.objects.filter(pk__in=[line.pk for line in dear]).update(
            status=LineStatus.ON_HOLD, on_hold_reason=COST_ABOVE_PRICE
        )
    return kept


def _commit(account: Account, lines: Sequence[OrderItem]) -> Send:
    at = database.now()
    purchase = Purchase(
        account=account,
        mode=account.mode,
        status=PurchaseStatus.PLANNED,
        expected_cost=sum((line.unit_cost * line.quantity for line in lines), Decimal(0)),
    )
    send = leasing.lease(purchase, lines, account, at=at)
    OrderItem.objects.filter(pk__in=[line.pk for line in lines]).update(
        status=LineStatus.PURCHASING, purchase=purchase, claimed_at=at
    )
    _mark_orders(lines, at)
    return send


def _mark_orders(lines: Sequence[OrderItem], at: datetime) -> None:
    """Show the orders as processing. One that somebody has locked is passed over: settlement moves it."""
    free = (
        Order.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk__in={line.order_id for line in lines}, status=OrderStatus.CREATED)
        .values_list("pk", flat=True)
    )
    Order.objects.filter(pk__in=list(free)).update(
        status=OrderStatus.PROCESSING, updated_at=at, updated_by="system:round"
    )
