"""Wallets opened: one for each partner, currency, type and mode."""

from django.core.exceptions import ObjectDoesNotExist
from django_subatomic.db import transaction_if_not_already, transaction_required

from partners import queries as partner_queries
from partners import services as partners
from steller.database import Mode
from steller.errors import InvalidRequestError, NotFoundError
from wallets.models import Currency, Wallet, WalletType


@transaction_if_not_already
def open_further_wallet(*, partner_id: int, currency: str, actor: str, mode: str, type: str) -> int:  # noqa: A002
    """Open a wallet beside those that a partner has, once, for the audit log to know; the answer is its id.

    Raises:
        InvalidRequestError: the currency is not an ISO 4217 code, or no such type or mode.
        NotFoundError: no such partner.

    """
    wallet, is_new = _open(partner_id=partner_id, currency=currency, mode=mode, type=type, actor=actor)
    if is_new:
        partners.record_audit(
            action="wallet.open",
            subject=f"wallet:{wallet.pk}",
            actor=actor,
            partner_id=partner_id,
            after={"currency": currency, "type": type, "mode": mode},
        )
    return wallet.pk


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
        InvalidRequestError: the currency is not an ISO 4217 code, or no such type or mode.
        NotFoundError: no such partner.

    """
    wallet, _ = _open(partner_id=partner_id, currency=currency, mode=mode, type=type, actor=actor)
    return wallet.pk


def _open(*, partner_id: int, currency: str, actor: str, mode: str, type: str) -> tuple[Wallet, bool]:  # noqa: A002
    """Return the wallet, and whether it is new."""
    if not _partner_lives(partner_id):
        raise NotFoundError("No such partner.")
    if type not in WalletType or mode not in Mode:
        raise InvalidRequestError("No wallet has this type and mode.")
    if not Currency.objects.filter(pk=currency).exists():
        raise InvalidRequestError(f"{currency!r} is not a currency code of ISO 4217")
    return Wallet.objects.get_or_create(
        partner_id=partner_id,
        currency_id=currency,
        type=type,
        mode=mode,
        defaults={"created_by": actor, "updated_by": actor},
    )


def _partner_lives(partner_id: int) -> bool:
    try:
        return partner_queries.partner_of(partner_id).deleted_at is None
    except ObjectDoesNotExist:
        return False
