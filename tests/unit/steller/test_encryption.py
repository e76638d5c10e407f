"""Ciphertexts are bound to their place and fail closed."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steller.encryption import DecryptionError, KeyRing, KeyRingError

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
RING = KeyRing.parse(f"k1:{OLD}")
PLACE = "card|code|c1|l1"


class TestEncrypt:
    @given(text=st.text(max_size=200), place=st.text(max_size=80))
    def test_comes_back_where_it_was_put(self, text, place):
        assert RING.decrypt(RING.encrypt(text, place=place), place=place) == text

    def test_never_gives_the_same_bytes_twice(self):
        assert RING.encrypt("a", place=PLACE) != RING.encrypt("a", place=PLACE)

    @pytest.mark.parametrize("place", ["card|pin|c1|l1", "card|code|c2|l1", "card|code|c1|l2", ""])
    def test_does_not_decrypt_in_another_place(self, place):
        with pytest.raises(DecryptionError):
            RING.decrypt(RING.encrypt("4711", place=PLACE), place=place)

    @given(position=st.integers(min_value=0, max_value=27))
    def test_does_not_decrypt_with_one_bit_changed(self, position):
        version, name, body = RING.encrypt("4711", place=PLACE).split(":")
        sealed = bytearray(base64.b64decode(body))
        sealed[position] ^= 1
        with pytest.raises(DecryptionError):
            RING.decrypt(f"{version}:{name}:{base64.b64encode(sealed).decode()}", place=PLACE)

    @pytest.mark.parametrize("value", ["", "4711", "v1:k1:", "v1:k9:AAAA", "v2:k1:AAAA", "v1:k1:not base64"])
    def test_of_no_known_form_is_an_error_and_never_plain_text(self, value):
        with pytest.raises(DecryptionError):
            RING.decrypt(value, place=PLACE)


class TestAKeyRing:
    def test_reads_old_values_after_a_rotation_and_writes_with_the_new_key(self):
        before = RING.encrypt("4711", place=PLACE)
        rotated = KeyRing.parse(f"k2:{NEW},k1:{OLD}")
        assert rotated.decrypt(before, place=PLACE) == "4711"
        assert rotated.encrypt("x", place=PLACE).startswith("v1:k2:")
        assert rotated.fingerprint("4711") == RING.fingerprint("4711")

    def test_shows_no_key(self):
        assert OLD not in repr(RING)

    @pytest.mark.parametrize("text", ["", ",", f"k1:{OLD},k1:{NEW}", f":{OLD}", "k1:AAAA"])
    def test_of_wrong_form_is_refused(self, text):
        with pytest.raises(KeyRingError):
            KeyRing.parse(text)
