"""One purchase beside the lines about it: each case that has a difference, and those that have none."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.services.comparing import Bought, Line, compare, stray

NOW = datetime(2026, 5, 16, 12, tzinfo=UTC)
REQUEST_ID = uuid.uuid4()
TOTAL = Decimal("18.9401")


def bought(**changes):
    values = {
        "id": uuid.uuid4(),
        "status": "settled",
        "currency": "USD",
        "total": TOTAL,
        "expected": Decimal("18.9402"),
        "cards": 2,
        "sent_at": NOW - timedelta(hours=8),
        "settled_at": NOW - timedelta(hours=8),
    }
    return Bought(**{**values, **changes})


def line(amount=TOTAL, **changes):
    values = {
        "id": 1,
        "type": "Order",
        "is_charge": True,
        "request_id": REQUEST_ID,
        "currency": "USD",
        "amount": amount if amount is None else Decimal(amount),
        "balance": Decimal(100),
        "happened_at": NOW,
    }
    return Line(**{**values, **changes})


def found(purchase, *lines):
    return [(each.kind.value, each.amount) for each in compare(purchase, lines, at=NOW)]


class TestAPurchaseWithItsCharge:
    @pytest.mark.parametrize("changes", [{}, {"amount": -TOTAL}, {"currency": ""}])
    def test_shows_no_difference(self, changes):
        assert found(bought(), line(**changes)) == []

    @given(st.decimals("0.0001", 10**6, places=4), st.integers(1, 6))
    def test_may_be_charged_in_parts(self, total, parts):
        each = (total / parts).quantize(Decimal("0.0001"))
        lines = [line(each, id=number) for number in range(parts - 1)]
        rest = total - each * (parts - 1)

        assert found(bought(total=total, expected=total), *lines, line(rest, id=99)) == []

    @given(st.decimals("0.01", 10**6, places=4), st.decimals(-(10**6), 10**6, places=4))
    def test_differs_to_the_fourth_decimal(self, total, by):
        charged = total + by
        expected = [] if not by else [("price", by)]
        if charged > 0:
            assert found(bought(total=total, expected=total), line(charged)) == expected

    def test_of_which_we_never_learned_the_total_is_held_against_what_was_expected(self):
        assert found(bought(total=None), line("18.9402")) == []
        assert found(bought(total=None), line("20")) == [("price", Decimal("1.0598"))]

    @pytest.mark.parametrize(
        ("expected", "differs"), [("18.76", False), ("19.12", False), ("18.70", True), ("19.2", True)]
    )
    def test_may_be_a_percent_off_what_was_expected(self, expected, differs):
        kinds = [kind for kind, _ in found(bought(expected=Decimal(expected)), line())]

        assert kinds == (["price"] if differs else [])

    def test_in_another_currency_is_a_difference_of_price(self):
        (difference,) = compare(bought(), [line(currency="EUR")], at=NOW)

        assert (difference.kind, difference.currency, difference.amount) == ("price", "EUR", TOTAL)

    def test_that_is_zero_is_no_charge(self):
        assert found(bought(), line(0)) == [("card_without_charge", -TOTAL)]
        assert found(bought(cards=0, total=Decimal(0), expected=Decimal(0)), line(0)) == []


class TestSeveralCharges:
    def test_of_the_total_are_duplicates_but_one(self):
        assert found(bought(), line(id=1), line(id=2), line(id=3)) == [("duplicate_charge", TOTAL)] * 2

    def test_of_which_one_is_right_leave_the_other_a_duplicate(self):
        (difference,) = compare(bought(), [line(3, id=1), line(id=2)], at=NOW)

        assert (difference.kind, difference.amount, difference.line_id) == ("duplicate_charge", 3, 1)

    def test_of_which_none_is_right_are_a_wrong_price_and_a_duplicate(self):
        assert found(bought(), line(20, id=1), line(20, id=2)) == [
            ("duplicate_charge", Decimal(20)),
            ("price", 20 - TOTAL),
        ]


class TestAPurchaseWithoutCharge:
    def test_is_a_matter_of_timing_for_six_hours(self):
        young, old = (bought(settled_at=NOW - timedelta(hours=hours)) for hours in (5.9, 6))

        assert found(young) == [("timing", -TOTAL)]
        assert found(old) == [("card_without_charge", -TOTAL)]

    def test_that_cost_nothing_is_no_difference(self):
        assert found(bought(total=Decimal(0))) == []
        assert found(bought(cards=0, total=None)) == []

    @pytest.mark.parametrize("status", ["planned", "placing", "unknown", "placed", "refused"])
    def test_that_never_came_to_cards_is_no_difference(self, status):
        assert found(bought(status=status, cards=0, total=None)) == []


class TestAChargeWithoutCards:
    @pytest.mark.parametrize("changes", [{"status": "refused"}, {"total": Decimal(0)}, {"total": TOTAL}])
    def test_is_told(self, changes):
        assert found(bought(cards=0, **changes), line()) == [("charged_without_card", TOTAL)]

    @pytest.mark.parametrize("status", ["planned", "placing", "unknown", "placed"])
    @pytest.mark.parametrize(
        ("hours", "cards", "kind"),
        [(1, 0, "timing"), (24, 0, "timing"), (24.1, 0, "charged_without_card"), (24.1, 1, "timing")],
    )
    def test_is_a_matter_of_timing_while_the_purchase_is_open_for_a_day(self, status, hours, cards, kind):
        still_open = bought(status=status, cards=cards, total=None, sent_at=NOW - timedelta(hours=hours))

        assert found(still_open, line()) == [(kind, TOTAL)]


class TestALineThatIsNoCharge:
    def test_is_shown_beside_the_charge(self):
        refund = line(5, id=2, type="Refund", is_charge=False)

        assert found(bought(), line(), refund) == [("unknown", Decimal(5))]

    def test_whose_amount_is_unreadable_is_the_only_thing_said(self):
        (difference,) = compare(bought(), [line(None)], at=NOW)

        assert (difference.kind, difference.amount) == ("unknown", 0)
        assert difference.detail == "the line's amount cannot be read"

    @pytest.mark.parametrize(
        ("changes", "detail"),
        [
            ({}, "a charge whose RequestId is none of ours"),
            ({"request_id": None}, "a charge without a RequestId"),
            ({"is_charge": False, "type": ""}, "a line of type nothing"),
            ({"is_charge": False, "type": "x" * 400}, ("a line of type " + "x" * 400)[:200]),
        ],
    )
    def test_of_nobody_says_what_it_is(self, changes, detail):
        assert stray(line(**changes)).detail == detail
