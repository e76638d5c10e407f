"""What wallets, currencies and rates hold, for those who only read them."""

from django.db.models import QuerySet

from steller.errors import CurrencyMismatchError, NotFoundError, PartnerSuspendedError
from wallets.models import Currency, ExchangeRate, Wallet, WalletEntry, WalletType
from wallets.pricing import Rate, RateTable


def wallet_for_order(*, partner_id: int, mode: str, currency: str, wallet_id: int | None) -> int:
    """Find the wallet that pays: the named one, or the partner's prepaid one in this currency. One query.

    Raises:
        CurrencyMismatchError: no wallet in this currency, or the named one holds another.
        NotFoundError: the named wallet is unknown or somebody else's.
        PartnerSuspendedError: the partner may not spend now.

    """
    wallets = Wallet.objects.filter(partner=partner_id, mode=mode)
    wallets = wallets.filter(pk=wallet_id) if wallet_id else wallets.filter(currency=currency, type=WalletType.PREPAID)
    row = wallets.values_list("pk", "currency_id", "partner__suspended_at", "partner__deleted_at").first()
    if row is None:
        if wallet_id:
            raise NotFoundError("No such wallet.")
        raise CurrencyMismatchError(f"You have no wallet in {currency}.")
    pk, held_currency, suspended_at, deleted_at = row
    if suspended_at or deleted_at:
        raise PartnerSuspendedError("The account is suspended: no new orders are taken.")
    if held_currency != currency:
        raise CurrencyMismatchError(f"Wallet {pk} holds {held_currency}, the order is in {currency}.")
    return pk


def wallets_of(*, partner_id: int, mode: str) -> QuerySet[Wallet]:
    """Return a partner's wallets, the oldest first."""
    return Wallet.objects.filter(partner=partner_id, mode=mode)


def entries_of(wallet_id: int, *, partner_id: int, mode: str) -> QuerySet[WalletEntry]:
    """Return the entries of a partner's wallet.

    Raises:
        NotFoundError: no such wallet, or another partner's.

    """
    if not Wallet.objects.filter(pk=wallet_id, partner=partner_id, mode=mode).exists():
        raise NotFoundError("No such wallet.")
    return WalletEntry.objects.filter(wallet=wallet_id)


def rate_table() -> RateTable:
    """Return all current exchange rates. One query."""
    rows = ExchangeRate.objects.values_list("base_id", "currency_id", "value", "read_at")
    return RateTable({(base, currency): Rate(value, read_at) for base, currency, value, read_at in rows})


def minor_units(currency: str) -> int | None:
    """Return how many decimals a currency's smallest coin has; None for an unknown one. Read once a process."""
    if currency not in _minor_units:
        _minor_units.update(Currency.objects.values_list("code", "minor_units"))
    return _minor_units.get(currency)


_minor_units: dict[str, int] = {}
