"""Amounts are rounded in one way each, and written as people read them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steller.money import display, round_half_up, round_up, to_ledger

amounts = st.decimals(min_value=-(10**13), max_value=10**13, places=6)


class TestRounding:
    @pytest.mark.parametrize(
        ("amount", "places", "half_up", "up"),
        [
            ("1.005", 2, "1.01", "1.01"),
            ("1.0049", 2, "1.00", "1.01"),
            ("-1.005", 2, "-1.01", "-1.00"),
            ("2.5", 0, "3", "3"),
            ("1.0001", 3, "1.000", "1.001"),
        ],
    )
    def test_is_half_away_from_zero_or_never_below(self, amount, places, half_up, up):
        assert round_half_up(Decimal(amount), places) == Decimal(half_up)
        assert round_up(Decimal(amount), places) == Decimal(up)

    @given(amount=amounts)
    def test_to_the_ledger_is_off_by_half_a_step_at_most_and_stable(self, amount):
        rounded = to_ledger(amount)
        assert abs(rounded - amount) <= Decimal("0.00005")
        assert to_ledger(rounded) == rounded

    @given(amount=amounts, places=st.integers(min_value=0, max_value=4))
    def test_up_never_loses(self, amount, places):
        assert 0 <= round_up(amount, places) - amount < Decimal(1).scaleb(-places)


class TestDisplay:
    @pytest.mark.parametrize(
        ("amount", "places", "text"),
        [
            ("10", 2, "10.00"),
            ("10.5", 2, "10.50"),
            ("10.1234", 2, "10.1234"),
            ("10.1230", 2, "10.123"),
            ("100", 0, "100"),
            ("100.5", 0, "100.5"),
            ("0", 3, "0.000"),
            ("-3.1", 2, "-3.10"),
        ],
    )
    def test_shows_the_coins_and_no_needless_zeros(self, amount, places, text):
        assert display(Decimal(amount), places) == text

    @given(amount=st.decimals(min_value=-(10**9), max_value=10**9, places=4), places=st.integers(0, 4))
    def test_loses_nothing(self, amount, places):
        assert Decimal(display(amount, places)) == amount
