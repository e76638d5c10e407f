"""Wallets funded, corrected and refunded: the moves that people ask for, one entry each."""

from decimal import Decimal

from django.db import DataError, IntegrityError, connection
from django.db.models import Sum
from django_subatomic.db import savepoint, transaction_required

from steller.errors import DomainError, InsufficientFundsError, InvalidRequestError, NotFoundError
from wallets.models import EntryKind, Hold, Wallet, WalletEntry
from wallets.services.amounts import check_amount, check_positive, check_texts

_MOVE = """
WITH wallet AS (
    UPDATE wallets_wallet SET available = available + %(amount)s, version = version + 1,
                              updated_at = now(), updated_by = %(actor)s
    WHERE id = %(wallet_id)s AND available + %(amount)s >= 0
    RETURNING id, available, held, version
)
INSERT INTO wallets_walletentry (wallet_id, version, kind, available_delta, held_delta, available_after,
                                 held_after, reference, actor, reason, created_at)
SELECT id, version, %(kind)s, %(amount)s, 0, available, held, %(reference)s, %(actor)s, %(reason)s, now()
FROM wallet
RETURNING available_after
"""


class AlreadyMovedError(DomainError):
    """Money was moved under this reference before: this call changed nothing."""

    code, status, title = "reference_used", 409, "The reference was used before"


@transaction_required
def top_up(*, wallet_id: int, amount: Decimal, reference: str, actor: str, reason: str = "") -> Decimal:
    """Add money that the partner paid in, once per payment reference; the answer is what may now be spent.

    Raises:
        AlreadyMovedError: this payment is in the wallet already.
        InvalidRequestError: the amount is not positive, or not one that the ledger can hold.

    """
    check_positive(amount)
    return _move(wallet_id, EntryKind.TOP_UP, amount, reference=reference, actor=actor, reason=reason)


@transaction_required
def adjust(*, wallet_id: int, amount: Decimal, reference: str, actor: str, reason: str) -> Decimal:
    """Correct a balance by a signed amount, with a reason kept for ever; the answer is what may now be spent.

    Raises:
        AlreadyMovedError: the reference was used.
        InsufficientFundsError: the correction would overdraw the wallet.
        InvalidRequestError: nothing to correct, no reason, or not an amount that the ledger can hold.

    """
    check_amount(amount)
    if amount == 0 or not reason.strip():
        raise InvalidRequestError("An adjustment needs an amount other than 0 and a reason")
    return _move(wallet_id, EntryKind.ADJUSTMENT, amount, reference=reference, actor=actor, reason=reason)


@transaction_required
def refund(*, hold_reference: str, amount: Decimal, actor: str, reason: str) -> str:
    """Give back money that was captured, at most what is left of it; the answer is the entry's reference.

    Raises:
        InvalidRequestError: not positive, no reason, or more than was captured less earlier refunds.
        NotFoundError: nothing was held under this reference.

    """
    check_positive(amount)
    if not reason.strip():
        raise InvalidRequestError("A refund needs a reason")
    held = Hold.objects.select_for_update().filter(reference=hold_reference).first()
    if held is None:
        raise NotFoundError("Nothing was held under this reference")
    earlier = WalletEntry.objects.filter(
        wallet=held.wallet_id, kind=EntryKind.REFUND, reference__startswith=f"{hold_reference}#"
    )
    refunded = earlier.aggregate(sum=Sum("available_delta"))["sum"] or Decimal(0)
    if amount > held.captured - refunded:
        raise InvalidRequestError(f"At most {held.captured - refunded} of it can still be refunded")
    reference = f"{hold_reference}#{earlier.count() + 1}"
    _move(held.wallet_id, EntryKind.REFUND, amount, reference=reference, actor=actor, reason=reason)
    return reference


def _move(wallet_id: int, kind: EntryKind, amount: Decimal, *, reference: str, actor: str, reason: str) -> Decimal:
    check_texts(reference=reference, reason=reason)
    values: dict[str, int | str | Decimal] = {
        "wallet_id": wallet_id,
        "kind": kind.value,
        "amount": amount,
        "reference": reference,
        "actor": actor,
        "reason": reason,
    }
    try:
        with savepoint(), connection.cursor() as cursor:
            cursor.execute(_MOVE, values)
            row = cursor.fetchone()
    except IntegrityError as error:
        raise AlreadyMovedError(f"{kind.label} {reference!r} was booked before") from error
    except DataError as error:
        raise InvalidRequestError("The balance would be larger than a wallet can hold") from error
    if row is None:
        if Wallet.objects.filter(pk=wallet_id).exists():
            raise InsufficientFundsError("The wallet's available balance is lower than that")
        raise NotFoundError("No such wallet")
    available: Decimal = row[0]
    return available
