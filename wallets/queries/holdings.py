"""What reports and staff ask of the ledger: what we owe in all, and what became of the money under a reference."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Sum

from wallets.models import EntryKind, Hold, Wallet, WalletEntry


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
