"""What the supplier's answer to a send means for the purchase and its lines.

A refusal counts as "nothing was bought" only when no other send of this RequestId is in doubt: the supplier may
look at stock or funds before it looks for duplicates. A worker that has lost its lease changes no state, but its
answer is kept.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django_subatomic.db import transaction

from bamboo import limits
from bamboo.models import Account
from orders.models import AttemptConclusion, Order, OrderItem, Purchase, PurchaseAttempt
from orders.services import first_reads, parting, review, slots, suspending
from orders.services.leasing import Send
from orders.states import LineStatus, PurchaseStatus
from steller import database

UNKNOWN_READ_SECONDS = 2.0
NOT_SENT_PAUSE_SECONDS = 5.0
CANCELLED = "cancelled"
UNCLASSIFIED = "unclassified"

_log = structlog.get_logger(__name__)
_Conclusion = AttemptConclusion


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one send. `readable`: this send is no longer in doubt."""

    conclusion: AttemptConclusion
    readable: bool
    error_code: str = ""
    retry_after: float | None = None
    # It was looked at and rejected, so the supplier may refuse this RequestId from now on.
    uses_up_request_id: bool = False
    product_name: str | None = None
    # What the supplier said that it can still spend for us, if it said so.
    affordable: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an answer came to: the purchase's status now, and the orders that have something to settle."""

    status: str
    order_ids: frozenset[uuid.UUID] = frozenset()


def record(send: Send, answer: Answer) -> Recorded:
    """Store an answer and its consequences, in one transaction."""
    with transaction():
        account = (
            Account.objects.select_for_update(no_key=True).get(mode=send.mode, supplier_id=send.supplier_account_id)
            if answer.conclusion is _Conclusion.FLOAT_SHORT
            else None
        )
        purchase = Purchase.objects.select_for_update().get(pk=send.purchase_id)
        at = database.now()
        fenced = purchase.lease_token != send.token or purchase.status != PurchaseStatus.PLACING
        PurchaseAttempt.objects.create(
            purchase=purchase,
            token=send.token,
            sent_at=send.sent_at,
            answered_at=at,
            conclusion=answer.conclusion,
            error_code=answer.error_code[:60],
            fenced=fenced,
        )
        if answer.conclusion is _Conclusion.NOT_SENT:
            slots.never_sent(send.token)
        else:
            slots.answered(send.token, at=at)
        if fenced:
            _fenced(purchase, answer, at)
            return Recorded(purchase.status)
        return _apply(purchase, answer, account, at)


def _fenced(purchase: Purchase, answer: Answer, at: datetime) -> None:
    """Keep the answer of a worker that lost its lease; an acceptance out of place is a person's matter."""
    if answer.conclusion is not _Conclusion.PLACED:
        return
    if purchase.status == PurchaseStatus.UNKNOWN:
        purchase.next_check_at = at
        purchase.save(update_fields=["next_check_at", "updated_at"])
    elif purchase.status not in {PurchaseStatus.PLACING, PurchaseStatus.PLACED, PurchaseStatus.SETTLED}:
        review.flag(purchase, "accepted after its lease, in another state", at=at)
        purchase.save()


def _apply(purchase: Purchase, answer: Answer, account: Account | None, at: datetime) -> Recorded:
    purchase.lease_token = None
    purchase.lease_until = None
    purchase.error_code = answer.error_code[:60]
    if answer.readable:
        purchase.doubt -= 1
    consequence = _CONSEQUENCES.get(answer.conclusion, _become_unknown)
    if answer.conclusion is not _Conclusion.PLACED and purchase.doubt > 0:
        consequence = _become_unknown
        if answer.conclusion in {_Conclusion.RATE_LIMITED, _Conclusion.NOT_SENT}:
            # This send was not taken: it burns no attempt.
            purchase.sends -= 1
    order_ids = consequence(purchase, answer, account, at)
    purchase.save()
    return Recorded(purchase.status, frozenset(order_ids))


type _Consequence = Callable[[Purchase, Answer, Account | None, datetime], Sequence[uuid.UUID]]


def _become_placed(purchase: Purchase, _answer: Answer, _account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    mark_placed(purchase, at=at)
    return ()


def mark_placed(purchase: Purchase, *, at: datetime) -> None:
    """Read the order until it is final: the supplier has it. The caller saves the locked purchase."""
    purchase.move_to(PurchaseStatus.PLACED)
    purchase.placed_at = at
    purchase.lease_token = None
    purchase.lease_until = None
    purchase.next_attempt_at = None
    purchase.checks = 0
    purchase.next_check_at = at + timedelta(seconds=first_reads.wait_of(purchase.mode).seconds)
    parting.accepted(purchase, at=at)


def _become_unknown(purchase: Purchase, _answer: Answer, _account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    mark_unknown(purchase, at=at)
    return ()


def mark_unknown(purchase: Purchase, *, at: datetime) -> None:
    """Nobody knows: read soon. The caller saves the locked purchase."""
    purchase.move_to(PurchaseStatus.UNKNOWN)
    purchase.lease_token = None
    purchase.lease_until = None
    purchase.checks = 0
    purchase.not_found_at = None
    purchase.next_check_at = at + timedelta(seconds=UNKNOWN_READ_SECONDS)


def _come_back(purchase: Purchase, answer: Answer, _account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    """Not taken: the same RequestId goes out again, and no attempt is burnt; of a used up one the lines go back."""
    if answer.uses_up_request_id:
        return put_back(purchase, at=at)
    purchase.move_to(PurchaseStatus.PLANNED)
    purchase.sends -= 1
    is_limited = answer.conclusion is _Conclusion.RATE_LIMITED
    # No longer than the limiter holds everybody back: meanwhile these lines can neither be cancelled nor bought.
    pause = limits.pause("checkout", answer.retry_after) if is_limited else NOT_SENT_PAUSE_SECONDS
    purchase.next_attempt_at = at + timedelta(seconds=pause)
    purchase.next_check_at = None
    return ()


def _refuse(purchase: Purchase, answer: Answer, _account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    return refuse(purchase, error_code=answer.error_code, named=answer.product_name, at=at)


def refuse(purchase: Purchase, *, error_code: str, at: datetime, named: str | None = None) -> Sequence[uuid.UUID]:
    """Nothing was bought, for a product's sake: make the parts; a line that was refused alone fails."""
    purchase.move_to(PurchaseStatus.REFUSED)
    lines = sorted(_locked_lines(purchase), key=parting.fair_order)
    failed = parting.part(purchase, lines, error_code=error_code, at=at, named=named)
    for line in failed:
        line.decided_at = at
        line.error = error_code[:100]
    OrderItem.objects.bulk_update(failed, ["decided_at", "error"])
    return [line.order_id for line in failed]


def _wait_for_money(purchase: Purchase, answer: Answer, account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    if account is not None:
        if account.float_limit is None:
            _log.error("float_short", account=account.supplier_id, currency=account.currency)
        # Nothing more is tried than what the supplier said it can pay; without a figure, not until accounts is read.
        account.float_limit = answer.affordable or Decimal(0)
        account.save(update_fields=["float_limit"])
    return put_back(purchase, at=at)


def _wait_for_people(
    purchase: Purchase, _answer: Answer, _account: Account | None, at: datetime
) -> Sequence[uuid.UUID]:
    return put_back(purchase, at=at)


def put_back(purchase: Purchase, *, at: datetime) -> Sequence[uuid.UUID]:
    """Nothing was bought, through no fault of the lines: they wait again, in their old turns.

    The caller saves the locked purchase; the answer is the orders with something to settle.
    """
    purchase.move_to(PurchaseStatus.REFUSED)
    lines = _locked_lines(purchase)
    cancelled = set(
        Order.objects.filter(pk__in={line.order_id for line in lines}, cancel_requested_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    suspended = suspending.suspended_for_now(line.partner_id for line in lines)
    for line in lines:
        if line.order_id in cancelled:
            line.decided_at, line.error = at, CANCELLED
        elif line.partner_id in suspended:
            line.move_to(LineStatus.ON_HOLD)
            line.on_hold_reason = suspending.PARTNER_SUSPENDED
        else:
            line.move_to(LineStatus.WAITING)
    OrderItem.objects.bulk_update(lines, ["status", "on_hold_reason", "decided_at", "error"])
    return list(cancelled)


def _ask_people(purchase: Purchase, answer: Answer, _account: Account | None, at: datetime) -> Sequence[uuid.UUID]:
    purchase.move_to(PurchaseStatus.UNKNOWN)
    review.flag(purchase, f"refused as our mistake: {answer.error_code}", at=at, freeze=True)
    return ()


def _locked_lines(purchase: Purchase) -> list[OrderItem]:
    return list(parting.open_lines(purchase).select_for_update(no_key=True).order_by("pk"))


_CONSEQUENCES: dict[AttemptConclusion, _Consequence] = {
    _Conclusion.PLACED: _become_placed,
    _Conclusion.REFUSED: _refuse,
    _Conclusion.FLOAT_SHORT: _wait_for_money,
    _Conclusion.MISCONFIGURED: _wait_for_people,
    _Conclusion.OUR_FAULT: _ask_people,
    _Conclusion.RATE_LIMITED: _come_back,
    _Conclusion.NOT_SENT: _come_back,
}
