"""Seals as they lie outside the database: one file for each night, one signed line for each wallet, a signed last line.

The last line counts and hashes the others and names the hash of the night before, so neither a line nor a night can be
taken away unnoticed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from steller.errors import NotFoundError
from steller.signatures import SigningKey, parse_public_keys

WALLET_FORMAT = "steller-seal-1"
NIGHT_FORMAT = "steller-night-1"


class SealingIsOffError(Exception):
    """No directory for seals is configured: set LEDGER_SEAL_DIR and LEDGER_SEAL_KEY."""


@dataclass(frozen=True, slots=True)
class Night:
    """One night's file."""

    path: Path

    @classmethod
    def of(cls, day: date) -> "Night":
        """Return the file that belongs to a day, whether or not it exists."""
        return cls(_directory() / f"seal-{day.isoformat()}.jsonl")

    @property
    def day(self) -> str:
        """The day it was made, in UTC, as 2026-11-24."""
        return self.path.stem.removeprefix("seal-")

    @property
    def sha256(self) -> str:
        """The hash of the whole file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def lines(self) -> Iterator[bytes]:
        """Walk its lines, the night's own last."""
        with self.path.open("rb") as file:
            yield from file


def sealing_is_on() -> bool:
    """Tell whether seals are configured."""
    return bool(settings.LEDGER_SEAL_DIR)


def nights() -> list[Night]:
    """Return the nights that were sealed, the oldest first; none when sealing is off."""
    return [Night(path) for path in sorted(_directory().glob("seal-*.jsonl"))] if sealing_is_on() else []


def sealed_nights() -> int:
    """Count the nights that were sealed."""
    return len(nights())


def seal_of(wallet_id: int, day: date | None = None) -> dict[str, Any]:
    """Return a wallet's seal of one day, or its latest.

    Raises:
        NotFoundError: there is none.

    """
    # The keys of a line are sorted, so this stands in no other wallet's.
    wanted = f'"wallet_id":{wallet_id}}}'.encode()
    for night in reversed(nights()):
        if day is not None and night.day != day.isoformat():
            continue
        for line in night.lines():
            if wanted in line:
                seal: dict[str, Any] = json.loads(line)
                return seal
    raise NotFoundError("There is no such seal.")


def public_keys() -> Mapping[str, Ed25519PublicKey]:
    """Return the keys that seals are checked with, by name: today's, and those of former days."""
    return _public_keys(settings.LEDGER_SEAL_KEY, settings.LEDGER_SEAL_PUBLIC_KEYS)


@lru_cache(maxsize=4)
def _public_keys(signing: str, former: str) -> Mapping[str, Ed25519PublicKey]:
    keys = parse_public_keys(former)
    if signing:
        key = SigningKey.parse(signing)
        keys[key.id] = key.key.public_key()
    return keys


def _directory() -> Path:
    if not sealing_is_on():
        raise SealingIsOffError("LEDGER_SEAL_DIR is not set")
    return Path(settings.LEDGER_SEAL_DIR)
