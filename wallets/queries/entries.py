"""Entries of one wallet by kind, time and reference.

Times become versions first: versions rise with time, so the index that keeps them unique finds any moment in a few
steps, and the ledger needs no second index that each order would have to write.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from wallets.models import Wallet, WalletEntry

_CHUNK = 2000
# An entry has its transaction's time and, under the wallet's row lock, a version that may be later than those of
# transactions that began after it. None lasts this long, so whatever is older is in order.
LONGEST_TRANSACTION = timedelta(minutes=10)
# Halves the span of versions until one is left: the last entry before a moment, give or take what is out of order.
_VERSION_BEFORE = """
WITH RECURSIVE span(low, high) AS (
    SELECT 0::bigint, %(last)s::bigint
    UNION ALL
    SELECT CASE WHEN entry.created_at < %(roughly)s THEN entry.version ELSE span.low END,
           CASE WHEN entry.created_at < %(roughly)s THEN span.high ELSE entry.version - 1 END
    FROM span JOIN wallets_walletentry entry
      ON entry.wallet_id = %(wallet)s AND entry.version = (span.low + span.high + 1) / 2
    WHERE span.low < span.high
), nearly AS (
    SELECT low AS version FROM span ORDER BY high - low LIMIT 1
)
SELECT coalesce(
    (SELECT entry.version - 1 FROM wallets_walletentry entry
     WHERE entry.wallet_id = %(wallet)s AND entry.version > (SELECT version FROM nearly)
       AND entry.created_at >= %(moment)s
     ORDER BY entry.version LIMIT 1),
    %(last)s)
"""


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """Which entries to show; what is left out is not asked for."""

    kind: str | None = None
    reference: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def version_before(wallet: Wallet, moment: datetime) -> int:
    """Return the version of the last entry before a moment, 0 when there is none. One query.

    The first entry that is not before the moment ends the span, so spans that meet leave no entry out.
    """
    values: dict[str, int | datetime] = {
        "wallet": wallet.pk,
        "last": wallet.version,
        "moment": moment,
        "roughly": moment - LONGEST_TRANSACTION,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VERSION_BEFORE, values)
        row = cursor.fetchone()
    return int(row[0])


def matching(wallet: Wallet, filters: EntryFilters) -> QuerySet[WalletEntry]:
    """Return the wallet's entries that the filters let through."""
    entries = WalletEntry.objects.filter(wallet=wallet)
    if filters.kind is not None:
        entries = entries.filter(kind=filters.kind)
    if filters.reference is not None:
        entries = entries.filter(reference=filters.reference)
    if filters.created_after is not None:
        entries = entries.filter(version__gt=version_before(wallet, filters.created_after))
    if filters.created_before is not None:
        entries = entries.filter(version__lte=version_before(wallet, filters.created_before))
    return entries


def oldest_first(entries: QuerySet[WalletEntry]) -> Iterator[WalletEntry]:
    """Walk entries of one wallet in their order, a few thousand at a time, each time with a short statement."""
    last = 0
    while chunk := list(entries.filter(version__gt=last).order_by("version")[:_CHUNK]):
        yield from chunk
        last = chunk[-1].version
