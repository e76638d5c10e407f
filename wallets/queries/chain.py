"""The digest over a wallet's entries: each entry's hash holds the one before, so the last one stands for all.

`dev/verify_seal.py` computes the same from an export; whoever changes the form here must publish a new one there.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from wallets.models import WalletEntry

type EntryRow = tuple[int, str, Decimal, Decimal, Decimal, Decimal, str, str, str, datetime]
ENTRY_COLUMNS = (
    *("version", "kind", "available_delta", "held_delta", "available_after", "held_after"),
    *("reference", "reason", "actor", "created_at"),
)
_CHUNK = 5000


def beginning(wallet_id: int) -> bytes:
    """Return the digest of a wallet without entries."""
    return hashlib.sha256(f"steller wallet {wallet_id}".encode()).digest()


def link(digest: bytes, entry: EntryRow) -> bytes:
    """Return the digest once this entry has followed."""
    version, kind, *amounts, reference, reason, actor, created_at = entry
    fields = [
        version,
        kind,
        *(f"{amount:.4f}" for amount in amounts),
        reference,
        reason,
        actor,
        created_at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]
    return hashlib.sha256(digest + json.dumps(fields, separators=(",", ":")).encode()).digest()


def entries_between(wallet_id: int, first: int, last: int) -> Iterator[EntryRow]:
    """Walk a wallet's entries after the version `first` up to `last`, in their order."""
    found = WalletEntry.objects.filter(wallet=wallet_id, version__gt=first, version__lte=last)
    rows: Iterator[EntryRow] = found.order_by("version").values_list(*ENTRY_COLUMNS).iterator(chunk_size=_CHUNK)
    return rows


def all_entries() -> Iterator[tuple[int, EntryRow]]:
    """Walk every wallet's entries, wallet by wallet, each in its order: the wallet's id with each."""
    rows = WalletEntry.objects.order_by("wallet_id", "version").values_list("wallet_id", *ENTRY_COLUMNS)
    for wallet_id, *entry in rows.iterator(chunk_size=_CHUNK):
        yield wallet_id, tuple(entry)
