"""What the supplier's refusals do: parts, solo products, short floats, breakers, our own mistakes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bamboo import limits
from bamboo.models import Account
from catalog.models import Product
from orders.models import AttemptConclusion, Order, OrderItem, Purchase, SoloProduct
from orders.services import answers, claiming, purchasing, ticking
from orders.services.answers import Answer
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from tests.shop import Shop, Supplier, check_books
from wallets.models import Wallet


@pytest.fixture
def big_shop(db, settings):
    settings.BAMBOO_LIMITS = {}
    return Shop(Supplier(brands=120)).open()


class TestOneSoldOutProductAmongThirty:
    @pytest.mark.parametrize("position", [0, 7, 19, 29])
    def test_leaves_the_others_delivered_within_eight_checkouts(self, big_shop, position):
        products = big_shop.products(30)
        for product in products:
            big_shop.order(big_shop.partner(), (product, 1))
        big_shop.supplier.stock(products[position], 0)

        big_shop.work()

        checkouts = big_shop.supplier.calls("checkout")
        assert len(checkouts) <= 8
        assert OrderItem.objects.filter(status=LineStatus.DELIVERED).count() == 29
        failed = OrderItem.objects.get(status=LineStatus.FAILED)
        assert failed.product_id == products[position].pk
        assert failed.released_amount == failed.sale_amount
        check_books()

    def test_shows_the_product_out_of_stock_and_buys_it_alone_for_a_while(self, big_shop):
        products = big_shop.products(4)
        for product in products:
            big_shop.order(big_shop.partner(), (product, 1))
        big_shop.supplier.stock(products[2], 0)
        big_shop.work()

        assert Product.objects.get(pk=products[2].pk).refused_at is not None
        assert SoloProduct.objects.get().product_id == products[2].pk

    def test_is_found_at_once_when_the_refusal_names_it(self, big_shop):
        big_shop.supplier.set(error_style="sentence")
        products = big_shop.products(16)
        for product in products:
            big_shop.order(big_shop.partner(), (product, 1))
        big_shop.supplier.stock(products[11], 0)

        big_shop.work()

        assert len(big_shop.supplier.calls("checkout")) == 3
        assert OrderItem.objects.filter(status=LineStatus.DELIVERED).count() == 15


class TestAProductWithTooFewCards:
    def test_delivers_what_there_is_and_fails_the_rest(self, shop):
        product = shop.products()[0]
        orders = [shop.order(shop.partner(), (product, 1)) for _ in range(8)]
        shop.supplier.stock(product, 5)

        shop.work()

        assert OrderItem.objects.filter(status=LineStatus.DELIVERED).count() == 5
        assert OrderItem.objects.filter(status=LineStatus.FAILED).count() == len(orders) - 5
        assert shop.supplier.cards_sold == 5
        check_books()


class TestEachProductRefusal:
    @pytest.mark.parametrize(
        "code",
        ["ProductIsOutOfStock", "InvalidProductIds", "InvalidProduct", "ClientPriceInvalid", "InvalidDenomination"],
    )
    @pytest.mark.parametrize("style", ["code", "reason", "sentence", "problem"])
    def test_of_a_single_line_fails_it_and_returns_the_money(self, shop, code, style):
        shop.supplier.set(error_style=style)
        shop.supplier.fault("refuse", code=code)
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 2))

        shop.work()

        if OrderItem.objects.get().status == LineStatus.PURCHASING:
            pytest.fail("the line was left open")
        assert OrderItem.objects.get().error or style == "sentence"
        check_books()


class TestAShortFloat:
    def test_keeps_the_lines_waiting_and_buys_once_the_account_is_topped_up(self, shop):
        shop.supplier.balance(9001, "5")
        shop.order(shop.partner(), (shop.products()[0], 2))

        assert shop.round() is True
        assert shop.round() is False
        line = OrderItem.objects.get()
        assert (line.status, line.turn is not None) == (LineStatus.WAITING, True)
        assert Account.objects.get(supplier_id=9001).float_limit is not None

        shop.supplier.balance(9001, "5000")
        shop.pass_time(61)
        ticking.tick(client=shop.supplier.client, mode="live")
        assert Account.objects.get(supplier_id=9001).float_limit is None
        shop.work()
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        check_books()

    def test_lets_a_smaller_line_pass_a_line_that_is_too_dear(self, shop):
        product = shop.products()[0]
        dear = shop.order(shop.partner(), (product, 50))
        cheap = shop.order(shop.partner(), (product, 1))
        Account.objects.filter(supplier_id=9001).update(float_limit=Decimal(20))

        shop.round()

        assert OrderItem.objects.get(order=cheap.order).status == LineStatus.DELIVERED
        assert OrderItem.objects.get(order=dear.order).status == LineStatus.WAITING

    def test_lets_a_smaller_line_pass_any_number_of_products_that_are_too_dear(self, big_shop):
        products = big_shop.products(claiming.MAX_PRODUCTS + 2)
        partner = big_shop.partner(fund="1000000")
        for product in products[:-1]:
            big_shop.order(partner, (product, 400))
        small = big_shop.order(partner, (products[-1], 1))
        line = OrderItem.objects.get(order=small.order.pk)
        OrderItem.objects.filter(pk=line.pk).update(queued_at=line.queued_at + timedelta(seconds=1))
        Account.objects.update(float_limit=line.unit_cost)

        big_shop.round()

        line.refresh_from_db()
        assert line.status == LineStatus.DELIVERED
        assert OrderItem.objects.filter(status=LineStatus.WAITING).count() == len(products) - 1


class TestRejectedCredentials:
    @pytest.mark.parametrize("status", ["401", "403"])
    def test_stop_the_rounds_until_accounts_answers_well(self, shop, status):
        shop.supplier.fault(status)
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.round()
        assert limits.blocked("checkout")
        assert shop.round() is False
        assert OrderItem.objects.get().status == LineStatus.WAITING

        shop.pass_time(61)
        ticking.tick(client=shop.supplier.client, mode="live")
        assert not limits.blocked("checkout")
        shop.work()
        assert Order.objects.get().status == OrderStatus.SUCCEEDED


class TestTooManyRequests:
    def test_send_the_same_request_id_later_and_burn_no_attempt(self, shop):
        shop.supplier.fault("429")
        shop.order(shop.partner(), (shop.products()[0], 1))

        shop.round()
        purchase = Purchase.objects.get()
        assert (purchase.status, purchase.doubt, purchase.sends) == (PurchaseStatus.PLANNED, 0, 0)

        shop.work()
        assert Purchase.objects.get().pk == purchase.pk
        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(shop.supplier.purchases) == 1

    @pytest.mark.parametrize("asked", [3406, 10**9, 3_600 * 10**9])
    def test_hold_lines_no_longer_than_the_limit_itself_whatever_they_ask_for(self, shop, asked):
        shop.order(shop.partner(), (shop.products()[0], 1))
        send = claiming.claim("live")

        answers.record(send, Answer(AttemptConclusion.RATE_LIMITED, readable=True, retry_after=float(asked)))

        purchase = Purchase.objects.get()
        assert purchase.next_attempt_at - purchase.last_sent_at < timedelta(seconds=70)


class TestOurOwnMistake:
    def test_freezes_the_purchase_for_a_person_and_releases_nothing(self, shop):
        shop.supplier.fault("refuse", code="CardsLimitExceeded")
        partner = shop.partner(fund="100")
        shop.order(partner, (shop.products()[0], 1))

        shop.work(minutes=5, step=60)

        purchase = Purchase.objects.get()
        assert purchase.review_at is not None
        assert purchase.frozen_at is not None
        assert Wallet.objects.get(partner=partner).held == Decimal(10)


class TestPriceDrift:
    def test_puts_a_line_on_hold_that_would_now_cost_more_than_it_was_sold_for(self, shop):
        product = shop.products()[0]
        placed = shop.order(shop.partner(), (product, 1))
        product.prices.filter(until=None).update(min=Decimal(11), max=Decimal(11))

        assert purchasing.run_round(client=shop.supplier.client, mode="live") is False

        line = OrderItem.objects.get(order=placed.order)
        assert (line.status, line.on_hold_reason) == (LineStatus.ON_HOLD, "cost above sale price")
        assert shop.supplier.purchases == []
