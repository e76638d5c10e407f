"""Statements that anybody can check: JSON in one canonical form, signed with Ed25519 under a key that has a name.

Keys are rotated by name: what an old key signed stays good as long as its public half is published.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY_BYTES = 32


class SigningKeyError(ValueError):
    """The text is no key: write it as `id:<base64 of 32 bytes>`."""


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A named private key."""

    id: str
    key: Ed25519PrivateKey

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read `s1:<base64 of 32 random bytes>`.

        Raises:
            SigningKeyError: it is no such text.

        """
        name, seed = _named_bytes(text)
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with its signature and the key's name."""
        signature = base64.b64encode(self.key.sign(canonical(payload))).decode()
        return {"key_id": self.id, "payload": payload, "signature": signature}


def parse_public_keys(text: str) -> dict[str, Ed25519PublicKey]:
    """Read `s2:<base64>,s1:<base64>`, the public halves of keys by name.

    Raises:
        SigningKeyError: one of them is no such text.

    """
    pairs = [_named_bytes(part) for part in text.split(",") if part.strip()]
    return {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in pairs}


def canonical(payload: object) -> bytes:
    """Write JSON in the one form that is signed and hashed: sorted keys, no spaces, ASCII."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()


def is_signed(signed: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Tell whether one of these keys signed the payload as it stands."""
    key = keys.get(str(signed.get("key_id")))
    if key is None:
        return False
    try:
        key.verify(base64.b64decode(signed["signature"], validate=True), canonical(signed["payload"]))
    except (InvalidSignature, KeyError, TypeError, binascii.Error):
        return False
    return True


def _named_bytes(text: str) -> tuple[str, bytes]:
    name, _, encoded = text.strip().partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise SigningKeyError("a key is not base64") from error
    if not name or len(raw) != _KEY_BYTES:
        raise SigningKeyError("a key is id:<base64 of 32 bytes>")
    return name, raw
