"""A round: wait for a slot, claim what fits, send it once, record what came back, read it soon.

One checkout carries many partners' lines. While one round waits for its slot the others leave, and what piles
up meanwhile travels in the next checkout, so throughput grows with load. The network is never used inside a
transaction: the intent is committed before the call (`leasing`), the outcome after it (`answers`).
"""

import time
import uuid
from dataclasses import replace

import structlog
from django.conf import settings

from bamboo import limits
from bamboo.client import BambooClient
from bamboo.errors import (
    AlreadyPlaced,
    BambooError,
    FloatShort,
    Misconfigured,
    NotSent,
    OrderRefused,
    OurFault,
    RateLimited,
    Unclassified,
)
from bamboo.limits import Slot
from bamboo.refusals import CONFLICT, TOO_MANY_REQUESTS
from bamboo.schemas import CheckoutEntry
from orders.models import AttemptConclusion, Order, Purchase
from orders.services import answers, checking, claiming, settlement, wakeups
from orders.services.answers import UNCLASSIFIED, Answer
from orders.services.leasing import SLOT_AHEAD_SECONDS, Send
from orders.states import PurchaseStatus
from steller import database

# Claims start at least this long before their slot, so that the send leaves on time.
CLAIM_LEAD_SECONDS = 0.03
LONGEST_LEAD_SECONDS = 0.3
# A claim that is nearer than this may have begun already.
_CLAIM_MARGIN_SECONDS = 0.05
# A send this late would crowd the next one: it takes a fresh slot.
LATEST_SECONDS = 0.04
# At most this many checkouts are under way at once, over all workers.
MAX_UNDER_WAY = 5
# More purchases than this await a read: reading comes first.
MAX_UNREAD = 200

_log = structlog.get_logger(__name__)
_Conclusion = AttemptConclusion


def run_round(*, client: BambooClient, mode: str) -> bool:
    """Buy once, if there is something to buy and nobody waits for a slot; tell whether anything was sent."""
    if _is_covered(mode) or not _may_start(mode):
        return False
    slot = _book(mode)
    if slot is None:
        return False
    slot.sleep(lead=_lead())
    send = _claim(mode)
    if send is None:
        return False
    wake_next(mode)
    recorded = answers.record(send, _deliver(client, send, slot))
    settlement.settle_orders(recorded.order_ids)
    if recorded.status == PurchaseStatus.PLACED:
        checking.read_soon(client=client, purchase_id=send.purchase_id)
    return True


def wake_next(mode: str) -> bool:
    """Wake another round when lines are left, through any order of theirs; tell whether there are any."""
    order_id = claiming.an_order_to_claim(mode)
    return order_id is not None and wakeups.order_created(order_id)


# How long this process's latest claim took: a full group of many small lines takes longer than the shortest lead.
_claim_seconds = [0.0]


def _lead() -> float:
    return min(max(CLAIM_LEAD_SECONDS, 1.2 * _claim_seconds[0]), LONGEST_LEAD_SECONDS)


def _claim(mode: str) -> Send | None:
    started = time.monotonic()
    send = claiming.claim(mode)
    _claim_seconds[0] = time.monotonic() - started
    return send


# By mode: until when (monotonic) somebody else's claim lies ahead.
_covered_until: dict[str, float] = {}


def is_known_covered(mode: str) -> bool:
    """Tell, from memory alone, whether a claim that lies ahead will see whatever a wake-up is about.

    Under load each order still wakes a task; this ends all but one of them before they touch the database.
    """
    return time.monotonic() < _covered_until.get(mode, 0.0)


def _is_covered(mode: str) -> bool:
    if is_known_covered(mode):
        return True
    ahead = limits.booked_ahead("checkout", mode=mode) - LONGEST_LEAD_SECONDS - _CLAIM_MARGIN_SECONDS
    if ahead > 0:
        _covered_until[mode] = time.monotonic() + ahead
    return ahead > 0


def _may_start(mode: str) -> bool:
    if limits.blocked("checkout", mode=mode) or not claiming.is_claimable(mode):
        return False
    purchases = Purchase.objects.filter(mode=mode)
    under_way = purchases.filter(status=PurchaseStatus.PLACING, lease_until__gt=database.now())
    if under_way.count() >= MAX_UNDER_WAY:
        return False
    unread = purchases.filter(
        status__in=[PurchaseStatus.UNKNOWN, PurchaseStatus.PLACED],
        frozen_at__isnull=True,
        next_check_at__lte=database.now(),
    )
    return unread[: MAX_UNREAD + 1].count() <= MAX_UNREAD


def _book(mode: str) -> Slot | None:
    limit = settings.BAMBOO_LIMITS.get("checkout")
    return limits.book("checkout", mode=mode, max_wait=limit.spacing if limit else 0.0)


def _deliver(client: BambooClient, send: Send, slot: Slot) -> Answer:
    """Send a committed purchase in its slot; without one before the lease runs low, do not send it at all."""
    call_seconds = settings.CLOCKS.checkout
    slot.sleep()
    while slot.late() > LATEST_SECONDS:
        left = send.lease_ends - time.monotonic() - call_seconds
        again = limits.book("checkout", mode=send.mode, max_wait=min(left, SLOT_AHEAD_SECONDS)) if left > 0 else None
        if again is None:
            return Answer(_Conclusion.NOT_SENT, readable=True, error_code="no_slot")
        slot = again
        slot.sleep()
    if time.monotonic() + call_seconds > send.lease_ends:
        return Answer(_Conclusion.NOT_SENT, readable=True, error_code="lease_too_short")
    answer = _checkout(client, send)
    _log.info(
        "checkout",
        purchase=str(send.purchase_id),
        request_id=str(send.request_id),
        products=len({entry.supplier_product_id for entry in send.entries}),
        cards=sum(entry.quantity for entry in send.entries),
        conclusion=answer.conclusion.value,
        error_code=answer.error_code,
    )
    _spread_word(send.mode, answer)
    return answer


def _checkout(client: BambooClient, send: Send) -> Answer:
    entries = [
        CheckoutEntry(product_id=entry.supplier_product_id, quantity=entry.quantity, value=entry.face_value)
        for entry in send.entries
    ]
    try:
        client.checkout(request_id=send.request_id, account_id=send.supplier_account_id, entries=entries)
    except BambooError as error:
        return read_error(error)
    return Answer(_Conclusion.PLACED, readable=True)


def read_error(error: BambooError) -> Answer:
    """Say what a failed checkout means: whether this send is still in doubt, and what to do next."""
    conclusion, readable = next(
        (meaning for kind, meaning in _MEANINGS if isinstance(error, kind)), (_Conclusion.UNKNOWN, False)
    )
    code = f"{UNCLASSIFIED}:{error.http_status}" if isinstance(error, Unclassified) else error.code
    answer = Answer(conclusion, readable=readable, error_code=code)
    match error:
        case OrderRefused():
            return replace(answer, product_name=error.product_name)
        case FloatShort() if error.balance is not None:
            return replace(answer, affordable=error.balance - (error.reserved or 0))
        case RateLimited():
            # With a conflict it may be this very RequestId that is under way: only the same one is safe to send.
            burnt = error.http_status not in (None, TOO_MANY_REQUESTS, CONFLICT)
            return replace(answer, retry_after=error.retry_after, uses_up_request_id=burnt)
        case _:
            return answer


# A table is read from the top: `NotSent` and `Unclassified` are kinds of an unknown outcome.
_MEANINGS: tuple[tuple[type[BambooError], tuple[AttemptConclusion, bool]], ...] = (
    (AlreadyPlaced, (_Conclusion.PLACED, True)),
    (OrderRefused, (_Conclusion.REFUSED, True)),
    (FloatShort, (_Conclusion.FLOAT_SHORT, True)),
    (Misconfigured, (_Conclusion.MISCONFIGURED, True)),
    (OurFault, (_Conclusion.OUR_FAULT, True)),
    (RateLimited, (_Conclusion.RATE_LIMITED, True)),
    (NotSent, (_Conclusion.NOT_SENT, True)),
    (Unclassified, (_Conclusion.UNKNOWN, True)),
)


def _spread_word(mode: str, answer: Answer) -> None:
    """Tell every worker what concerns them all: wait, or stop until a person has repaired it."""
    if answer.conclusion is _Conclusion.PLACED:
        limits.forget_blocks("checkout", mode=mode)
    elif answer.conclusion is _Conclusion.RATE_LIMITED:
        limits.push_back("checkout", mode=mode, seconds=answer.retry_after)
    elif answer.conclusion is _Conclusion.NOT_SENT:
        limits.push_back("checkout", mode=mode, seconds=answers.NOT_SENT_PAUSE_SECONDS)
    elif answer.conclusion is _Conclusion.MISCONFIGURED:
        limits.block("checkout", mode=mode, reason=answer.error_code)
        _log.error("supplier_rejects_us", reason=answer.error_code)


def order_mode(order_id: uuid.UUID) -> str | None:
    """Return the mode of an order, or None when there is no such order."""
    return Order.objects.filter(pk=order_id).values_list("mode", flat=True).first()
