"""What is due each second: expired leases, reads, unsettled lines, accounts, event numbers, a round to wake.

Losing a tick costs a second. However many beats and workers there are, at most two ticks of a mode run at once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import structlog
from django.db import connection
from django.db.models import F, QuerySet, Sum
from django_subatomic.db import durable, transaction

from bamboo import accounts, limits
from bamboo.client import BambooClient
from bamboo.errors import BambooError
from bamboo.models import Account
from orders.models import Order, OrderItem
from orders.services import cancelling, checking, claiming, purchasing, settlement, slots, wakeups
from orders.states import LineStatus, OrderStatus
from partners import services as partners
from steller import database

# The advisory locks' name space: "tick" in ASCII.
_TICK_LOCKS = 0x7469636B
_SEATS = {"live": (0, 1), "test": (2, 3)}
_READ_SECONDS = 10.0
_ACCOUNTS = "accounts"
_ACCOUNTS_EVERY_SECONDS = 60.0
# After a read that failed, the next one.
_ACCOUNTS_AGAIN_SECONDS = 10.0
# A round buys for everybody, so the sweep wakes a few orders only.
SWEPT_ORDERS = 20
_RECENT = timedelta(hours=24)

_log = structlog.get_logger(__name__)


@durable
def tick(*, client: BambooClient, mode: str) -> None:
    """Do what is due for one pair of credentials."""
    with _seat(mode) as free:
        if not free:
            return
        until = time.monotonic() + _READ_SECONDS
        checking.expire_leases(mode)
        settlement.settle_decided()
        purchasing.wake_next(mode)
        checking.read_due(client=client, mode=mode, until=until)
        _refresh_accounts(client, mode)
        partners.number_events()


@contextmanager
def _seat(mode: str) -> Iterator[bool]:
    """Take one of a mode's two seats for ticks; a dead process frees its own with its connection."""
    with connection.cursor() as cursor:
        for seat in _SEATS[mode]:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_TICK_LOCKS, seat])
            row = cursor.fetchone()
            if row[0]:
                try:
                    yield True
                finally:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_TICK_LOCKS, seat])
                return
    yield False


@durable
def requeue() -> int:
    """Wake rounds for orders that no message woke: those of the last day first; the answer is how many."""
    cancelling.hold_suspended()
    slots.forget_old()
    asleep = Order.objects.filter(status=OrderStatus.CREATED)
    day_ago = database.now() - _RECENT
    recent = list(
        asleep.filter(created_at__gte=day_ago).order_by("created_at").values_list("pk", flat=True)[:SWEPT_ORDERS]
    )
    order_ids = recent or list(asleep.order_by("created_at").values_list("pk", flat=True)[:SWEPT_ORDERS])
    return sum(wakeups.order_created(order_id) for order_id in order_ids)


def _refresh_accounts(client: BambooClient, mode: str) -> None:
    """Read balances each minute, and whenever an open breaker may be tried: only such a probe closes it."""
    is_probe = limits.due_probe(mode)
    if not is_probe and not limits.take_turn(_ACCOUNTS, mode=mode, every=_ACCOUNTS_EVERY_SECONDS):
        return
    try:
        accounts.refresh(client, mode=mode, max_wait=2.0, closes_breakers=is_probe)
    except BambooError as error:
        limits.put_off(_ACCOUNTS, mode=mode, seconds=_ACCOUNTS_AGAIN_SECONDS)
        _log.warning("accounts_not_read", mode=mode, error_code=error.code)
        return
    for account in Account.objects.filter(mode=mode, float_limit__isnull=False):
        _move_float_limit(account.pk)


def _move_float_limit(account_id: int) -> None:
    """Let claims spend what the account now holds; lift the limit when it covers all that waits."""
    with transaction():
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        waiting = _cost(OrderItem.objects.filter(account=account, status=LineStatus.WAITING))
        if account.balance - claiming.open_cost(account) >= waiting:
            account.float_limit = None
            _log.error("float_short_is_over", account=account.supplier_id, currency=account.currency)
        else:
            account.float_limit = account.balance
        account.save(update_fields=["float_limit"])


def _cost(lines: QuerySet[OrderItem]) -> Decimal:
    return lines.aggregate(sum=Sum(F("unit_cost") * F("quantity")))["sum"] or Decimal(0)
