"""Partners are warned once when a balance falls below their threshold, and again only after it has risen.

A sweep looks, so that no order pays for it; it reads only wallets that have a threshold.
"""

from decimal import Decimal

from django.db import connection
from django.db.models import F, Q
from django_subatomic.db import durable, transaction, transaction_if_not_already

from partners import services as partners
from steller.errors import NotFoundError
from steller.money import display
from wallets.models import Wallet
from wallets.services.amounts import check_positive
from wallets.services.telling import tell_low

NOTICE_LOW_BALANCES = "wallets.notice_low_balances"
_ACTOR = "system:wallets"
# A threshold always stands beside its wallet's row, so the partial index of wallets with one is what is read.
_WATCHED = Q(low_balance_threshold__isnull=False)
_LOW = Q(available__lt=F("low_balance_threshold"))
# Compares again and marks in one statement: of two sweeps at once one tells.
_MARK = """
UPDATE wallets_wallet SET low_balance_told_at = now()
WHERE id = %s AND low_balance_told_at IS NULL AND available < low_balance_threshold
RETURNING available, low_balance_threshold
"""


@transaction_if_not_already
def set_threshold(
    *, wallet_id: int, threshold: Decimal | None, actor: str, partner_id: int | None = None, mode: str | None = None
) -> Wallet:
    """Set or clear the balance below which the partner is warned; staff name no partner.

    Raises:
        InvalidRequestError: not a positive amount.
        NotFoundError: no such wallet of this partner.

    """
    if threshold is not None:
        check_positive(threshold)
    own = Wallet.objects.all() if partner_id is None else Wallet.objects.filter(partner=partner_id, mode=mode)
    wallet = own.select_for_update(no_key=True).filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFoundError("No such wallet.")
    before, wallet.low_balance_threshold, wallet.updated_by = wallet.low_balance_threshold, threshold, actor
    wallet.save(update_fields=["low_balance_threshold", "updated_by", "updated_at"])
    partners.record_audit(
        action="wallet.threshold",
        subject=f"wallet:{wallet.pk}",
        actor=actor,
        partner_id=wallet.partner_id,
        before={"low_balance_threshold": before and display(before)},
        after={"low_balance_threshold": threshold and display(threshold)},
    )
    return wallet


@durable
def notice_low_balances() -> int:
    """Warn the partners whose balances have fallen, and arm those that have risen; the answer is how many were warned.

    Each wallet has a transaction of its own, so that no sweep holds rows that orders wait for.
    """
    told = Wallet.objects.filter(low_balance_told_at__isnull=False)
    told.exclude(_WATCHED & _LOW).update(low_balance_told_at=None)
    fallen = Wallet.objects.filter(_WATCHED & _LOW, low_balance_told_at=None).order_by("pk")
    return sum(_warn(wallet) for wallet in fallen.iterator())


def _warn(wallet: Wallet) -> bool:
    with transaction():
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [wallet.pk])
            row = cursor.fetchone()
        if row is None:
            return False
        available, threshold = row
        tell_low(wallet=wallet, available=available, threshold=threshold, actor=_ACTOR)
        return True
