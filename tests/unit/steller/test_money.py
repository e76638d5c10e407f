"""Amounts are exact, never mixed, and rounded in one way each."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steller.money import CurrencyMismatchError, Money, display, round_half_up, round_up, to_ledger

amounts = st.decimals(min_value=-(10**13), max_value=10**13, places=6)


class TestMoney:
    def test_is_added_subtracted_multiplied_and_compared(self):
        three, two = Money(Decimal(3), "USD"), Money(Decimal(2), "USD")
        assert three + two == Money(Decimal(5), "USD")
        assert three - two == Money(Decimal(1), "USD")
        assert two * Decimal("1.5") == three
        assert two < three
        assert two <= Money(Decimal("2.00"), "USD")
        assert str(three) == "3 USD"

    @pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__"])
    def test_of_two_currencies_never_meets(self, operation):
        with pytest.raises(CurrencyMismatchError, match="USD met EUR"):
            getattr(Money(Decimal(1), "USD"), operation)(Money(Decimal(1), "EUR"))

    @given(first=amounts, second=amounts)
    def test_comes_back_after_there_and_back(self, first, second):
        assert Money(first, "USD") + Money(second, "USD") - Money(second, "USD") == Money(first, "USD")


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
