"""Storing the lines of the supplier's transactions report: each once, as it was when it was first seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched

from django_subatomic.db import durable, transaction

from bamboo.schemas import Transaction
from orders.models import DifferenceKind, SupplierTransaction
from orders.services.comparing import Found, Line
from steller.money import to_ledger

_BATCH = 500
_COLUMNS = ("id", "type", "is_charge", "request_id", "currency", "amount", "balance", "happened_at")


@dataclass(slots=True)
class Imported:
    """The report's lines as they are stored, how many are new, and those that the supplier tells otherwise now."""

    lines: list[Line] = field(default_factory=list)
    new: int = 0
    changed: list[Found] = field(default_factory=list)


@durable
def import_lines(transactions: Sequence[Transaction], *, mode: str) -> Imported:
    """Store what is not stored yet; importing the same report again changes nothing."""
    imported = Imported()
    by_id: dict[str, Transaction] = {}
    for each in transactions:
        by_id.setdefault(each.id, each)
    for batch in batched(by_id.values(), _BATCH):
        _import(batch, mode, imported)
    return imported


def _import(batch: Sequence[Transaction], mode: str, imported: Imported) -> None:
    rows = {each.id: _row(each, mode) for each in batch}
    stored = SupplierTransaction.objects.filter(mode=mode, transaction_id__in=rows)
    known = {row.transaction_id: row for row in stored.defer("raw")}
    missing = [row for name, row in rows.items() if name not in known]
    with transaction():
        SupplierTransaction.objects.bulk_create(missing, ignore_conflicts=True)
    imported.new += len(missing)
    imported.changed += [found for name, old in known.items() for found in _changes(old, rows[name])]
    imported.lines += as_lines(stored.order_by("pk").defer("raw"))


def as_lines(rows: Iterable[SupplierTransaction]) -> list[Line]:
    """Return what comparing needs to know of stored lines."""
    return [Line(**{column: getattr(row, column) for column in _COLUMNS}) for row in rows]


def _row(read: Transaction, mode: str) -> SupplierTransaction:
    return SupplierTransaction(
        mode=mode,
        transaction_id=read.id,
        type=read.type,
        is_charge=read.is_order,
        request_id=read.request_id,
        supplier_order_id=read.order_id,
        currency=read.currency,
        amount=None if read.amount is None else to_ledger(read.amount),
        balance=None if read.balance is None else to_ledger(read.balance),
        happened_at=read.happened_at,
        client_name=read.client_name,
        comment=read.comment,
        raw=read.raw,
    )


def _changes(old: SupplierTransaction, new: SupplierTransaction) -> list[Found]:
    names = ("type", "request_id", "currency", "amount", "balance")
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    if not changed:
        return []
    return [
        Found(
            kind=DifferenceKind.CHANGED_LINE,
            subject=f"line:{old.id}",
            currency=new.currency or old.currency,
            amount=(new.amount or Decimal(0)) - (old.amount or Decimal(0)),
            detail=f"the line changed after it was stored: {', '.join(changed)}",
            line_id=old.id,
        )
    ]
