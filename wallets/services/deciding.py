"""Our staff decide what was asked for: nobody alone above a limit, nobody on a request of its own, each once.

The decision and its one entry in the ledger are one transaction under the request's row lock, so that however often
and however many people approve, the money moves once.
"""

from django.db.models import QuerySet
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already, transaction_required

from partners import services as partners
from steller.errors import DomainError, InvalidRequestError, NotFoundError
from wallets import queries
from wallets.models import Adjustment, EntryKind, MoneyRequest, RequestStatus, TopUp
from wallets.services import ledger
from wallets.services.amounts import check_reason
from wallets.services.telling import tell_moved, tell_rejected


class AlreadyDecidedError(DomainError):
    """Somebody decided otherwise before: ask anew, under another reference."""

    code, status, title = "already_decided", 409, "The request was decided before"


class SecondPersonNeededError(DomainError):
    """Nobody approves a request of their own, nor twice: somebody else must look at it."""

    code, status, title = "second_person_needed", 403, "Another person must approve this"


@transaction_if_not_already
def approve_top_up(*, top_up_id: int, actor: str, reason: str = "") -> TopUp:
    """Approve a top-up, and book it unless a second person has to; repeating it changes nothing.

    Raises:
        AlreadyDecidedError: it was rejected.
        NotFoundError: no such top-up.
        SecondPersonNeededError: the actor asked for it, or approved it before.

    """
    return _approve(TopUp.objects.all(), top_up_id, actor=actor, reason=reason)


@transaction_if_not_already
def reject_top_up(*, top_up_id: int, actor: str, reason: str) -> TopUp:
    """Reject a top-up for good; repeating it changes nothing.

    Raises:
        AlreadyDecidedError: it was approved.
        InvalidRequestError: no reason.
        NotFoundError: no such top-up.

    """
    return _reject(TopUp.objects.all(), top_up_id, actor=actor, reason=reason)


@transaction_if_not_already
def approve_adjustment(*, adjustment_id: int, actor: str, reason: str = "") -> Adjustment:
    """Approve an adjustment and book it; repeating it changes nothing.

    Raises:
        AlreadyDecidedError: it was rejected.
        InsufficientFundsError: it would overdraw the wallet; it stays pending.
        NotFoundError: no such adjustment.
        SecondPersonNeededError: the actor asked for it.

    """
    return _approve(Adjustment.objects.all(), adjustment_id, actor=actor, reason=reason)


@transaction_if_not_already
def reject_adjustment(*, adjustment_id: int, actor: str, reason: str) -> Adjustment:
    """Reject an adjustment for good; repeating it changes nothing.

    Raises:
        AlreadyDecidedError: it was approved.
        InvalidRequestError: no reason.
        NotFoundError: no such adjustment.

    """
    return _reject(Adjustment.objects.all(), adjustment_id, actor=actor, reason=reason)


@transaction_required
def decide_own(*, request: MoneyRequest, actor: str) -> None:
    """Count the recording of a new request by our staff as its approval, the first of two above the limit."""
    _approve_once(request, actor=actor, reason="")


def _approve[R: MoneyRequest](requests: QuerySet[R], request_id: int, *, actor: str, reason: str) -> R:
    request = _locked(requests, request_id)
    if request.status == RequestStatus.APPROVED:
        return request
    if request.status == RequestStatus.REJECTED:
        raise AlreadyDecidedError(f"It was rejected: {request.decision_reason}")
    if actor in {request.created_by, request.first_approved_by}:
        raise SecondPersonNeededError("You asked for this yourself, or approved it before.")
    check_reason(reason)
    _approve_once(request, actor=actor, reason=reason)
    return request


def _reject[R: MoneyRequest](requests: QuerySet[R], request_id: int, *, actor: str, reason: str) -> R:
    check_reason(reason)
    if not reason.strip():
        raise InvalidRequestError("A rejection needs a reason.")
    request = _locked(requests, request_id)
    if request.status == RequestStatus.REJECTED:
        return request
    if request.status == RequestStatus.APPROVED:
        raise AlreadyDecidedError("It was approved, and the money has moved.")
    _decide(request, RequestStatus.REJECTED, actor=actor, reason=reason)
    if request.kind == EntryKind.TOP_UP and not request.is_ours:
        tell_rejected(request=request, actor=actor)
    return request


def _approve_once(request: MoneyRequest, *, actor: str, reason: str) -> None:
    if _needs_two(request) and not request.first_approved_by:
        request.first_approved_at = timezone.now()
        request.first_approved_by = request.updated_by = actor
        request.save(update_fields=["first_approved_at", "first_approved_by", "updated_by", "updated_at"])
        _record(request, "first_approval", actor=actor, reason=reason)
        return
    _decide(request, RequestStatus.APPROVED, actor=actor, reason=reason)
    move = ledger.top_up if request.kind == EntryKind.TOP_UP else ledger.adjust
    available = move(
        wallet_id=request.wallet_id,
        amount=request.amount,
        reference=request.reference,
        actor=actor,
        reason=request.reason,
    )
    tell_moved(request=request, available=available, actor=actor)


def _needs_two(request: MoneyRequest) -> bool:
    return bool(abs(request.amount) > queries.second_approval_above(request.wallet.currency_id))


def _locked[R: MoneyRequest](requests: QuerySet[R], request_id: int) -> R:
    request = requests.select_related("wallet").select_for_update(of=("self",)).filter(pk=request_id).first()
    if request is None:
        raise NotFoundError("No such request.")
    return request


def _decide(request: MoneyRequest, status: RequestStatus, *, actor: str, reason: str) -> None:
    request.status = status
    request.decided_at = timezone.now()
    request.decided_by = request.updated_by = actor
    request.decision_reason = reason
    request.save(update_fields=["status", "decided_at", "decided_by", "decision_reason", "updated_by", "updated_at"])
    _record(request, "approve" if status == RequestStatus.APPROVED else "reject", actor=actor, reason=reason)


def _record(request: MoneyRequest, deed: str, *, actor: str, reason: str) -> None:
    partners.record_audit(
        action=f"{request.kind.value}.{deed}",
        subject=request.name,
        actor=actor,
        partner_id=request.wallet.partner_id,
        reason=reason or request.reason,
        after={"wallet": request.wallet_id, "amount": str(request.amount), "reference": request.reference},
    )
