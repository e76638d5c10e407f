"""Each night's totals, signed and written outside the database, so that nobody who owns it can rewrite the past.

A wallet's seal carries on from its seal of the night before: only new entries are read, and what an old seal says is
never computed anew. `queries.verifying` reads everything and compares.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import structlog
from django.conf import settings
from django_subatomic.db import durable

from steller import database
from steller.signatures import SigningKey, canonical
from wallets.models import Wallet
from wallets.queries import chain, seals

SEAL_LEDGER = "wallets.seal_ledger"
# With this many marks at most a seal says at which entry the ledger was changed, or near which.
_MARKS = 256
_MARK_BYTES = 4
_ROW = ("pk", "currency", "mode", "version", "available", "held")
_log = structlog.get_logger(__name__)


class LedgerBrokenError(Exception):
    """A wallet's entries do not add up to its balances: nothing new is sealed for it; run `check_money`."""


@dataclass(frozen=True, slots=True)
class SealedNight:
    """What a night's sealing did; `broken` names the wallets that could not be sealed anew."""

    day: str
    path: Path
    repeated: bool
    wallets: int = 0
    entries: int = 0
    broken: tuple[str, ...] = ()


@durable
def seal_ledger() -> SealedNight:
    """Write today's seals of all wallets, once a day however often and wherever it is asked for.

    Raises:
        SealingIsOffError: no directory, or no key.

    """
    if not settings.LEDGER_SEAL_KEY:
        raise seals.SealingIsOffError("LEDGER_SEAL_KEY is not set")
    key = SigningKey.parse(settings.LEDGER_SEAL_KEY)
    moment = database.now()
    night = seals.Night.of(moment.date())
    if night.path.exists():
        return SealedNight(night.day, night.path, repeated=True)
    work = _Work(key, moment, night.day, _latest_seals())
    written = _write_once(night.path, work.lines())
    if not written:
        return SealedNight(night.day, night.path, repeated=True)
    return SealedNight(
        night.day, night.path, repeated=False, wallets=work.wallets, entries=work.entries, broken=tuple(work.broken)
    )


def _latest_seals() -> dict[int, dict[str, Any]]:
    latest = seals.nights()[-1:]
    lines = [json.loads(line)["payload"] for night in latest for line in night.lines()]
    return {line["wallet_id"]: line for line in lines if line["format"] == seals.WALLET_FORMAT}


class _Work:
    """Makes the lines of one night and counts what went into them."""

    def __init__(self, key: SigningKey, moment: datetime, day: str, earlier: dict[int, dict[str, Any]]) -> None:
        self.wallets = self.entries = 0
        self.broken: list[str] = []
        self._key, self._moment, self._day, self._earlier = key, moment, day, earlier

    def lines(self) -> Iterator[bytes]:
        """Yield the wallets' lines and the night's own, as each wallet stands when it is read."""
        hashed = hashlib.sha256()
        for row in Wallet.objects.order_by("pk").values(*_ROW):
            payload = self._payload(row)
            if payload is not None:
                line = canonical(self._key.sign(payload)) + b"\n"
                hashed.update(line)
                self.wallets += 1
                yield line
        last = seals.nights()[-1:]
        night = {
            "format": seals.NIGHT_FORMAT,
            "date": self._day,
            "wallets": self.wallets,
            "lines_sha256": hashed.hexdigest(),
            "previous": {"date": last[0].day, "sha256": last[0].sha256} if last else None,
        }
        yield canonical(self._key.sign(night)) + b"\n"

    def _payload(self, row: dict[str, Any]) -> dict[str, Any] | None:
        earlier = self._earlier.get(row["pk"])
        try:
            grown = _grown(row, earlier)
        except LedgerBrokenError as error:
            # What was sealed before is sealed again, and the rest left out.
            self.broken.append(str(error))
            _log.error("ledger_broken", wallet=row["pk"], version=row["version"])
            return None if earlier is None else self._dated(earlier, earlier, marks=_NO_MARKS)
        self.entries += row["version"] - (earlier["version"] if earlier else 0)
        return self._dated(grown, earlier, marks=grown["marks"])

    def _dated(
        self, payload: dict[str, Any], earlier: dict[str, Any] | None, *, marks: dict[str, Any]
    ) -> dict[str, Any]:
        return {
            **payload,
            "date": self._day,
            "sealed_at": self._moment.isoformat(timespec="microseconds"),
            "marks": marks,
            "previous": earlier and {name: earlier[name] for name in ("date", "version", "digest")},
        }


_NO_MARKS: dict[str, Any] = {"stride": 1, "digests": ""}


@dataclass(slots=True)
class _Running:
    """What a wallet's entries come to, one after the other."""

    wallet_id: int
    version: int
    available: Decimal
    held: Decimal
    totals: dict[str, list[Decimal]]
    digest: bytes

    @classmethod
    def after(cls, earlier: dict[str, Any] | None, wallet_id: int) -> "_Running":
        """Start where an earlier seal ended, or at the beginning."""
        if earlier is None:
            return cls(wallet_id, 0, Decimal(0), Decimal(0), {}, chain.beginning(wallet_id))
        return cls(
            wallet_id,
            earlier["version"],
            Decimal(earlier["available"]),
            Decimal(earlier["held"]),
            {kind: [Decimal(total) for total in sums] for kind, sums in earlier["totals"].items()},
            bytes.fromhex(earlier["digest"]),
        )

    def follow(self, entry: chain.EntryRow) -> None:
        """Add the next entry, which must fit the ones before."""
        version, kind, available_delta, held_delta, available_after, held_after, *_ = entry
        self.version += 1
        self.available += available_delta
        self.held += held_delta
        self.require(version, available_after, held_after)
        sums = self.totals.setdefault(kind, [Decimal(0), Decimal(0)])
        sums[:] = sums[0] + available_delta, sums[1] + held_delta
        self.digest = chain.link(self.digest, entry)

    def require(self, version: int, available: Decimal, held: Decimal) -> None:
        """Refuse other balances than the entries come to."""
        if (self.version, self.available, self.held) != (version, available, held):
            raise LedgerBrokenError(f"wallet:{self.wallet_id} version:{self.version}")


def _grown(row: dict[str, Any], earlier: dict[str, Any] | None) -> dict[str, Any]:
    """Carry an earlier seal on over the entries since, and compare the end with the wallet's balances."""
    running = _Running.after(earlier, row["pk"])
    first, last = running.version, row["version"]
    stride = max(1, -(-(last - first) // _MARKS))
    marks = bytearray()
    for entry in chain.entries_between(row["pk"], first, last) if last > first else ():
        running.follow(entry)
        if (running.version - first) % stride == 0:
            marks += running.digest[:_MARK_BYTES]
    running.require(last, row["available"], row["held"])
    return {
        "format": seals.WALLET_FORMAT,
        "wallet_id": row["pk"],
        "currency": row["currency"],
        "mode": row["mode"],
        "version": last,
        "available": f"{running.available:.4f}",
        "held": f"{running.held:.4f}",
        "totals": {kind: [f"{total:.4f}" for total in sums] for kind, sums in running.totals.items()},
        "digest": running.digest.hex(),
        "marks": {"stride": stride, "digests": marks.hex()},
    }


def _write_once(path: Path, lines: Iterator[bytes]) -> bool:
    """Write a file that is whole, on the disk and never replaced; False: somebody else was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: a process that is killed leaves its draft, which nobody may write any more.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as draft:
        draft.writelines(lines)
        draft.flush()
        os.fchmod(draft.fileno(), 0o444)
        os.fsync(draft.fileno())
        try:
            # A link is refused when the name is taken, other than a rename.
            os.link(draft.name, path)
        except FileExistsError:
            return False
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return True
