"""Scripted trouble: what the real client makes of each fault of the imitation."""

import uuid
from decimal import Decimal

import pytest

from bamboo import errors
from bamboo.schemas import CardStatus, OrderStatus

THREE_LEFT = 500142


class TestACheckoutThatIsTakenAllTheSame:
    @pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "accept_other_body"])
    def test_has_an_unknown_outcome_and_an_order(self, supplier, fault):
        request_id = uuid.uuid4()
        supplier.fault(fault)

        with pytest.raises(errors.OutcomeUnknown) as unknown:
            supplier.buy(request_id=request_id)

        assert type(unknown.value) is errors.OutcomeUnknown
        assert supplier.order(request_id).is_final
        with pytest.raises(errors.AlreadyPlaced):
            supplier.buy(request_id=request_id)

    @pytest.mark.parametrize("fault", ["slow_accept", "accept_in_object", "accept_in_braces"])
    def test_is_accepted_when_the_answer_names_it(self, supplier, fault):
        supplier.fault(fault, delay=0.01)

        assert supplier.order(supplier.buy()).is_final

    def test_can_look_refused_when_it_is_repeated(self, supplier):
        request_id = uuid.uuid4()
        supplier.control("POST", "settings", stock_before_duplicates=True)
        supplier.fault("accept_then_drop", product_id=THREE_LEFT)

        with pytest.raises(errors.OutcomeUnknown):
            supplier.buy(THREE_LEFT, 3, 25, request_id=request_id)
        with pytest.raises(errors.OrderRefused):
            supplier.buy(THREE_LEFT, 3, 25, request_id=request_id)

        assert len(supplier.order(request_id).items[0].cards) == 3


class TestACheckoutThatIsNotTaken:
    @pytest.mark.parametrize(
        ("fault", "options", "kind"),
        [
            ("drop_before_accept", {"delay": 0.01}, errors.OutcomeUnknown),
            ("drop_before_accept", {}, errors.OutcomeUnknown),
            ("500", {}, errors.OutcomeUnknown),
            ("503", {}, errors.OutcomeUnknown),
            ("redirect", {}, errors.OutcomeUnknown),
            ("html", {}, errors.OutcomeUnknown),
            ("garbage", {}, errors.OutcomeUnknown),
            ("unclassified_400", {}, errors.Unclassified),
            ("unclassified_400", {"message": "Computer says no"}, errors.Unclassified),
            ("404", {}, errors.Unclassified),
            ("409", {"code": "OrderAlreadyExists"}, errors.AlreadyPlaced),
            ("400", {"code": "ClientPriceInvalid"}, errors.OrderRefused),
            ("400", {}, errors.OrderRefused),
            ("refuse", {"code": "InsufficientBalance"}, errors.FloatShort),
            ("401", {}, errors.Misconfigured),
            ("403", {}, errors.Misconfigured),
        ],
    )
    def test_leaves_no_order(self, supplier, fault, options, kind):
        request_id = uuid.uuid4()
        supplier.fault(fault, **options)

        with pytest.raises(errors.BambooError) as error:
            supplier.buy(request_id=request_id)

        assert type(error.value) is kind
        with pytest.raises(errors.OrderNotFound):
            supplier.order(request_id)

    @pytest.mark.parametrize("switches", [{}, {"too_many_as_text": True}, {"retry_after_header": True}])
    def test_may_come_too_early(self, make_supplier, switches):
        supplier = make_supplier(**switches)
        supplier.fault("429", delay=3406.9)

        with pytest.raises(errors.RateLimited) as limited:
            supplier.buy()

        assert limited.value.retry_after == 3406.0

    def test_hits_only_its_product(self, supplier):
        supplier.fault("400", code="ProductIsOutOfStock", product_id=500102, times=None)

        supplier.buy(500101)
        for _ in range(2):
            with pytest.raises(errors.OrderRefused):
                supplier.buy(500102, value=25)

    def test_may_be_any_endpoints_trouble(self, supplier):
        supplier.fault("slow", endpoint="accounts", delay=0.01)
        supplier.fault("502", endpoint="accounts")
        supplier.fault("404", endpoint="order")
        request_id = supplier.buy()

        supplier.client.accounts()
        with pytest.raises(errors.OutcomeUnknown):
            supplier.client.accounts()
        with pytest.raises(errors.OrderNotFound):
            supplier.order(request_id)
        assert supplier.order(request_id).is_final


class TestTheLimits:
    @pytest.fixture
    def supplier(self, make_supplier):
        return make_supplier(limit_scale=1.0)

    def test_refuse_the_seventh_checkout_of_a_product_in_a_minute(self, supplier):
        for _ in range(6):
            supplier.buy()
            supplier.time += 1

        with pytest.raises(errors.RateLimited) as limited:
            supplier.buy()

        assert limited.value.retry_after == 54.0
        supplier.buy(500102, value=25)

    def test_tell_zero_seconds_when_it_is_less_than_one(self, supplier):
        supplier.buy()

        with pytest.raises(errors.RateLimited) as limited:
            supplier.buy(500102, value=25)

        assert limited.value.retry_after == 0.0

    def test_can_be_forgotten_and_switched_off(self, supplier):
        supplier.buy()
        supplier.control("POST", "limits/reset")
        supplier.buy()
        supplier.control("POST", "settings", limit_scale=0)

        for _ in range(9):
            supplier.buy()


class TestAnOrdersLife:
    @pytest.fixture
    def supplier(self, make_supplier):
        return make_supplier(created_ms=1000, issue_after_ms=4000)

    def test_passes_through_its_states(self, supplier):
        request_id = supplier.buy(quantity=2)

        states = [supplier.order(request_id, after=seconds) for seconds in (0, 2, 3)]

        assert [order.status for order in states] == [
            OrderStatus.CREATED,
            OrderStatus.PROCESSING,
            OrderStatus.SUCCEEDED,
        ]
        assert [len(order.items[0].cards) for order in states] == [0, 2, 2]
        assert [order.total for order in states] == [Decimal(0), Decimal(0), Decimal("18.9401")]
        assert states[1].items[0].cards[0].card_code is None

    def test_may_drip(self, supplier):
        supplier.control("POST", "settings", drip=True)
        request_id = supplier.buy(quantity=3)

        sold = [
            sum(card.status is CardStatus.SOLD for card in supplier.order(request_id, after=1.01).items[0].cards)
            for _ in range(4)
        ]

        assert sold == [0, 1, 2, 3]

    def test_may_end_in_part_or_not_at_all(self, supplier):
        supplier.fault("partial", cards=1)
        part = supplier.buy(quantity=3)
        supplier.fault("failed")
        nothing = supplier.buy(quantity=3)

        some, none = supplier.order(part, after=5), supplier.order(nothing)

        assert (some.status, some.total, some.error_message) == (
            OrderStatus.PARTIAL_FAILED,
            Decimal("18.9401"),
            "1 of 3 cards could not be purchased",
        )
        assert [card.status for card in some.items[0].cards] == [CardStatus.FAILED, CardStatus.SOLD, CardStatus.SOLD]
        assert (none.status, none.total) == (OrderStatus.FAILED, Decimal(0))

    def test_may_leave_failed_cards_out(self, supplier):
        supplier.control("POST", "settings", list_failed_cards=False)
        supplier.fault("partial", cards=1)

        order = supplier.order(supplier.buy(quantity=3), after=5)

        assert (order.status, order.items[0].quantity, len(order.items[0].cards)) == (OrderStatus.PARTIAL_FAILED, 3, 2)

    def test_may_be_hidden_at_first(self, supplier):
        supplier.fault("hide_order", delay=10)
        request_id = supplier.buy()

        with pytest.raises(errors.OrderNotFound):
            supplier.order(request_id, after=9)
        assert supplier.order(request_id, after=2).is_final

    def test_may_succeed_before_its_cards_come(self, supplier):
        supplier.fault("late_cards", delay=5)
        request_id = supplier.buy(quantity=2)

        early, late = supplier.order(request_id, after=5), supplier.order(request_id, after=5)

        assert (early.status, early.total) == (OrderStatus.SUCCEEDED, Decimal(0))
        assert {card.status for card in early.items[0].cards} == {CardStatus.PROCESSING}
        assert {card.status for card in late.items[0].cards} == {CardStatus.SOLD}

    def test_may_wait_for_a_paused_card(self, supplier):
        supplier.fault("paused_card", delay=20)
        request_id = supplier.buy(quantity=2)

        waiting, done = supplier.order(request_id, after=10), supplier.order(request_id, after=20)

        assert (waiting.status, [card.status for card in waiting.items[0].cards]) == (
            OrderStatus.PENDING,
            [CardStatus.PAUSED, CardStatus.SOLD],
        )
        assert done.status is OrderStatus.SUCCEEDED

    def test_may_sell_a_card_without_its_code(self, supplier):
        supplier.fault("sold_without_code", delay=5)
        request_id = supplier.buy()

        early, late = (supplier.order(request_id, after=seconds).items[0].cards[0] for seconds in (5, 5))

        assert (early.status, early.card_code, early.pin) == (CardStatus.SOLD, None, None)
        assert late.card_code

    def test_may_miss_cards_cost_more_or_repeat_a_code(self, supplier):
        first = supplier.buy()
        supplier.fault("missing_cards", cards=1)
        missing = supplier.buy(quantity=2)
        supplier.fault("overcharge")
        dear = supplier.buy()
        supplier.fault("repeated_code")
        repeated = supplier.buy()

        supplier.time += 5
        short = supplier.order(missing)
        assert (short.status, short.items[0].quantity, len(short.items[0].cards)) == (OrderStatus.SUCCEEDED, 2, 1)
        assert supplier.order(dear).total == Decimal("10.4170")
        codes = [supplier.order(each).items[0].cards[0].card_code for each in (dear, repeated, first)]
        assert (codes[0] == codes[1], codes[0] == codes[2]) == (True, False)

    def test_may_have_a_status_that_nobody_knows(self, supplier):
        supplier.fault("unknown_status", delay=2)

        order = supplier.order(supplier.buy(), after=5)

        assert (order.status, order.is_final) == (OrderStatus.UNKNOWN, False)

    @pytest.mark.parametrize(
        ("outcome", "status"), [({}, OrderStatus.SUCCEEDED), ({"outcome": "failed"}, OrderStatus.FAILED)]
    )
    def test_without_end_can_be_ended_by_hand(self, supplier, outcome, status):
        supplier.fault("never_final")
        request_id = supplier.buy(quantity=2)
        before = supplier.order(request_id, after=10_000)

        supplier.control("POST", f"orders/{request_id}/finish", **outcome)
        supplier.control("POST", f"orders/{request_id}/finish", **outcome)

        assert (before.status, supplier.order(request_id).status) == (OrderStatus.PROCESSING, status)

    def test_that_is_half_done_can_be_ended_as_a_part(self, supplier):
        supplier.fault("paused_card", delay=1000)
        request_id = supplier.buy(quantity=2)
        supplier.time += 10

        supplier.control("POST", f"orders/{request_id}/finish", outcome="failed")

        assert supplier.order(request_id).status is OrderStatus.PARTIAL_FAILED
