"""The derived status of an order, and what a failed checkout means."""

from itertools import product

import pytest

from bamboo import errors
from orders.models import AttemptConclusion
from orders.services.purchasing import read_error
from orders.states import (
    LINE_MOVES,
    OPEN_LINES,
    IllegalMoveError,
    LineStatus,
    OrderStatus,
    check_move,
    order_status,
)


class TestOrderStatus:
    @pytest.mark.parametrize("lines", list(product(LineStatus, repeat=2)))
    def test_follows_from_the_lines(self, lines):
        any_card = bool({LineStatus.DELIVERED, LineStatus.PARTIALLY_DELIVERED} & set(lines))
        status = order_status(lines, claimed=True, any_card=any_card)
        if OPEN_LINES & set(lines):
            assert status is OrderStatus.PROCESSING
        elif set(lines) == {LineStatus.DELIVERED}:
            assert status is OrderStatus.SUCCEEDED
        elif set(lines) == {LineStatus.CANCELLED}:
            assert status is OrderStatus.CANCELLED
        else:
            assert status is (OrderStatus.PARTIALLY_FAILED if any_card else OrderStatus.FAILED)

    def test_is_created_until_a_line_was_claimed(self):
        assert order_status([LineStatus.WAITING], claimed=False, any_card=False) is OrderStatus.CREATED


class TestMoves:
    def test_leave_no_final_line(self):
        assert set(LINE_MOVES) == OPEN_LINES

    def test_that_are_not_drawn_are_refused(self):
        with pytest.raises(IllegalMoveError):
            check_move(LINE_MOVES, LineStatus.DELIVERED, LineStatus.WAITING)


class TestReadError:
    @pytest.mark.parametrize(
        ("error", "conclusion", "readable"),
        [
            (errors.AlreadyPlaced("OrderAlreadyExists"), AttemptConclusion.PLACED, True),
            (errors.OrderRefused("ProductIsOutOfStock"), AttemptConclusion.REFUSED, True),
            (errors.FloatShort(), AttemptConclusion.FLOAT_SHORT, True),
            (errors.Misconfigured("WrongAccount"), AttemptConclusion.MISCONFIGURED, True),
            (errors.OurFault("NoProducts"), AttemptConclusion.OUR_FAULT, True),
            (errors.RateLimited(retry_after=7), AttemptConclusion.RATE_LIMITED, True),
            (errors.NotSent("refused"), AttemptConclusion.NOT_SENT, True),
            (errors.Unclassified("http_418", http_status=418), AttemptConclusion.UNKNOWN, True),
            (errors.OutcomeUnknown("timeout"), AttemptConclusion.UNKNOWN, False),
        ],
    )
    def test_tells_whether_the_send_is_still_in_doubt(self, error, conclusion, readable):
        answer = read_error(error)
        assert (answer.conclusion, answer.readable) == (conclusion, readable)
