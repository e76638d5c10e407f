"""Seals compared with each other and with every entry of the ledger: what somebody changed, and where.

Entries are read once, in order, each hashed once, whatever the number of seals: the time grows with the entries.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from steller.signatures import is_signed
from wallets.queries import chain, seals
from wallets.queries.seals import NIGHT_FORMAT, WALLET_FORMAT, Night

_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class _Span:
    """The entries of one wallet that one night sealed first: those after `first` up to `last`."""

    day: str
    first: int
    last: int
    digest: bytes
    stride: int
    marks: bytes

    def expected(self) -> Iterator[tuple[int, bytes]]:
        """Yield versions and the beginnings of the digests that were sealed for them; the whole digest last."""
        for place in range(len(self.marks) // _MARK_BYTES):
            version = self.first + (place + 1) * self.stride
            if version < self.last:
                yield version, self.marks[place * _MARK_BYTES : (place + 1) * _MARK_BYTES]
        yield self.last, self.digest


@dataclass(slots=True)
class SealReport:
    """What the seals say: how much was compared, and what does not fit."""

    nights: int = 0
    seals: int = 0
    forged: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def verify_seals() -> SealReport:
    """Compare all nights' files with each other and with the ledger."""
    report = SealReport()
    spans: dict[int, list[_Span]] = {}
    previous: Night | None = None
    for night in seals.nights():
        _read_night(night, previous, spans, report)
        previous = night
    if spans:
        _compare(spans, report)
    return report


def _read_night(night: Night, previous: Night | None, spans: dict[int, list[_Span]], report: SealReport) -> None:
    """Take a night's seals in, and check that the file is ours, whole, and follows the one before."""
    report.nights += 1
    hashed = hashlib.sha256()
    last: dict[str, Any] = {}
    wallets = 0
    for line in night.lines():
        signed = _parsed(line)
        if signed is None or not is_signed(signed, seals.public_keys()):
            report.forged.append(night.path.name)
            return
        last = signed["payload"]
        if last["format"] == WALLET_FORMAT:
            hashed.update(line)
            wallets += 1
            _take(last, spans, report)
    follows = {"date": previous.day, "sha256": previous.sha256} if previous else None
    whole = {"date": night.day, "wallets": wallets, "lines_sha256": hashed.hexdigest(), "previous": follows}
    if last.get("format") != NIGHT_FORMAT or not whole.items() <= last.items():
        report.torn.append(night.path.name)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        signed = json.loads(line)
    except ValueError:
        return None
    return signed if isinstance(signed, dict) and isinstance(signed.get("payload"), dict) else None


def _take(seal: dict[str, Any], spans: dict[int, list[_Span]], report: SealReport) -> None:
    """Keep what a seal adds to the wallet's earlier ones, which it must continue."""
    report.seals += 1
    own = spans.setdefault(seal["wallet_id"], [])
    before = own[-1] if own else None
    first, digest = (before.last, before.digest) if before else (0, chain.beginning(seal["wallet_id"]))
    previous = seal["previous"] or {"version": 0, "digest": chain.beginning(seal["wallet_id"]).hex()}
    if (previous["version"], previous["digest"]) != (first, digest.hex()) or seal["version"] < first:
        report.torn.append(f"wallet:{seal['wallet_id']} seal:{seal['date']}")
    elif seal["version"] > first:
        marks = seal["marks"]
        own.append(
            _Span(
                seal["date"],
                first,
                seal["version"],
                bytes.fromhex(seal["digest"]),
                marks["stride"],
                bytes.fromhex(marks["digests"]),
            )
        )


def _compare(spans: dict[int, list[_Span]], report: SealReport) -> None:
    missing = {wallet_id: own for wallet_id, own in spans.items() if own}
    for wallet_id, rows in groupby(chain.all_entries(), key=itemgetter(0)):
        own = missing.pop(wallet_id, [])
        report.changed += _changed(wallet_id, own, (entry for _, entry in rows))
    for wallet_id, own in missing.items():
        report.changed += _changed(wallet_id, own, iter(()))


def _changed(wallet_id: int, spans: list[_Span], entries: Iterator[chain.EntryRow]) -> Iterator[str]:
    """Yield the place of the first entry in each span that is not as it was sealed."""
    reader = _Reader(entries, chain.beginning(wallet_id))
    for span in spans:
        sound, differs = span.first, None
        for version, sealed in span.expected():
            if reader.digest_at(version)[: len(sealed)] != sealed and differs is None:
                differs = f"version:{version}" if version == sound + 1 else f"versions:{sound + 1}-{version}"
            sound = version
        if differs is not None:
            yield f"wallet:{wallet_id} {differs} seal:{span.day}"
        # So that the next night's entries are judged by themselves.
        reader.digest = span.digest


class _Reader:
    """Hashes a wallet's entries in their order, as far as it is asked to."""

    def __init__(self, entries: Iterator[chain.EntryRow], digest: bytes) -> None:
        self.digest = digest
        self._entries = entries
        self._next = next(entries, None)

    def digest_at(self, version: int) -> bytes:
        """Return the digest after the entry `version`; one that is missing leaves another digest than was sealed."""
        while self._next is not None and self._next[0] <= version:
            self.digest = chain.link(self.digest, self._next)
            self._next = next(self._entries, None)
        return self.digest
