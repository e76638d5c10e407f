"""The running balance: unbroken however the lines of a moment are ordered, and broken where money went untold."""

import itertools
import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.services.balances import breaks
from orders.services.comparing import Line

START = datetime(2026, 5, 16, tzinfo=UTC)
NUMBERS = itertools.count(1)


def charge(amount, balance, *, seconds=0, request_id=None, **changes):
    values = {
        "id": next(NUMBERS),
        "type": "Order",
        "is_charge": True,
        "request_id": request_id or uuid.uuid4(),
        "currency": "USD",
        "amount": Decimal(str(amount)),
        "balance": None if balance is None else Decimal(str(balance)),
        "happened_at": START + timedelta(seconds=seconds),
    }
    return Line(**{**values, **changes})


def movement(amount, balance, *, seconds=0, **changes):
    return charge(amount, balance, seconds=seconds, type="TopUp", is_charge=False, **changes)


def chain(amounts, *, start=1000, account=1):
    """Return charges whose balances follow from each other, and the account of each."""
    lines, balance = [], Decimal(start)
    for second, amount in enumerate(amounts):
        balance -= Decimal(str(amount))
        lines.append(charge(amount, balance, seconds=second))
    return lines, {line.request_id: account for line in lines}


def found(lines, accounts):
    return [(each.subject, each.amount) for each in breaks(lines, accounts=accounts)]


class TestAnUnbrokenBalance:
    @given(st.lists(st.integers(1, 10**8), max_size=12), st.randoms(use_true_random=False))
    def test_is_unbroken_in_whatever_order_its_lines_come(self, steps, chance):
        lines, accounts = chain([Decimal(step) / 10000 for step in steps])
        chance.shuffle(lines)

        assert found(lines, accounts) == []

    def test_may_have_several_lines_in_one_moment(self):
        lines, accounts = chain([5, 6, 7])
        lines = [replace(line, happened_at=START) for line in lines]

        for order in itertools.permutations(lines):
            # The first of a report has nothing to follow from, so it must be known.
            first = charge(0, 1000, seconds=-1)
            assert found([first, *order], {**accounts, first.request_id: 1}) == []

    def test_may_have_a_line_without_a_time(self):
        lines, accounts = chain([5, 6, 7])
        lines[1] = replace(lines[1], happened_at=None)

        assert found(lines, accounts) == []

    @pytest.mark.parametrize("sign", [1, -1])
    def test_of_charges_may_be_written_with_either_sign(self, sign):
        lines, accounts = chain([5, 6, 7])

        assert found([replace(line, amount=sign * line.amount) for line in lines], accounts) == []

    @pytest.mark.parametrize("amount", [100, -100])
    def test_is_continued_by_other_movements_with_either_sign(self, amount):
        lines, accounts = chain([5, 6])
        topped_up = movement(amount, lines[-1].balance + 100, seconds=5)
        after = charge(1, topped_up.balance - 1, seconds=6)

        assert found([*lines, topped_up, after], {**accounts, after.request_id: 1}) == []

    def test_counts_on_over_a_line_that_tells_no_balance(self):
        lines, accounts = chain([5, 6, 7])
        lines[1] = replace(lines[1], balance=None)

        assert found(lines, accounts) == []

    def test_may_begin_with_a_line_that_tells_no_balance(self):
        lines, accounts = chain([5, 6, 7])
        lines[0] = replace(lines[0], balance=None)

        assert found(lines, accounts) == []

    def test_of_two_accounts_in_one_currency_are_two(self):
        ours, accounts = chain([5, 6, 7])
        others, more = chain([50, 60, 70], start=90, account=2)

        assert found([*ours, *others], {**accounts, **more}) == []

    def test_of_an_account_that_we_do_not_use_is_followed_apart(self):
        ours, accounts = chain([5, 6, 7])
        others, _ = chain([50, 60, 70], start=90)
        random.Random(3).shuffle(others)

        assert found([*ours, *others], accounts) == []

    def test_cannot_be_told_of_a_line_whose_amount_is_unreadable(self):
        lines, accounts = chain([5, 6, 7])
        lines[1] = replace(lines[1], amount=None)

        assert found(lines, accounts) == []


class TestABrokenBalance:
    @given(st.integers(1, 5), st.integers(1, 10**6), st.booleans())
    def test_is_placed_at_the_first_line_after_the_break(self, place, size, up):
        lines, accounts = chain([5, 6, 7, 8, 9, 10])
        by = Decimal(size) / 10000 * (1 if up else -1)
        broken = [*lines[:place], *(replace(line, balance=line.balance + by) for line in lines[place:])]

        assert found(broken, accounts) == [(f"line:{lines[place].id}", by)]

    def test_that_comes_right_again_has_two_places(self):
        lines, accounts = chain([5, 6, 7])
        lines[1] = replace(lines[1], balance=lines[1].balance + 3)

        assert [amount for _, amount in found(lines, accounts)] == [3, -3]

    def test_is_not_hidden_by_an_unused_account(self):
        lines, accounts = chain([5, 6, 7])
        stranger = charge(5, 77, seconds=1.5)
        lines[2] = replace(lines[2], balance=lines[2].balance - 1)

        assert found([*lines, stranger], accounts) == [(f"line:{lines[2].id}", -1)]
