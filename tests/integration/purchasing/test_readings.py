"""Every reading of the contract that the supplier may turn out to use leads to the same end: bought once, or not at all."""

from datetime import timedelta

import pytest

from bamboo.sandbox.settings import CardIds, UnknownOrder
from orders.models import Card, Order, OrderItem, Purchase
from orders.services import checking
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from tests.shop import check_books

# Those that say in so many words, or in as many as an empty answer has, that there is no order.
CLEAR = sorted(set(UnknownOrder) - {UnknownOrder.UNREADABLE, UnknownOrder.SERVER_ERROR})


def sent(shop):
    return [call["request_id"] for call in shop.supplier.calls("checkout")]


class TestNoSuchOrder:
    @pytest.mark.parametrize("style", [*CLEAR, UnknownOrder.UNREADABLE])
    def test_in_any_form_lets_the_same_request_id_go_out_again(self, shop, style):
        shop.supplier.set(unknown_order=style)
        shop.supplier.fault("drop_before_accept")
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work(minutes=4, step=30)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(sent(shop)) == 2
        assert len(set(sent(shop))) == 1
        assert shop.supplier.cards_sold == 2
        check_books()

    @pytest.mark.parametrize("style", [UnknownOrder.NULL, UnknownOrder.EMPTY_REFUSAL, UnknownOrder.UNREADABLE])
    def test_of_an_order_that_is_only_hidden_buys_nothing_twice(self, shop, style):
        shop.supplier.set(unknown_order=style)
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=200)
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work(minutes=6, step=20)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(shop.supplier.purchases) == 1
        check_books()

    @pytest.mark.parametrize("style", [UnknownOrder.NO_CONTENT, UnknownOrder.ZEROS, UnknownOrder.TITLE])
    def test_makes_an_unreadable_refusal_one(self, shop, style):
        shop.supplier.set(unknown_order=style)
        shop.supplier.fault("unclassified_400")
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=4)

        assert OrderItem.objects.get().status == LineStatus.FAILED
        check_books()


class TestAReadThatFailsForWantOfAnOrder:
    def test_never_makes_an_unreadable_refusal_one(self, shop):
        shop.supplier.set(unknown_order=UnknownOrder.UNREADABLE)
        shop.supplier.fault("unclassified_400", times=None)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=40, step=60)

        purchase = Purchase.objects.get()
        assert (purchase.status, purchase.sends) == (PurchaseStatus.UNKNOWN, checking.MAX_SENDS)
        assert purchase.review_reason == "outcome unknown, and nothing left to try"
        assert OrderItem.objects.get().status == LineStatus.PURCHASING

    @pytest.mark.parametrize("code", ["ProductIsOutOfStock", "InsufficientBalance", "WrongAccount"])
    def test_leaves_the_first_send_in_doubt_when_the_second_is_refused(self, shop, code):
        """The first one's answer was never read, and the supplier may look at stock before it looks for duplicates."""
        shop.supplier.set(unknown_order=UnknownOrder.UNREADABLE)
        shop.supplier.fault("unclassified_400")
        shop.supplier.fault("refuse", code=code)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=3, step=30)

        assert len(sent(shop)) >= 2
        assert Purchase.objects.get().doubt
        assert OrderItem.objects.get().status in {LineStatus.PURCHASING, LineStatus.DELIVERED}

    def test_with_500_for_long_lets_the_request_id_go_out_once_more_and_keeps_a_send(self, shop):
        shop.supplier.set(unknown_order=UnknownOrder.SERVER_ERROR)
        shop.supplier.fault("drop_before_accept", times=2)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=8, step=60)
        assert len(sent(shop)) == 1

        shop.work(minutes=40, step=60)
        assert len(sent(shop)) == checking.MAX_SENDS - 1

        shop.supplier.set(unknown_order=UnknownOrder.REFUSAL)
        shop.work(minutes=20, step=60)
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(set(sent(shop))) == 1
        check_books()

    def test_for_an_hour_is_a_matter_for_a_person(self, shop):
        shop.supplier.fault("drop_before_accept")
        shop.supplier.fault("503", endpoint="order", times=None)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=50, step=300)
        assert Purchase.objects.get().review_at is None

        shop.work(minutes=15, step=300)
        purchase = Purchase.objects.get()
        assert purchase.review_reason == "outcome unknown, and not to be read for an hour"
        assert purchase.sends == 1


class TestWhatIsLeftWhenNothingIsLeftToTry:
    def test_is_on_the_review_list_after_minutes_and_read_on(self, shop):
        shop.supplier.fault("drop_before_accept", times=None)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=30, step=60)

        purchase = Purchase.objects.get()
        assert purchase.sends == checking.MAX_SENDS
        assert purchase.review_at - purchase.last_sent_at < timedelta(minutes=30)
        assert purchase.next_check_at is not None


class TestALimitToldWithAnotherStatus:
    def test_is_waited_for_with_a_fresh_request_id(self, shop):
        shop.supplier.set(too_many_status=400)
        shop.supplier.fault("429", times=2)
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work(minutes=2)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(sent(shop)) == len(set(sent(shop))) == 3
        check_books()

    def test_keeps_the_request_id_while_an_earlier_send_is_in_doubt(self, shop):
        shop.supplier.set(too_many_status=400)
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=200)
        shop.supplier.fault("429", skip=1)
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work(minutes=6, step=20)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(set(sent(shop))) == 1
        assert len(shop.supplier.purchases) == 1
        check_books()


class TestCards:
    @pytest.mark.parametrize("ids", [CardIds.NONE, CardIds.SHARED])
    def test_without_ids_of_their_own_are_delivered_once_though_read_often(self, shop, ids):
        shop.supplier.set(card_ids=ids, issue_after_ms=40_000, drip=True)
        products = shop.products(2)
        for _ in range(3):
            shop.order(shop.partner(), (products[0], 2), (products[1], 1))

        shop.work(minutes=4)

        assert {order.status for order in Order.objects.all()} == {OrderStatus.SUCCEEDED}
        assert Card.objects.count() == shop.supplier.cards_sold == 9
        assert len({bytes(card.code_index) for card in Card.objects.all()}) == 9
        assert not Card.objects.filter(is_duplicate=True).exists()
        check_books()

    def test_of_an_untidy_supplier_are_delivered(self, shop):
        shop.supplier.set(untidy=True)
        shop.order(shop.partner(), *((product, 2) for product in shop.products(3)))

        shop.work(minutes=2)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert Card.objects.filter(item__isnull=False).count() == 6
        check_books()
