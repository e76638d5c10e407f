"""Every step that a line, a purchase and an order may take, and none besides."""

from itertools import combinations_with_replacement, product
from typing import Any

import pytest

from orders.states import (
    FINAL_ORDERS,
    LINE_MOVES,
    OPEN_LINES,
    OPEN_PURCHASES,
    PURCHASE_MOVES,
    IllegalMoveError,
    LineStatus,
    OrderStatus,
    PurchaseStatus,
    check_move,
    order_status,
)

LIVES: list[tuple[Any, Any]] = [(LINE_MOVES, LineStatus), (PURCHASE_MOVES, PurchaseStatus)]
STEPS = [(moves, old, new) for moves, kind in LIVES for old, new in product(kind, repeat=2)]
DELIVERED, PARTLY = LineStatus.DELIVERED, LineStatus.PARTIALLY_DELIVERED


class TestEachStep:
    @pytest.mark.parametrize(("moves", "old", "new"), STEPS)
    def test_is_taken_when_it_is_drawn_and_refused_when_not(self, moves, old, new):
        if new in moves.get(old, ()):
            check_move(moves, old, new)
        else:
            with pytest.raises(IllegalMoveError, match=f"{old} -> {new}"):
                check_move(moves, old, new)

    @pytest.mark.parametrize(
        ("moves", "start"), [(LINE_MOVES, LineStatus.WAITING), (PURCHASE_MOVES, PurchaseStatus.PLANNED)]
    )
    def test_leads_from_the_beginning_to_every_state(self, moves, start):
        reached, todo = set(), [start]
        while todo:
            state = todo.pop()
            reached.add(state)
            todo += [new for new in moves.get(state, ()) if new not in reached]
        assert reached == set(type(start))

    def test_never_leaves_what_is_final(self):
        assert set(LINE_MOVES) == OPEN_LINES
        assert set(PURCHASE_MOVES) == OPEN_PURCHASES

    def test_back_to_waiting_is_the_only_way_to_be_bought_again(self):
        assert {old for old, new in LINE_MOVES.items() if LineStatus.PURCHASING in new} == {LineStatus.WAITING}


class TestAnOrder:
    @pytest.mark.parametrize("claimed", [True, False])
    @pytest.mark.parametrize("lines", list(combinations_with_replacement(LineStatus, 3)))
    def test_of_three_lines_is_what_its_lines_say(self, lines, claimed):
        any_card = bool({DELIVERED, PARTLY} & set(lines))

        status = order_status(lines, claimed=claimed, any_card=any_card)

        is_open = any(line in OPEN_LINES for line in lines)
        assert (status in FINAL_ORDERS) is not is_open
        if is_open:
            assert status is (OrderStatus.PROCESSING if claimed else OrderStatus.CREATED)
        else:
            assert (status is OrderStatus.SUCCEEDED) is (set(lines) == {DELIVERED})
            assert (status is OrderStatus.CANCELLED) is (set(lines) == {LineStatus.CANCELLED})
            assert (status is OrderStatus.FAILED) is (not any_card and set(lines) != {LineStatus.CANCELLED})
