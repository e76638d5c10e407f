"""A shop that sold something in two currencies, with a failure and a cancellation among it."""

from dataclasses import dataclass

import pytest

from catalog.models import Product
from orders.services import cancelling
from tests.colleagues import staff_client
from tests.shop import Shop, Supplier


@dataclass
class Sold:
    """Who bought what: two partners in dollars, one in euros."""

    shop: Shop
    first: int
    second: int
    euro: int
    product: Product
    other: Product
    foreign: Product


@pytest.fixture
def sold(db, settings):
    settings.BAMBOO_LIMITS = {}
    shop = Shop(Supplier()).open()
    product, other = shop.products(2)
    (foreign,) = shop.products(1, currency="EUR")
    first, second, euro = shop.partner(), shop.partner(), shop.partner(currency="EUR")
    shop.order(first, (product, 2), (other, 1))
    shop.order(second, (product, 1))
    shop.work()
    shop.supplier.fault("partial", cards=1)
    shop.order(first, (product, 2))
    shop.work()
    # In euros, a product priced in dollars and one priced in euros.
    shop.order(euro, (product, 1), (foreign, 3), currency="EUR")
    shop.work()
    dropped = shop.order(second, (other, 4))
    cancelling.cancel_order(partner_id=second, order_id=dropped.order.pk, actor="user:1", reason="changed my mind")
    return Sold(shop, first, second, euro, product, other, foreign)


@pytest.fixture
def finance(db):
    return staff_client("finance")
