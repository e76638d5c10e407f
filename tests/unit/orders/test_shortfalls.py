"""When a missing card counts as missing for good: rules without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bamboo import schemas
from bamboo.schemas import CardStatus, OrderStatus
from orders.models import OrderItem, Purchase
from orders.services.shortfalls import REVIEW_AFTER, STEADY_FOR, is_accounted_for

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOLD, FAILED, PAUSED = CardStatus.SOLD, CardStatus.FAILED, CardStatus.PAUSED


def line(quantity=2, product=7, cost="9.5", value="10"):
    return OrderItem(supplier_product_id=product, quantity=quantity, unit_cost=Decimal(cost), face_value=Decimal(value))


def card(number, status, code=...):
    code = f"c{number}" if code is ... else code
    return schemas.Card(id=number, serial_number=None, card_code=code, pin=None, expires_at=None, status=status)


def view(*cards, status=OrderStatus.PARTIAL_FAILED, total="9.5", quantity=2, product=7):
    item = schemas.OrderItem(
        product_id=product, face_value=Decimal(10), quantity=quantity, status=None, cards=tuple(cards)
    )
    return schemas.Order(
        order_id=1,
        request_id=None,
        status=status,
        items=(item,),
        total=None if total is None else Decimal(total),
        currency="USD",
        error_message=None,
        order_type=None,
        created_at=None,
    )


class TestAnswersThatAccountForEachCard:
    @pytest.mark.parametrize("ends", [(SOLD, SOLD), (SOLD, FAILED), (FAILED, FAILED)])
    def test_count_at_once(self, ends):
        cards = [card(number, end) for number, end in enumerate(ends, start=1)]
        assert is_accounted_for(Purchase(), [line()], view(*cards), at=NOW)

    @pytest.mark.parametrize(
        "cards",
        [
            [card(1, SOLD)],
            [card(1, SOLD), card(2, PAUSED)],
            [card(1, SOLD), card(2, CardStatus.UNKNOWN)],
            [card(1, SOLD), card(2, SOLD, code="")],
            [card(1, SOLD), card(2, SOLD, code=None)],
            [],
        ],
    )
    def test_are_none_while_a_card_is_open_absent_or_without_a_code(self, cards):
        assert not is_accounted_for(Purchase(), [line()], view(*cards), at=NOW)

    def test_are_none_when_the_supplier_speaks_of_fewer_cards_than_were_ordered(self):
        short = view(card(1, FAILED), quantity=1)
        assert not is_accounted_for(Purchase(), [line(quantity=2)], short, at=NOW)

    def test_are_none_when_an_ordered_product_is_left_out(self):
        whole = view(card(1, SOLD), card(2, SOLD))
        assert not is_accounted_for(Purchase(), [line(), line(product=8)], whole, at=NOW)

    @pytest.mark.parametrize("number", [1, 0])
    def test_are_none_when_one_card_is_shown_twice(self, number):
        purchase, twice = Purchase(), view(card(number, SOLD), card(number, SOLD), total="19")
        assert not is_accounted_for(purchase, [line()], twice, at=NOW)
        assert not is_accounted_for(purchase, [line()], twice, at=NOW + STEADY_FOR)

    @pytest.mark.parametrize(
        "status", [OrderStatus.CREATED, OrderStatus.PROCESSING, OrderStatus.PENDING, OrderStatus.UNKNOWN]
    )
    def test_never_count_before_the_order_is_final(self, status):
        purchase = Purchase(final_at=NOW)
        answer = view(card(1, SOLD), card(2, FAILED), status=status)
        assert not is_accounted_for(purchase, [line()], answer, at=NOW)
        assert purchase.final_at is None


class TestAFailedOrder:
    @pytest.mark.parametrize("total", [None, "0"])
    def test_without_cards_and_charge_counts_at_once(self, total):
        assert is_accounted_for(Purchase(), [line()], view(status=OrderStatus.FAILED, total=total), at=NOW)

    def test_with_a_charge_does_not(self):
        assert not is_accounted_for(Purchase(), [line()], view(status=OrderStatus.FAILED, total="19"), at=NOW)

    def test_with_a_sold_card_does_not(self):
        answer = view(card(1, SOLD), status=OrderStatus.FAILED, total="0")
        assert not is_accounted_for(Purchase(), [line()], answer, at=NOW)

    def test_with_a_charge_that_cannot_be_read_does_not(self):
        answer = replace(view(status=OrderStatus.FAILED, total=None), has_unread_total=True)
        assert not is_accounted_for(Purchase(), [line()], answer, at=NOW)

    def test_with_a_code_on_a_card_of_a_status_that_cannot_be_read_does_not(self):
        answer = view(card(1, CardStatus.UNKNOWN), status=OrderStatus.FAILED, total=None)
        assert not is_accounted_for(Purchase(), [line()], answer, at=NOW)

    def test_that_is_called_succeeded_does_not(self):
        answer = view(status=OrderStatus.SUCCEEDED, total="0")
        assert not is_accounted_for(Purchase(), [line()], answer, at=NOW)


class TestTheSameAnswerTwice:
    def look(self, *answers, apart=STEADY_FOR):
        """Look at the answers one after the other; return what the last one was taken for."""
        purchase, told = Purchase(), False
        for number, answer in enumerate(answers):
            told = is_accounted_for(purchase, [line()], answer, at=NOW + number * apart)
        return told

    def test_a_minute_apart_with_a_matching_charge_counts(self):
        assert self.look(view(card(1, SOLD)), view(card(1, SOLD)))

    def test_nearer_than_a_minute_does_not(self):
        answers = [view(card(1, SOLD))] * 2
        assert not self.look(*answers, apart=STEADY_FOR - timedelta(seconds=1))

    def test_starts_anew_when_a_card_appears_between(self):
        assert not self.look(view(), view(card(1, SOLD)))

    def test_starts_anew_when_the_charge_moves_between(self):
        assert not self.look(view(card(1, SOLD), total="9"), view(card(1, SOLD), total="9.5"))

    @pytest.mark.parametrize(("total", "counts"), [("9.595", True), ("9.6", False), ("19", False), (None, False)])
    def test_counts_up_to_one_percent_above_the_cost_of_the_sold_cards(self, total, counts):
        assert self.look(*[view(card(1, SOLD), total=total)] * 2) is counts

    def test_that_sold_nothing_and_charged_for_it_never_counts(self):
        assert not self.look(*[view(status=OrderStatus.SUCCEEDED, total="19")] * 20)


class TestReview:
    def test_asks_a_person_a_quarter_of_an_hour_after_the_end(self):
        purchase, answer = Purchase(), view(card(1, SOLD), total="19")
        is_accounted_for(purchase, [line()], answer, at=NOW)
        is_accounted_for(purchase, [line()], answer, at=NOW + REVIEW_AFTER)
        assert purchase.review_at is None

        is_accounted_for(purchase, [line()], answer, at=NOW + REVIEW_AFTER + timedelta(seconds=1))

        assert purchase.review_at is not None
        assert purchase.frozen_at is None, "it is read on"
