"""Reading the supplier's orders: the only way in which an unclear outcome becomes a known one.

Reading is always safe, so it may happen at any time and twice. What a read shows is stored in two steps: the
cards (`delivering`), then each order's money (`settlement`).
"""

import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Case, QuerySet, Value, When
from django_subatomic.db import durable, transaction

from bamboo import limits, schemas
from bamboo.client import BambooClient
from bamboo.errors import BambooError, Misconfigured, OrderNotFound, OutcomeUnknown, RateLimited, Unclassified
from orders.models import Purchase
from orders.services import answers, delivering, first_reads, review, settlement
from orders.states import READABLE_PURCHASES, PurchaseStatus
from steller import database

# Seconds between reads, then the last one for ever; `first_reads` says when a placed one is read first.
PLACED_READS: Sequence[float] = (0.3, 1, 2, 4, 8, 15, 30, 60, 120)
UNKNOWN_READS: Sequence[float] = (2, 5, 10, 20, 40, 60)
RARE_READ_SECONDS = 600.0
MAX_SENDS = 3
SEND_AGAIN_AFTER = timedelta(seconds=30)
SEND_AGAIN_WITHIN = timedelta(hours=12)
# Nothing is left to try: how long reads go on before a person is asked.
GIVE_UP_AFTER = timedelta(minutes=15)
UNREADABLE_REVIEW_AFTER = timedelta(hours=1)
NOT_FOUND_TWICE_AFTER = timedelta(seconds=60)
# A supplier that only ever fails on this order may mean that it has none; one that is down fails on all of them.
FAILS_INSTEAD_AFTER = timedelta(minutes=10)
_SERVER_ERROR = 500
# A reader that dies leaves its purchase to the next one after this long.
READER_LEASE_SECONDS = 30.0
# A round reads its own purchase at once when a slot for it is this near.
_SOON_SECONDS = 1.5

_OVER = frozenset({PurchaseStatus.SETTLED, PurchaseStatus.REFUSED})
_log = structlog.get_logger(__name__)


@durable
def read_soon(*, client: BambooClient, purchase_id: uuid.UUID) -> None:
    """Read a purchase that was just placed, when that needs no long wait; else the tick will."""
    mode = Purchase.objects.values_list("mode", flat=True).get(pk=purchase_id)
    wait = first_reads.wait_of(mode)
    if wait.seconds > first_reads.LONGEST_SLEEP_SECONDS:
        return
    time.sleep(wait.seconds)
    slot = limits.book("order", mode=mode, max_wait=_SOON_SECONDS)
    if slot is None or not _take(purchase_id):
        return
    slot.sleep()
    _read(client, purchase_id)


@durable
def read_due(*, client: BambooClient, mode: str, until: float) -> int:
    """Read what is due, unknown outcomes first, until `until` (monotonic); the answer is how many were read."""
    count = 0
    while time.monotonic() < until:
        purchase_id = _next_due(mode)
        if purchase_id is None:
            break
        slot = limits.book("order", mode=mode, max_wait=max(until - time.monotonic(), 0.0))
        if slot is None:
            break
        if not _take(purchase_id):
            continue
        slot.sleep()
        _read(client, purchase_id)
        count += 1
    return count


def _due(mode: str) -> QuerySet[Purchase]:
    return Purchase.objects.filter(
        mode=mode, status__in=READABLE_PURCHASES, frozen_at__isnull=True, next_check_at__lte=database.now()
    )


def _next_due(mode: str) -> uuid.UUID | None:
    unknown_first = Case(When(status=PurchaseStatus.UNKNOWN, then=Value(0)), default=Value(1))
    return _due(mode).order_by(unknown_first, "next_check_at").values_list("pk", flat=True).first()


def _take(purchase_id: uuid.UUID) -> bool:
    """Keep other readers away from a purchase for a while."""
    now = database.now()
    taken = Purchase.objects.filter(
        pk=purchase_id, status__in=READABLE_PURCHASES, frozen_at__isnull=True, next_check_at__lte=now
    ).update(next_check_at=now + timedelta(seconds=READER_LEASE_SECONDS))
    return bool(taken)


def _read(client: BambooClient, purchase_id: uuid.UUID) -> None:
    """Read an order, store what it shows and settle."""
    purchase = Purchase.objects.get(pk=purchase_id)
    try:
        view = client.order(request_id=purchase.supplier_request_id)
        order_ids = record_view(purchase_id, view)
    except OrderNotFound:
        order_ids = _record_not_found(purchase_id)
    except BambooError as error:
        _record_failure(purchase_id, error)
        return
    except Exception:  # noqa: BLE001 - whatever ails one answer: it is read again and reviewed, and no other waits for it
        _log.exception("order_not_stored", purchase=str(purchase_id))
        _record_failure(purchase_id, OutcomeUnknown("not_stored"))
        return
    else:
        if purchase.status == PurchaseStatus.PLACED and not purchase.checks:
            first_reads.wait_of(purchase.mode).learn(was_final=view.is_final)
    settlement.settle_orders(order_ids)


def record_view(purchase_id: uuid.UUID, view: schemas.Order) -> set[uuid.UUID]:
    """Store what a read showed; the answer is the orders that have something to settle."""
    with transaction():
        purchase = Purchase.objects.select_for_update().get(pk=purchase_id)
        at = database.now()
        if purchase.status in _OVER:
            # A person, or another reader, ended it while this read was under way.
            delivering.keep_late(purchase, view, at=at)
        if purchase.status not in READABLE_PURCHASES or purchase.frozen_at:
            return set()
        if purchase.status != PurchaseStatus.PLACED:
            answers.mark_placed(purchase, at=at)
        _plan_next(purchase, PLACED_READS, at)
        if purchase.placed_at and at - purchase.placed_at > UNREADABLE_REVIEW_AFTER and not view.is_final:
            review.flag(purchase, "placed, but not final for an hour", at=at, lasting=True)
        order_ids = delivering.deliver(purchase, view, at=at)
        if purchase.status == PurchaseStatus.SETTLED:
            order_ids |= settlement.orders_of_purchase(purchase_id)
    _log.info(
        "order_read",
        purchase=str(purchase_id),
        supplier_status=view.status.value,
        purchase_status=purchase.status,
    )
    return order_ids


def _record_not_found(purchase_id: uuid.UUID) -> set[uuid.UUID]:
    with transaction():
        purchase = Purchase.objects.select_for_update().get(pk=purchase_id)
        at = database.now()
        order_ids: set[uuid.UUID] = set()
        if purchase.status == PurchaseStatus.UNKNOWN:
            order_ids = _still_unknown(purchase, at)
        else:
            _plan_next(purchase, PLACED_READS, at)
            if purchase.placed_at and at - purchase.placed_at > UNREADABLE_REVIEW_AFTER:
                review.flag(purchase, "placed, but not to be found for an hour", at=at, lasting=True)
        purchase.save()
    return order_ids


def _still_unknown(purchase: Purchase, at: datetime) -> set[uuid.UUID]:
    """Not found: a refusal that we could not read was one, when two looks agree; else it is sent again."""
    first_seen_missing = purchase.not_found_at
    purchase.not_found_at = purchase.not_found_at or at
    if purchase.doubt == 0 and purchase.error_code.startswith(answers.UNCLASSIFIED):
        _plan_next(purchase, UNKNOWN_READS, at)
        if first_seen_missing and at - first_seen_missing >= NOT_FOUND_TWICE_AFTER:
            _log.error("unclassified_refusal", purchase=str(purchase.pk), error_code=purchase.error_code)
            return set(answers.refuse(purchase, error_code=purchase.error_code, at=at))
        return set()
    _send_again(purchase, at)
    return set()


def _send_again(purchase: Purchase, at: datetime) -> None:
    """Plan the same RequestId once more for when no earlier send can still arrive, within its bounds.

    That is safe even if the order is there and only not shown: the supplier takes a RequestId once.
    """
    _plan_next(purchase, UNKNOWN_READS, at)
    first_sent_at, last_sent_at = purchase.first_sent_at or at, purchase.last_sent_at or at
    last_arrival = last_sent_at + timedelta(seconds=settings.CLOCKS.checkout)
    may_send = purchase.sends < MAX_SENDS and at - first_sent_at < SEND_AGAIN_WITHIN
    if may_send:
        settled = max(last_arrival + timedelta(seconds=settings.CLOCKS.grace), last_sent_at + SEND_AGAIN_AFTER)
        purchase.next_attempt_at = purchase.next_attempt_at or settled
        return
    purchase.next_attempt_at = None
    if at > last_arrival + timedelta(seconds=settings.CLOCKS.grace):
        purchase.next_check_at = at + timedelta(seconds=RARE_READ_SECONDS)
    if at - last_arrival > GIVE_UP_AFTER:
        review.flag(purchase, "outcome unknown, and nothing left to try", at=at, lasting=True)


def _record_failure(purchase_id: uuid.UUID, error: BambooError) -> None:
    """Read again later and spread the word: a read that failed does not say that there is no order."""
    with transaction():
        purchase = Purchase.objects.select_for_update().get(pk=purchase_id)
        if purchase.status in READABLE_PURCHASES:
            at = database.now()
            if purchase.status == PurchaseStatus.UNKNOWN and _may_mean_none(error, purchase, at):
                _send_again(purchase, at)
            else:
                reads = UNKNOWN_READS if purchase.status == PurchaseStatus.UNKNOWN else PLACED_READS
                _plan_next(purchase, reads, at)
            _review_unreadable(purchase, at)
            purchase.save()
        mode = purchase.mode
    _log.warning("order_not_read", purchase=str(purchase_id), error=type(error).__name__, error_code=error.code)
    if isinstance(error, RateLimited):
        limits.push_back("order", mode=mode, seconds=error.retry_after)
    elif isinstance(error, Misconfigured):
        limits.block("order", mode=mode, reason=error.code)


def _may_mean_none(error: BambooError, purchase: Purchase, at: datetime) -> bool:
    """Tell whether a failed read may mean "no such order": enough to send again, never to refuse."""
    if isinstance(error, Unclassified):
        return True
    # One send is kept for when the supplier says it clearly.
    since = at - (purchase.last_sent_at or at)
    return error.http_status == _SERVER_ERROR and since > FAILS_INSTEAD_AFTER and purchase.sends < MAX_SENDS - 1


def _review_unreadable(purchase: Purchase, at: datetime) -> None:
    if purchase.status == PurchaseStatus.PLACED and purchase.placed_at:
        if at - purchase.placed_at > UNREADABLE_REVIEW_AFTER:
            review.flag(purchase, "placed, but not to be read for an hour", at=at)
    elif purchase.last_sent_at and at - purchase.last_sent_at > UNREADABLE_REVIEW_AFTER:
        review.flag(purchase, "outcome unknown, and not to be read for an hour", at=at, lasting=True)


def _plan_next(purchase: Purchase, delays: Sequence[float], at: datetime) -> None:
    purchase.checks += 1
    delay = delays[min(purchase.checks, len(delays) - 1)]
    purchase.next_check_at = at + timedelta(seconds=delay)


@durable
def expire_leases(mode: str) -> int:
    """Call the outcome unknown where a worker lost its lease: it may or may not have sent."""
    late = Purchase.objects.filter(
        mode=mode, status=PurchaseStatus.PLACING, lease_until__lt=database.now()
    ).values_list("pk", flat=True)
    expired = 0
    for purchase_id in list(late):
        with transaction():
            purchase = Purchase.objects.select_for_update().get(pk=purchase_id)
            at = database.now()
            if purchase.status == PurchaseStatus.PLACING and purchase.lease_until and purchase.lease_until < at:
                answers.mark_unknown(purchase, at=at)
                purchase.save()
                expired += 1
    return expired
