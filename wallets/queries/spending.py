"""What an order asks for: the wallet that pays, exchange rates, and how small a currency's coins are."""

from django.db.models import QuerySet

from steller import database
from steller.errors import CurrencyMismatchError, NotFoundError, PartnerSuspendedError
from wallets.models import Currency, ExchangeRate, WalletType
from wallets.pricing import Rate, RateTable

# By hand, as all statements of the order path: building a query takes longer than running it.
_WALLET = """
SELECT wallet.id, wallet.currency_id, partner.suspended_at, partner.deleted_at
FROM wallets_wallet wallet JOIN partners_partner partner ON partner.id = wallet.partner_id
WHERE wallet.partner_id = %(partner)s AND wallet.mode = %(mode)s
"""
_NAMED_WALLET = f"{_WALLET} AND wallet.id = %(wallet)s"
_PREPAID_WALLET = f"{_WALLET} AND wallet.currency_id = %(currency)s AND wallet.type = '{WalletType.PREPAID.value}'"


def wallet_for_order(*, partner_id: int, mode: str, currency: str, wallet_id: int | None) -> int:
    """Find the wallet that pays: the named one, or the partner's prepaid one in this currency. One query.

    Raises:
        CurrencyMismatchError: no wallet in this currency, or the named one holds another.
        NotFoundError: the named wallet is unknown or somebody else's.
        PartnerSuspendedError: the partner may not spend now.

    """
    values: dict[str, int | str | None] = {
        "partner": partner_id,
        "mode": mode,
        "currency": currency,
        "wallet": wallet_id,
    }
    with database.prepared_cursor() as cursor:
        cursor.execute(_NAMED_WALLET if wallet_id else _PREPAID_WALLET, values)
        row = cursor.fetchone()
    if row is None:
        if wallet_id:
            raise NotFoundError("No such wallet.")
        raise CurrencyMismatchError(f"There is no wallet in {currency}.")
    pk: int = row[0]
    held_currency, suspended_at, deleted_at = row[1:]
    if suspended_at or deleted_at:
        raise PartnerSuspendedError("The account is suspended: no new orders are taken.")
    if held_currency != currency:
        raise CurrencyMismatchError(f"Wallet {pk} holds {held_currency}, the order is in {currency}.")
    return pk


def rate_table() -> RateTable:
    """Return all current exchange rates. One query."""
    rows = ExchangeRate.objects.values_list("base_id", "currency_id", "value", "read_at")
    return RateTable({(base, currency): Rate(value, read_at) for base, currency, value, read_at in rows})


def all_currencies() -> QuerySet[Currency]:
    """Return the currencies that we know."""
    return Currency.objects.all()


def all_rates() -> QuerySet[ExchangeRate]:
    """Return the exchange rates that prices are made with."""
    return ExchangeRate.objects.all()


def minor_units(currency: str) -> int | None:
    """Return how many decimals a currency's smallest coin has; None for an unknown one. Read once a process."""
    if currency not in _minor_units:
        _minor_units.update(Currency.objects.values_list("code", "minor_units"))
    return _minor_units.get(currency)


_minor_units: dict[str, int] = {}
