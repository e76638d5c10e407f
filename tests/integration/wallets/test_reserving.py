"""Holds and how they are settled: all or nothing on the way in, once on the way out."""

from decimal import Decimal

import pytest
from django.db import IntegrityError

from steller.errors import InsufficientFundsError
from tests.shop import check_books
from wallets.models import Hold


@pytest.fixture(autouse=True)
def funds(wallet, wallet_id):
    wallet("top_up", wallet_id=wallet_id, amount=Decimal(100), reference="pay:1")


class TestHold:
    def test_sets_each_amount_aside_under_its_reference(self, wallet, wallet_id, balances, entries):
        wallet("hold", wallet_id=wallet_id, amounts={"b": Decimal(30), "a": Decimal("0.5"), "c": Decimal(9)})

        assert balances() == (Decimal("60.5"), Decimal("39.5"), 4)
        assert entries("reference") == ["pay:1", "b", "a", "c"]
        assert entries("available_after") == [100, 70, Decimal("69.5"), Decimal("60.5")]
        assert entries("held_after") == [0, 30, Decimal("30.5"), Decimal("39.5")]
        check_books()

    def test_of_all_that_is_available_leaves_nothing(self, wallet, wallet_id, balances):
        wallet("hold", wallet_id=wallet_id, amounts={"a": Decimal(60), "b": Decimal(40)})

        assert balances()[:2] == (0, 100)

    def test_takes_all_lines_or_none(self, wallet, wallet_id, balances):
        with pytest.raises(InsufficientFundsError):
            wallet("hold", wallet_id=wallet_id, amounts={"a": Decimal(60), "b": Decimal("40.0001")})

        assert balances() == (100, 0, 1)
        assert not Hold.objects.exists()

    def test_of_a_reference_that_was_used_is_refused(self, wallet, wallet_id, balances):
        wallet("hold", wallet_id=wallet_id, amounts={"a": Decimal(10)})

        with pytest.raises(IntegrityError):
            wallet("hold", wallet_id=wallet_id, amounts={"b": Decimal(10), "a": Decimal(10)})

        assert balances()[:2] == (90, 10)

    def test_of_nothing_is_refused(self, wallet, wallet_id):
        with pytest.raises(IntegrityError):
            wallet("hold", wallet_id=wallet_id, amounts={"a": Decimal(0)})


class TestSettle:
    @pytest.fixture(autouse=True)
    def held(self, funds, wallet, wallet_id):
        wallet("hold", wallet_id=wallet_id, amounts={"a": Decimal(10), "b": Decimal(20), "c": Decimal(30)})

    def test_keeps_what_is_captured_and_gives_back_the_rest(self, wallet, balances, entries):
        settled = wallet("settle", captured={"a": Decimal(10), "b": Decimal(0), "c": Decimal(12)}, reason="order 1")

        assert settled == {"a", "b", "c"}
        assert balances() == (78, 0, 8)
        assert entries("kind")[4:] == ["capture", "release", "capture", "release"]
        assert entries("held_after")[3:] == [60, 50, 30, 18, 0]
        assert entries("reason")[4:] == ["order 1"] * 4
        check_books()

    def test_happens_once_whatever_the_second_call_wants(self, wallet, balances):
        assert wallet("settle", captured={"a": Decimal(10)}) == {"a"}
        before = balances()

        assert wallet("settle", captured={"a": Decimal(0)}) == frozenset()

        assert balances() == before
        assert Hold.objects.get(reference="a").captured == 10

    def test_passes_over_what_somebody_else_settled(self, wallet, balances):
        wallet("settle", captured={"b": Decimal(20)})

        assert wallet("settle", captured={"a": Decimal(0), "b": Decimal(0)}) == {"a"}

        assert balances()[:2] == (50, 30)
        check_books()

    def test_of_an_unknown_reference_does_nothing(self, wallet, balances):
        before = balances()

        assert wallet("settle", captured={"zzz": Decimal(1)}) == frozenset()

        assert balances() == before

    @pytest.mark.parametrize("amount", ["10.01", "-0.01", "3.33335"])
    def test_of_an_amount_that_does_not_part_the_hold_changes_nothing(self, wallet, balances, amount):
        before = balances()

        with pytest.raises(IntegrityError, match="hold_is_settled_whole"):
            wallet("settle", captured={"a": Decimal(amount)})

        assert balances() == before
        assert Hold.objects.get(reference="a").settled_at is None
