"""What wallets, currencies and rates hold, for those who only read them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from steller import database
from steller.errors import CurrencyMismatchError, NotFoundError, PartnerSuspendedError
from wallets.models import Currency, EntryKind, ExchangeRate, Hold, Wallet, WalletEntry, WalletType
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
        raise CurrencyMismatchError(f"You have no wallet in {currency}.")
    pk: int = row[0]
    held_currency, suspended_at, deleted_at = row[1:]
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


@dataclass(frozen=True, slots=True)
class Liability:
    """What we owe partners in one currency: what they may spend, and what their open orders hold."""

    currency: str
    wallets: int
    available: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        """Return both together."""
        return self.available + self.held


def liabilities(*, mode: str) -> list[Liability]:
    """Sum all partners' wallets up by currency. One query."""
    rows = Wallet.objects.filter(mode=mode).order_by("currency").values_list("currency")
    return [Liability(*row) for row in rows.annotate(Count("pk"), Sum("available"), Sum("held"))]


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """What was set aside under a reference, and what became of it."""

    amount: Decimal
    captured: Decimal
    released: Decimal
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the ledger."""

    kind: str
    available_delta: Decimal
    held_delta: Decimal
    reference: str
    actor: str
    reason: str
    created_at: datetime


def holds_under(references: Collection[str]) -> dict[str, HeldMoney]:
    """Return the holds of these references. One query."""
    rows = Hold.objects.filter(reference__in=references)
    return {row.reference: HeldMoney(row.amount, row.captured, row.released, row.settled_at) for row in rows}


def moves_under(references: Collection[str], *, wallet_id: int) -> list[Move]:
    """Return what moved in a wallet under these references, in order. One query."""
    kinds = [EntryKind.HOLD, EntryKind.CAPTURE, EntryKind.RELEASE, EntryKind.REFUND]
    rows = WalletEntry.objects.filter(wallet=wallet_id, kind__in=kinds, reference__in=references).order_by("version")
    return [
        Move(
            kind=row.kind,
            available_delta=row.available_delta,
            held_delta=row.held_delta,
            reference=row.reference,
            actor=row.actor,
            reason=row.reason,
            created_at=row.created_at,
        )
        for row in rows
    ]
