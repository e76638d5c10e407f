"""Wallets opened, funded, corrected and refunded: the moves that people ask for, one entry each."""

from decimal import Decimal

from django.db import IntegrityError, connection
from django.db.models import Sum
from django_subatomic.db import savepoint, transaction_required

from steller.database import Mode
from steller.errors import DomainError, InsufficientFundsError, InvalidRequestError, NotFoundError
from wallets.models import Currency, EntryKind, Hold, Wallet, WalletEntry, WalletType

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
"""


class AlreadyMovedError(DomainError):
    """Money was moved under this reference before: this call changed nothing."""

    code, status, title = "reference_used", 409, "The reference was used before"


@transaction_required
def open_wallet(
    *,
    partner_id: int,
    currency: str,
    actor: str,
    mode: str = Mode.LIVE,
    type: str = WalletType.PREPAID,  # noqa: A002 - the column's name
) -> int:
    """Open an empty wallet, or return the one that the partner has; the answer is its id.

    Raises:
        InvalidRequestError: the currency is not an ISO 4217 code.

    """
    if not Currency.objects.filter(pk=currency).exists():
        raise InvalidRequestError(f"{currency!r} is not a currency code of ISO 4217")
    wallet, _ = Wallet.objects.get_or_create(
        partner_id=partner_id,
        currency_id=currency,
        type=type,
        mode=mode,
        defaults={"created_by": actor, "updated_by": actor},
    )
    return wallet.pk


@transaction_required
def top_up(*, wallet_id: int, amount: Decimal, reference: str, actor: str, reason: str = "") -> None:
    """Add money that the partner paid in, once per payment reference.

    Raises:
        AlreadyMovedError: this payment is in the wallet already.
        InvalidRequestError: the amount is not positive.

    """
    if amount <= 0:
        raise InvalidRequestError("A top-up is a positive amount")
    _move(wallet_id, EntryKind.TOP_UP, amount, reference=reference, actor=actor, reason=reason)


@transaction_required
def adjust(*, wallet_id: int, amount: Decimal, reference: str, actor: str, reason: str) -> None:
    """Correct a balance by a signed amount; the reason is kept for ever.

    Raises:
        AlreadyMovedError: the reference was used.
        InsufficientFundsError: the correction would overdraw the wallet.
        InvalidRequestError: nothing to correct, or no reason.

    """
    if amount == 0 or not reason.strip():
        raise InvalidRequestError("An adjustment needs an amount other than 0 and a reason")
    _move(wallet_id, EntryKind.ADJUSTMENT, amount, reference=reference, actor=actor, reason=reason)


@transaction_required
def refund(*, hold_reference: str, amount: Decimal, actor: str, reason: str) -> str:
    """Give back money that was captured, at most what is left of it; the answer is the entry's reference.

    Raises:
        InvalidRequestError: not positive, no reason, or more than was captured less earlier refunds.
        NotFoundError: nothing was held under this reference.

    """
    if amount <= 0 or not reason.strip():
        raise InvalidRequestError("A refund needs a positive amount and a reason")
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


def _move(wallet_id: int, kind: EntryKind, amount: Decimal, *, reference: str, actor: str, reason: str) -> None:
    try:
        with savepoint(), connection.cursor() as cursor:
            cursor.execute(
                _MOVE,
                {
                    "wallet_id": wallet_id,
                    "kind": kind.value,
                    "amount": amount,
                    "reference": reference,
                    "actor": actor,
                    "reason": reason,
                },
            )
            moved = cursor.rowcount
    except IntegrityError as error:
        raise AlreadyMovedError(f"{kind.label} {reference!r} was booked before") from error
    if not moved:
        if Wallet.objects.filter(pk=wallet_id).exists():
            raise InsufficientFundsError("The wallet's available balance is lower than that")
        raise NotFoundError("No such wallet")
