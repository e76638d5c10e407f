"""The supplier's answers have several shapes; an order with a shortage and troubles on the way ends right in each."""

import itertools

import pytest

from bamboo.sandbox.settings import ErrorStyle
from orders.models import Order, OrderItem, Purchase
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from tests.shop import Shop, Supplier, check_books
from wallets.models import Wallet

STYLES = [style.value for style in ErrorStyle]
SHAPES = list(itertools.product(STYLES, [404, 400], [True, False]))


@pytest.fixture
def shop_of(db, settings):
    settings.BAMBOO_LIMITS = {}

    def open_shop(style, unknown, header):
        changes = {"error_style": style, "unknown_order_status": unknown, "retry_after_header": header}
        return Shop(Supplier(**changes)).open()

    return open_shop


@pytest.mark.parametrize(("style", "unknown", "header"), SHAPES)
def test_a_shortage_after_a_429_fails_the_missing_line_and_delivers_the_others(shop_of, style, unknown, header):
    shop = shop_of(style, unknown, header)
    missing, *others = shop.products(3)
    shop.supplier.stock(missing, 0)
    shop.supplier.fault("429")
    partner = shop.partner(fund="1000")
    placed = shop.order(partner, (missing, 1), *((product, 2) for product in others))

    shop.work(minutes=5)

    by_product = dict(OrderItem.objects.values_list("product_id", "status"))
    assert by_product[missing.pk] == LineStatus.FAILED
    assert [by_product[product.pk] for product in others] == [LineStatus.DELIVERED] * 2
    order = Order.objects.get(pk=placed.order.pk)
    assert order.status == OrderStatus.PARTIALLY_FAILED
    assert shop.supplier.cards_sold == 4
    captured = sum(OrderItem.objects.values_list("captured_amount", flat=True))
    assert tuple(Wallet.objects.values_list("available", "held").get()) == (1000 - captured, 0)
    check_books()


@pytest.mark.parametrize(("style", "unknown", "header"), SHAPES)
def test_an_accepted_order_that_stays_hidden_is_bought_once(shop_of, style, unknown, header):
    shop = shop_of(style, unknown, header)
    shop.supplier.fault("accept_then_drop")
    shop.supplier.fault("hide_order", delay=110)
    shop.supplier.fault("429", endpoint="order")
    shop.order(shop.partner(), (shop.products()[0], 2))

    shop.work(minutes=6)

    assert Order.objects.get().status == OrderStatus.SUCCEEDED
    assert len(shop.supplier.purchases) == 1
    assert {call["request_id"] for call in shop.supplier.calls("checkout")} == {
        str(Purchase.objects.get().supplier_request_id)
    }
    check_books()


@pytest.mark.parametrize("style", STYLES)
def test_a_float_that_is_short_releases_nothing(shop_of, style):
    shop = shop_of(style, 404, header=False)
    shop.supplier.balance(9001, "5")
    shop.order(shop.partner(), (shop.products()[0], 2))

    shop.round()

    assert OrderItem.objects.get().status == LineStatus.WAITING
    assert Purchase.objects.get().status == PurchaseStatus.REFUSED
    assert Wallet.objects.get().held > 0
    check_books()
