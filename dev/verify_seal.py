#!/usr/bin/env python3
"""Check a wallet's seal with nothing of ours but this file: needs Python 3.11 or newer and `pip install cryptography`.

    verify_seal.py --keys keys.json --seal seal.json --entries entries.csv [--earlier earlier.json]

keys.json     GET /api/seal-key, fetched once and kept; a key that changes under its name is a reason to ask us
seal.json     GET /api/wallet/{id}/seal
entries.csv   GET /api/wallet/{id}/entry?format=csv, or a JSON list of entries, all from the first on
earlier.json  a seal that you kept: the later one must extend it

Prints what was checked and exits with 0, or prints the first thing that is wrong and exits with 1. What is checked: the
signature; that the entries are numbered from 1 without a gap; that each entry follows from the one before; that the
digest over all of them, their number, balances and totals by kind are the sealed ones; that the earlier seal's digest
lies on the same chain.
"""

import argparse
import base64
import csv
import hashlib
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "steller-seal-1"


class WrongError(Exception):
    """Something does not fit; the message says what."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a wallet's seal.")
    for name in ("keys", "seal", "entries"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--earlier", type=Path)
    paths = parser.parse_args()
    try:
        keys = read_keys(paths.keys)
        seal = read_seal(paths.seal, keys)
        earlier = read_seal(paths.earlier, keys) if paths.earlier else None
        check(seal, read_entries(paths.entries), earlier)
    except WrongError as wrong:
        print(f"WRONG: {wrong}")
        return 1
    extends = f", extends the seal of {earlier['date']}" if earlier else ""
    print(f"OK: wallet {seal['wallet_id']}, {seal['version']} entries, sealed on {seal['date']}{extends}")
    return 0


def read_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    listed = json.loads(path.read_text())["results"]
    return {key["key_id"]: Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"])) for key in listed}


def read_seal(path: Path, keys: dict[str, Ed25519PublicKey]) -> dict[str, Any]:
    signed = json.loads(path.read_text())
    key = keys.get(signed["key_id"])
    if key is None:
        raise WrongError(f"{path}: signed with the key {signed['key_id']!r}, which is not among the keys")
    payload: dict[str, Any] = signed["payload"]
    message = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    try:
        key.verify(base64.b64decode(signed["signature"]), message)
    except InvalidSignature:
        raise WrongError(f"{path}: the signature is not that of its payload") from None
    if payload["format"] != FORMAT:
        raise WrongError(f"{path}: unknown format {payload['format']!r}")
    return payload


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Read an export, the oldest entry first; an apostrophe that guards a cell from spreadsheets is taken away."""
    if path.suffix == ".json":
        body = json.loads(path.read_text())
        entries: list[dict[str, Any]] = body["results"] if isinstance(body, dict) else body
    else:
        with path.open(newline="") as file:
            entries = list(csv.DictReader(file))
        for entry in entries:
            for name in ("reference", "reason", "actor"):
                entry[name] = entry[name].removeprefix("'")
    return sorted(entries, key=lambda entry: int(entry["version"]))


def check(seal: dict[str, Any], entries: Iterable[dict[str, Any]], earlier: dict[str, Any] | None) -> None:
    check_same_wallet(seal, earlier)
    digest = hashlib.sha256(f"steller wallet {seal['wallet_id']}".encode()).digest()
    available, held, version = Decimal(0), Decimal(0), 0
    totals: dict[str, list[Decimal]] = {}
    check_earlier(earlier, version, digest)
    for entry in entries:
        if version == seal["version"]:
            break
        version += 1
        changes = Decimal(entry["available_delta"]), Decimal(entry["held_delta"])
        available, held = available + changes[0], held + changes[1]
        if int(entry["version"]) != version:
            raise WrongError(f"entry {version} is missing")
        if (available, held) != (Decimal(entry["available_after"]), Decimal(entry["held_after"])):
            raise WrongError(f"entry {version} does not follow from the one before")
        sums = totals.setdefault(entry["kind"], [Decimal(0), Decimal(0)])
        sums[:] = sums[0] + changes[0], sums[1] + changes[1]
        digest = hashlib.sha256(digest + canonical(entry)).digest()
        check_earlier(earlier, version, digest)
    found = {
        "version": version,
        "digest": digest.hex(),
        "available": f"{available:.4f}",
        "held": f"{held:.4f}",
        "totals": {kind: [f"{total:.4f}" for total in sums] for kind, sums in totals.items()},
    }
    for name, value in found.items():
        if seal[name] != value:
            raise WrongError(f"the entries come to {name} {value}, the seal says {seal[name]}")


def check_same_wallet(seal: dict[str, Any], earlier: dict[str, Any] | None) -> None:
    if earlier and earlier["wallet_id"] != seal["wallet_id"]:
        raise WrongError("the earlier seal is another wallet's")
    if earlier and earlier["version"] > seal["version"]:
        raise WrongError("the earlier seal has more entries than the later one")


def check_earlier(earlier: dict[str, Any] | None, version: int, digest: bytes) -> None:
    if earlier and earlier["version"] == version and earlier["digest"] != digest.hex():
        raise WrongError(f"entries up to {version} are not those that were sealed on {earlier['date']}")


def canonical(entry: dict[str, Any]) -> bytes:
    """Write an entry in the form that is hashed: a JSON list, amounts with four decimals, the time in UTC."""
    moment = datetime.fromisoformat(entry["created_at"]).astimezone(UTC)
    fields = [
        int(entry["version"]),
        entry["kind"],
        *(f"{Decimal(entry[name]):.4f}" for name in ("available_delta", "held_delta", "available_after", "held_after")),
        entry["reference"],
        entry["reason"],
        entry["actor"],
        moment.isoformat(timespec="microseconds"),
    ]
    return json.dumps(fields, separators=(",", ":")).encode()


if __name__ == "__main__":
    sys.exit(main())
