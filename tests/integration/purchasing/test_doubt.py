"""Outcomes that nobody knows: only reading, or the same RequestId once more, may resolve them."""

from decimal import Decimal

import pytest

from orders.models import AttemptConclusion, Order, OrderItem, Purchase, PurchaseAttempt
from orders.services import answers, checking, claiming
from orders.services.answers import Answer
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from tests.shop import check_books
from wallets.models import Hold, Wallet


class TestAnAcceptedCheckoutWithoutAnAnswer:
    @pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "accept_other_body"])
    def test_is_found_by_reading_and_bought_once(self, shop, fault):
        shop.supplier.fault(fault)
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work()

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(shop.supplier.purchases) == 1
        assert len(shop.supplier.calls("checkout")) == 1
        check_books()

    def test_is_sent_again_with_the_same_request_id_while_it_stays_hidden(self, shop):
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=200)
        shop.order(shop.partner(), (shop.products()[0], 2))

        shop.work(minutes=6)

        sent = {call["request_id"] for call in shop.supplier.calls("checkout")}
        assert len(sent) == 1
        assert len(shop.supplier.purchases) == 1
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        check_books()

    def test_releases_nothing_when_the_repeat_is_answered_out_of_stock(self, shop):
        product = shop.products()[0]
        shop.supplier.set(stock_before_duplicates=True)
        shop.supplier.stock(product, 2)
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=120)
        partner = shop.partner(fund="100")
        shop.order(partner, (product, 2))

        shop.work(minutes=1.9)
        assert Purchase.objects.get().status == PurchaseStatus.UNKNOWN
        assert Wallet.objects.get(partner=partner).held == Decimal(20)

        shop.work(minutes=5)
        assert len(shop.supplier.calls("checkout")) > 1
        assert len(shop.supplier.purchases) == 1
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        check_books()


class TestACheckoutThatNeverArrived:
    @pytest.mark.parametrize("fault", ["drop_before_accept", "500", "html"])
    def test_is_sent_again_after_the_grace_and_bought_once(self, shop, fault):
        shop.supplier.fault(fault)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=4)

        assert len(shop.supplier.purchases) == 1
        assert len({call["request_id"] for call in shop.supplier.calls("checkout")}) == 1
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        check_books()

    def test_is_sent_three_times_at_most_and_never_fails_by_itself(self, shop):
        shop.supplier.fault("drop_before_accept", times=None)
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 1))

        shop.work(minutes=26 * 60, step=300)

        purchase = Purchase.objects.get()
        assert purchase.sends == checking.MAX_SENDS
        assert purchase.status == PurchaseStatus.UNKNOWN
        assert purchase.review_at is not None
        assert Wallet.objects.get(partner=partner).held == Decimal(10)


class TestAnUnreadableRefusal:
    def test_is_a_refusal_only_after_two_looks_a_minute_apart(self, shop):
        shop.supplier.fault("unclassified_400")
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 1))

        shop.work(minutes=0.5)
        assert Purchase.objects.get().status == PurchaseStatus.UNKNOWN

        shop.work(minutes=4)
        assert OrderItem.objects.get().status == LineStatus.FAILED
        assert Wallet.objects.get(partner=partner).available == Decimal(100)
        check_books()


class TestAlreadyExists:
    def test_on_a_repeat_means_placed(self, shop):
        shop.supplier.fault("accept_then_drop")
        shop.supplier.fault("hide_order", delay=95)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.work(minutes=4)

        conclusions = set(PurchaseAttempt.objects.values_list("conclusion", "error_code"))
        assert (AttemptConclusion.PLACED, "OrderAlreadyExists") in conclusions
        assert Order.objects.get().status == OrderStatus.SUCCEEDED

    def test_on_a_first_send_whose_order_has_other_lines_is_frozen_for_review(self, shop):
        first, second = shop.products(2)
        shop.order(shop.partner(), (first, 1))
        send = claiming.claim("live")
        purchase = Purchase.objects.get()
        shop.supplier.client.checkout(
            request_id=purchase.supplier_request_id,
            account_id=9001,
            entries=[_entry(second)],
        )

        answers.record(send, Answer(AttemptConclusion.PLACED, readable=True, error_code="OrderAlreadyExists"))
        shop.pass_time(1)
        shop.read()

        purchase.refresh_from_db()
        assert purchase.frozen_at is not None
        assert OrderItem.objects.get().delivered == 0


class TestAWorkerThatLostItsLease:
    def test_leaves_an_unknown_outcome_behind(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        claiming.claim("live")
        shop.pass_time(61)

        assert checking.expire_leases("live") == 1
        purchase = Purchase.objects.get()
        assert (purchase.status, purchase.doubt) == (PurchaseStatus.UNKNOWN, 1)

    def test_changes_nothing_with_its_late_answer_but_the_answer_is_kept(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        send = claiming.claim("live")
        shop.pass_time(61)
        checking.expire_leases("live")

        recorded = answers.record(
            send, Answer(AttemptConclusion.REFUSED, readable=True, error_code="ProductIsOutOfStock")
        )

        assert recorded.status == PurchaseStatus.UNKNOWN
        assert OrderItem.objects.get().status == LineStatus.PURCHASING
        assert PurchaseAttempt.objects.get(fenced=True).error_code == "ProductIsOutOfStock"

    def test_wakes_up_and_sends_and_still_everything_is_bought_once(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 2))
        send = claiming.claim("live")
        shop.pass_time(61)
        checking.expire_leases("live")

        shop.work(minutes=4)
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        late = purchase_answer(shop, send)

        assert late is AttemptConclusion.PLACED
        assert len(shop.supplier.purchases) == 1
        assert Hold.objects.get().captured == Decimal(20)
        check_books()


def purchase_answer(shop, send):
    """Send what a frozen worker still holds, and record what comes back."""
    from orders.services import purchasing

    answer = purchasing._checkout(shop.supplier.client, send)
    answers.record(send, answer)
    return answer.conclusion


def _entry(product):
    from bamboo.schemas import CheckoutEntry

    return CheckoutEntry(product_id=product.supplier_id, quantity=1, value=product.min_face_value)
