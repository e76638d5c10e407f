"""Secrets at rest: AES-256-GCM under a ring of keys, each value bound to the place that it stands in.

The associated data names the place (`card|code|<card>|<line>`), so a value that somebody copies into another
row or column does not decrypt. The first key of `CARD_KEYS` encrypts, the others still decrypt, so a key is
rotated by putting a new one in front. Nothing here ever falls back to plain text.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"


class DecryptionError(Exception):
    """The value was altered, moved, or its key is no longer in the ring: show nothing, tell an operator."""


class KeyRingError(ValueError):
    """`CARD_KEYS` is not readable as `id:<base64 of 32 bytes>[,...]`."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Named keys; the first one encrypts."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `k2:<base64>,k1:<base64>`.

        Raises:
            KeyRingError: no key, a repeated id, or a key that is not 32 bytes.

        """
        pairs = [_key(part) for part in text.split(",") if part.strip()]
        if not pairs or len({name for name, _ in pairs}) != len(pairs):
            raise KeyRingError("CARD_KEYS needs at least one key, each with an id of its own")
        return cls(tuple(pairs))

    def encrypt(self, text: str, *, place: str) -> str:
        """Encrypt for one place; the answer names the key that it needs."""
        name, key = self.keys[0]
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), place.encode())
        return f"{_VERSION}:{name}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, value: str, *, place: str) -> str:
        """Decrypt a value that stands where it was put.

        Raises:
            DecryptionError: it was altered or moved, or its key is gone.

        """
        try:
            version, name, body = value.split(":", 2)
            sealed = base64.b64decode(body, validate=True)
            if version != _VERSION:
                raise DecryptionError("unknown form of ciphertext")
            plain = AESGCM(dict(self.keys)[name]).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
        except (ValueError, KeyError, binascii.Error, InvalidTag) as error:
            raise DecryptionError("the value cannot be decrypted here") from error
        return plain.decode()

    def fingerprint(self, text: str) -> bytes:
        """Make a keyed blind index: equal texts give equal bytes, nothing else can be learnt.

        It hangs on the oldest key of the ring, so that adding a key leaves old indexes comparable.
        """
        index_key = hashlib.sha256(b"blind index|" + self.keys[-1][1]).digest()
        return hmac.digest(index_key, text.encode(), "sha256")


def _key(part: str) -> tuple[str, bytes]:
    name, _, encoded = part.strip().partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise KeyRingError("a key of CARD_KEYS is not base64") from error
    if not name or len(key) != _KEY_BYTES:
        raise KeyRingError("each key of CARD_KEYS is id:<base64 of 32 bytes>")
    return name, key


@lru_cache(maxsize=4)
def _parsed(text: str) -> KeyRing:
    return KeyRing.parse(text)


def card_keys() -> KeyRing:
    """Return the ring that the settings name."""
    return _parsed(settings.CARD_KEYS)
