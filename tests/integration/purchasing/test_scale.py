"""A long queue costs a claim hardly more than a short one."""

import json
import statistics
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order, OrderItem
from orders.services import claiming, purchasing
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


def plans(queries):
    """Return the nodes of the plans of these queries that read order lines."""
    found = []
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"])
            (answer,) = cursor.fetchone()
            found += _nodes((answer if isinstance(answer, list) else json.loads(answer))[0]["Plan"])
    return [node for node in found if node.get("Relation Name") == "orders_orderitem"]


def _nodes(plan):
    return [plan, *(node for below in plan.get("Plans", ()) for node in _nodes(below))]


class TestAWakeUp:
    """Each tick and each round looks for more to buy: whatever the planner believes, never among all lines there were."""

    OF_WAITING_LINES = frozenset({"lines_in_turn", "lines_without_turn", "lines_waiting_of_partner"})

    @pytest.mark.parametrize(("believed", "turn"), [("waiting", "NULL"), ("waiting", "1"), ("on_hold", "1")])
    def test_reads_waiting_lines_alone(self, shop, believed, turn):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        queue(shop, 10_000)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_orderitem SET status = '{believed}', turn = {turn}")
            cursor.execute("ANALYZE orders_orderitem")
            cursor.execute("UPDATE orders_orderitem SET status = 'on_hold'")
            cursor.execute(f"UPDATE orders_orderitem SET status = 'waiting', turn = {turn} WHERE position = 0")

        with CaptureQueriesContext(connection) as captured:
            assert purchasing.wake_next("live")

        read = [node for node in plans(captured.captured_queries) if node["Node Type"] != "ModifyTable"]
        assert read
        assert {node.get("Index Name", node["Node Type"]) for node in read} <= self.OF_WAITING_LINES


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
