"""Reports add up to what was ordered, captured and charged, currency by currency, in a constant number of queries."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from orders.models import OrderItem, Purchase
from orders.queries import overview, reports
from orders.queries.reports import Period
from steller.configuration import parse_limits
from wallets.models import WalletEntry
from wallets.queries import liabilities

TODAY = datetime.now(UTC).date()
NOW = Period(TODAY - timedelta(days=1), TODAY)


def by_key(rows):
    return {(row["key"], row["sale_currency"], row["cost_currency"]): row for row in rows}


class TestSales:
    def test_by_partner_add_up_to_what_the_wallets_paid(self, sold):
        rows = by_key(reports.sales(NOW, by="partner"))

        first = rows[sold.first, "USD", "USD"]
        assert (first["orders"], first["lines"], first["ordered"], first["cards"]) == (2, 3, 5, 4)
        captured = WalletEntry.objects.filter(kind="capture", wallet__partner=sold.first).aggregate(
            sum=Sum("held_delta")
        )
        assert first["sale_amount"] == -captured["sum"]
        assert {key for key, *_ in rows} == {sold.first, sold.second, sold.euro}

    @pytest.mark.parametrize("by", reports.DIMENSIONS)
    def test_by_anything_add_up_to_the_same(self, sold, by):
        rows = list(reports.sales(NOW, by=by))

        lines = OrderItem.objects.filter(settled_at__isnull=False)
        assert sum(row["cards"] for row in rows) == lines.aggregate(sum=Sum("delivered"))["sum"]
        assert sum(row["sale_amount"] for row in rows) == lines.aggregate(sum=Sum("captured_amount"))["sum"]
        charged = Purchase.objects.aggregate(sum=Sum("total"))["sum"]
        assert sum(row["supplier_cost"] for row in rows) == charged

    def test_convert_the_cost_at_the_rates_of_the_orders_prices(self, sold):
        rows = by_key(reports.sales(NOW, by="partner"))

        same = rows[sold.euro, "EUR", "EUR"]
        assert same["cost"] == same["supplier_cost"]
        foreign = rows[sold.euro, "EUR", "USD"]
        line = OrderItem.objects.get(partner=sold.euro, account__currency="USD")
        rate = Decimal(line.price_parts["cost_rate"]) / Decimal(line.price_parts["account_rate"])
        assert foreign["cost"] == pytest.approx(line.supplier_amount * rate)
        assert foreign["sale_amount"] >= foreign["cost"]

    def test_keep_to_a_partner_a_currency_and_a_mode(self, sold):
        assert {row["key"] for row in reports.sales(NOW, by="partner", partner_id=sold.first)} == {sold.first}
        assert {row["sale_currency"] for row in reports.sales(NOW, by="product", currency="EUR")} == {"EUR"}
        assert not reports.sales(Period(TODAY, TODAY, mode="test"), by="day")

    def test_keep_to_the_days_on_which_lines_were_settled(self, sold):
        OrderItem.objects.filter(partner=sold.second).update(settled_at=NOW.since - timedelta(microseconds=1))
        OrderItem.objects.filter(partner=sold.euro).update(settled_at=NOW.until)

        assert {row["key"] for row in reports.sales(NOW, by="partner")} == {sold.first}

    def test_cost_what_was_expected_until_the_charge_is_known(self, sold):
        OrderItem.objects.filter(partner=sold.second).update(supplier_amount=None)

        (row,) = reports.sales(NOW, by="partner", partner_id=sold.second)

        line = OrderItem.objects.get(partner=sold.second, delivered=1)
        assert row["supplier_cost"] == line.unit_cost


class TestASummary:
    def test_tells_totals_outcomes_and_speed(self, sold, django_assert_num_queries):
        with django_assert_num_queries(4):
            seen = reports.summary(NOW)

        totals = {total.currency: total for total in seen.totals}
        assert totals["USD"].margin == totals["USD"].sale_amount - totals["USD"].cost
        assert seen.orders_by_status == {"succeeded": 3, "partially_failed": 1, "cancelled": 1}
        assert seen.order_success_rate == 3 / 4
        assert (seen.cards_ordered, seen.cards_delivered) == (10, 9)
        assert list(seen.delivery_seconds) == ["p50", "p90", "p95", "p99"]
        assert all(seconds >= 0 for seconds in seen.delivery_seconds.values())

    def test_of_nothing_divides_by_nothing(self, db):
        seen = reports.summary(NOW)

        assert (seen.totals, seen.order_success_rate, seen.card_success_rate) == ([], None, None)
        assert seen.delivery_seconds == {}

    def test_measures_from_the_order_to_its_settlement(self, sold):
        OrderItem.objects.filter(status="delivered").update(settled_at=datetime.now(UTC))
        before = reports.delivery_seconds(NOW)["p50"]
        for line in OrderItem.objects.filter(status="delivered").select_related("order"):
            OrderItem.objects.filter(pk=line.pk).update(settled_at=line.order.created_at + timedelta(seconds=7))

        assert reports.delivery_seconds(NOW)["p50"] == pytest.approx(7)
        assert before != pytest.approx(7)


class TestFailures:
    def test_are_told_by_reason_with_the_money_released(self, sold):
        rows = {(row["error"], row["status"]): row for row in reports.failures(NOW)}

        missing = rows["not_delivered", "partially_delivered"]
        assert (missing["lines"], missing["missing"], missing["released"]) == (1, 1, Decimal(10))
        assert rows["cancelled", "cancelled"]["missing"] == 4


class TestAccounts:
    def test_show_what_a_period_cost_and_what_open_purchases_may(self, sold, django_assert_num_queries):
        sold.shop.supplier.fault("never_final")
        sold.shop.order(sold.first, (sold.product, 1))
        sold.shop.round()

        with django_assert_num_queries(1):
            accounts = {each.supplier_id: each for each in reports.accounts(NOW)}

        paid = Purchase.objects.filter(account__supplier_id=9001, status="settled")
        assert accounts[9001].cost == paid.aggregate(sum=Sum("total"))["sum"]
        assert accounts[9001].purchases == paid.count()
        assert accounts[9001].cards == 6
        assert accounts[9001].open_cost == Purchase.objects.get(status="placed").expected_cost
        assert (accounts[9003].purchases, accounts[9003].cost, accounts[9003].open_cost) == (0, 0, 0)


class TestLiabilities:
    def test_are_what_wallets_hold_by_currency(self, sold, django_assert_num_queries):
        with django_assert_num_queries(1):
            owed = {each.currency: each for each in liabilities(mode="live")}

        assert owed["USD"].wallets == 2
        assert owed["USD"].total == Decimal(200000) - sum(
            row["sale_amount"] for row in reports.sales(NOW, by="day", currency="USD")
        )
        assert liabilities(mode="test") == []


class TestTheOverview:
    def test_takes_the_same_queries_whatever_there_is_to_see(self, sold, settings, django_assert_num_queries):
        settings.BAMBOO_LIMITS = parse_limits("")
        with django_assert_num_queries(12):
            overview.overview(mode="live", days=30)
        with django_assert_num_queries(12):
            overview.overview(mode="test", days=1)

    def test_has_each_day_for_each_currency(self, sold):
        days = overview.overview(mode="live", days=7).days

        assert len(days) == 14
        today = {day.currency: day for day in days if day.cards}
        assert today["USD"].orders == 4
        assert today["USD"].margin == today["USD"].revenue - today["USD"].cost > 0
        assert sum(day.cards for day in days) == 9

    def test_shows_what_waits_and_what_failed_today(self, sold):
        sold.shop.order(sold.first, (sold.product, 5), (sold.other, 2))
        OrderItem.objects.filter(status="waiting", quantity=2).update(turn=1.0)

        seen = overview.overview(mode="live")

        assert (seen.queue.lines, seen.queue.cards, seen.queue.on_hold, seen.queue.purchasing) == (2, 7, 0, 0)
        assert seen.queue.oldest_at is not None
        assert [(each.error, each.lines, each.cards) for each in seen.failures_today] == [("not_delivered", 1, 1)]
        assert {account.supplier_id for account in seen.accounts} == {9001, 9002, 9003}
        assert (seen.attention.reviews, seen.attention.differences) == (0, 0)

    def test_shows_how_much_of_the_limits_is_used(self, sold, settings):
        settings.BAMBOO_LIMITS = parse_limits("")
        from bamboo import limits

        for _ in range(3):
            limits.book("transactions", max_wait=1e6)
        limits.book("checkout", max_wait=1e6)
        limits.push_back("order", seconds=30)
        limits.block("rates", reason="UserNotEnabled")

        budgets = {each.key: each for each in overview.overview(mode="live").budgets}

        assert (budgets["transactions"].used, budgets["transactions"].calls) == (3, 4)
        assert budgets["checkout"].used is None
        assert 20 < budgets["order"].busy_seconds <= 30
        assert budgets["rates"].blocked_reason == "UserNotEnabled"
        assert budgets["catalog"].used == 0
        assert "product" not in budgets
