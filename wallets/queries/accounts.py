"""Wallets and requests for money: a partner's own, or everybody's for our staff."""

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.db.models import F, QuerySet

from steller.errors import NotFoundError
from wallets.models import Adjustment, TopUp, Wallet


def wallets_of(*, partner_id: int, mode: str) -> QuerySet[Wallet]:
    """Return a partner's wallets, the oldest first."""
    return Wallet.objects.filter(partner=partner_id, mode=mode)


def all_wallets(*, is_low: bool | None = None) -> QuerySet[Wallet]:
    """Return everybody's wallets with their partners; those below or not below their threshold if that is asked."""
    wallets = Wallet.objects.select_related("partner")
    low = wallets.filter(low_balance_threshold__isnull=False, available__lt=F("low_balance_threshold"))
    if is_low is None:
        return wallets
    return low if is_low else wallets.exclude(pk__in=low.values("pk"))


def wallet_of(wallet_id: int, *, partner_id: int | None = None, mode: str | None = None) -> Wallet:
    """Return a partner's wallet, or any when no partner is named.

    Raises:
        NotFoundError: no such wallet, or another partner's.

    """
    wallets = all_wallets() if partner_id is None else Wallet.objects.filter(partner=partner_id, mode=mode)
    wallet = wallets.filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFoundError("No such wallet.")
    return wallet


def top_ups_of(wallet: Wallet) -> QuerySet[TopUp]:
    """Return what was asked for one wallet."""
    return TopUp.objects.filter(wallet=wallet).select_related("wallet__partner")


def all_top_ups() -> QuerySet[TopUp]:
    """Return everybody's top-ups with their wallets and partners."""
    return TopUp.objects.select_related("wallet__partner")


def all_adjustments() -> QuerySet[Adjustment]:
    """Return all adjustments with their wallets and partners."""
    return Adjustment.objects.select_related("wallet__partner")


def top_up_of(top_up_id: int) -> TopUp:
    """Return anybody's top-up with its wallet and partner.

    Raises:
        NotFoundError: there is none.

    """
    top_up = all_top_ups().filter(pk=top_up_id).first()
    if top_up is None:
        raise NotFoundError("No such top-up.")
    return top_up


def adjustment_of(adjustment_id: int) -> Adjustment:
    """Return an adjustment with its wallet and partner.

    Raises:
        NotFoundError: there is none.

    """
    adjustment = all_adjustments().filter(pk=adjustment_id).first()
    if adjustment is None:
        raise NotFoundError("No such adjustment.")
    return adjustment


def second_approval_above(currency: str) -> Decimal:
    """Return the amount above which two of our staff approve."""
    limits: Mapping[str, Decimal] = settings.TOP_UP_SECOND_APPROVAL
    return limits.get(currency, limits["*"])
