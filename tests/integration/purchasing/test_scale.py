"""A long queue costs a claim hardly more than a short one."""

import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order, OrderItem
from orders.services import claiming
from orders.states import LineStatus
from tests.shop import Shop, Supplier

CLAIMS = 9
_COPY = """
INSERT INTO orders_orderitem (id, order_id, position, partner_id, account_id, product_id, supplier_product_id, brand_code,
    brand_name, product_name, picture_url, country, currency, supplier_currency, face_value, quantity, unit_price,
    sale_amount, unit_cost, break_even_cost, price_parts, status, on_hold_reason, error, queued_at, turn, delivered,
    captured_amount, released_amount)
SELECT gen_random_uuid(), order_id, 1 + n %% 30000, partner_id, account_id, product_id, supplier_product_id, brand_code,
    brand_name, product_name, picture_url, country, currency, supplier_currency, face_value, 1, unit_price,
    unit_price, unit_cost, break_even_cost, price_parts, 'waiting', '', '', queued_at, n, 0, 0, 0
FROM orders_orderitem, generate_series(1, %s) AS n WHERE position = 0
"""


@pytest.fixture
def shop(db, settings):
    settings.BAMBOO_LIMITS = {}
    return Shop(Supplier(brands=400)).open()


def queue(shop, lines):
    """Make so many waiting lines of twenty products by copying one line of each."""
    OrderItem.objects.all().delete()
    partner = shop.partner(fund="1000000")
    for product in shop.products(20):
        shop.order(partner, (product, 1))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_orderitem DROP CONSTRAINT IF EXISTS one_line_per_position")
        cursor.execute(_COPY, [lines // 20])
        cursor.execute("ANALYZE orders_orderitem")


def measure(claims):
    seconds, queries = [], []
    for _ in range(claims):
        started = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            assert claiming.claim("live") is not None
        seconds.append(time.perf_counter() - started)
        queries.append(len(captured))
    return statistics.median(seconds), max(queries)


class TestAClaim:
    def test_from_100000_waiting_lines_costs_less_than_5_times_one_from_1000(self, shop):
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        queue(shop, 1_000)
        short, short_queries = measure(2)
        queue(shop, 100_000)
        long, long_queries = measure(CLAIMS)

        print(
            f"\na claim: {short * 1000:.1f} ms of 1,000 lines, {long * 1000:.1f} ms of 100,000: {long / short:.2f} times"
        )
        assert OrderItem.objects.filter(status=LineStatus.WAITING).count() > 90_000
        assert long < 5 * short
        assert long_queries <= short_queries + 2
        assert Order.objects.exists()
