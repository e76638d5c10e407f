"""Reports over HTTP: who may read them, which days they take, how they are paged."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests import factories
from tests.colleagues import staff_client
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk

PATH = "/api/staff/report"
TODAY = datetime.now(UTC).date()
DAYS = f"first_day={TODAY}&last_day={TODAY}"
ADDRESSES = [
    PATH,
    f"{PATH}/overview",
    f"{PATH}/summary?{DAYS}",
    f"{PATH}/sales?by=day&{DAYS}",
    f"{PATH}/failures?{DAYS}",
    f"{PATH}/liabilities",
    f"{PATH}/accounts?{DAYS}",
    f"{PATH}/export",
]


class TestEachReport:
    @pytest.mark.parametrize("address", ADDRESSES)
    @pytest.mark.parametrize("role", ["finance", "support", "auditor"])
    def test_is_for_those_who_may_view_reports(self, db, address, role):
        assert staff_client(role).get(address).status_code == 200

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_is_for_nobody_else(self, buyer, address):
        assert_problem(staff_client("catalog").get(address), 403, "permission_denied")
        assert_problem(client_of().get(address), 401, "authentication_failed")
        assert_problem(buyer.api.get(address), 401, "authentication_failed")

    @pytest.mark.parametrize("report", ["summary", "sales", "failures", "accounts"])
    @pytest.mark.parametrize(
        ("first", "last", "field"),
        [
            ("", str(TODAY), "first_day"),
            (str(TODAY), "", "last_day"),
            ("2026-02-30", str(TODAY), "first_day"),
            (str(TODAY), "tomorrow", "last_day"),
            (str(TODAY), str(TODAY - timedelta(days=1)), "last_day"),
            (str(TODAY), str(TODAY + timedelta(days=1)), "last_day"),
            (str(TODAY - timedelta(days=366)), str(TODAY), "last_day"),
            ("0001-01-01", "0001-01-01", None),
        ],
    )
    def test_refuses_days_that_make_no_period(self, finance, report, first, last, field):
        answer = finance.get(f"{PATH}/{report}?by=day&first_day={first}&last_day={last}")

        if field is None:
            assert answer.status_code == 200
        else:
            assert field in assert_problem(answer, 400, "invalid_request")["errors"]

    @pytest.mark.parametrize(
        "query", ["", "by=colour", "by=day&currency=DOLLAR", "by=day&partner_id=x", "by=day&mode=x"]
    )
    def test_refuses_what_it_does_not_know(self, finance, query):
        assert_problem(finance.get(f"{PATH}/sales?{DAYS}&{query}"), 400, "invalid_request")


class TestTheListOfReports:
    def test_names_each_and_where_it_is(self, finance):
        listed = finance.get(PATH).json()["results"]

        assert {report["name"] for report in listed} == {
            urlsplit(address).path.split("/")[4] for address in ADDRESSES[1:]
        }
        for report in listed:
            assert finance.get(f"{urlsplit(report['url']).path}?by=day&{DAYS}").status_code == 200


class TestSales:
    def test_are_listed_with_names_amounts_and_margin(self, finance, sold):
        rows = finance.get(f"{PATH}/sales?by=partner&{DAYS}").json()["results"]

        first = next(row for row in rows if row["key"] == str(sold.first))
        assert first["name"].startswith("Partner")
        assert (first["orders"], first["cards_ordered"], first["cards_delivered"]) == (2, 5, 4)
        assert (first["currency"], first["supplier_currency"]) == ("USD", "USD")
        assert Decimal(first["margin"]) == Decimal(first["sale_amount"]) - Decimal(first["cost"])

    @pytest.mark.parametrize("by", ["partner", "brand", "product", "country", "day"])
    def test_are_paged_without_loss_or_repeat(self, finance, sold, by):
        whole = finance.get(f"{PATH}/sales?by={by}&{DAYS}").json()["results"]

        pages = walk(finance, f"{PATH}/sales?by={by}&{DAYS}", 1)

        assert [row for page in pages for row in page] == whole
        assert len(whole) > 1

    def test_cost_the_same_queries_for_many_as_for_few(self, finance, sold, django_assert_num_queries):
        for by in ("partner", "day"):
            with django_assert_num_queries(3 + 1):
                finance.get(f"{PATH}/sales?by={by}&{DAYS}")


class TestTheOthers:
    def test_add_up(self, finance, sold):
        summary = finance.get(f"{PATH}/summary?{DAYS}").json()
        overview = finance.get(f"{PATH}/overview?days=2").json()
        failures = finance.get(f"{PATH}/failures?{DAYS}").json()["results"]
        accounts = finance.get(f"{PATH}/accounts?{DAYS}").json()["results"]
        owed = finance.get(f"{PATH}/liabilities").json()["results"]

        assert [total["currency"] for total in summary["totals"]] == ["EUR", "USD"]
        dollars = summary["totals"][1]
        day = next(day for day in overview["days"] if (day["day"], day["currency"]) == (str(TODAY), "USD"))
        assert (day["revenue"], day["margin"]) == (dollars["sale_amount"], dollars["margin"])
        assert overview["liabilities"] == owed
        assert overview["accounts"] == accounts
        assert {row["error"] for row in failures} == {"cancelled", "not_delivered"}
        assert overview["failures_today"] == [{"error": "not_delivered", "lines": 1, "cards": 1}]

    def test_page_through_failures(self, finance, sold):
        assert [len(page) for page in walk(finance, f"{PATH}/failures?{DAYS}", 1)] == [1, 1]


class TestAPartnersName:
    def test_comes_with_its_sales_whatever_it_is(self, finance, db):
        partner = factories.PartnerFactory(name="=cmd|' /C calc'!A0")
        order = factories.OrderFactory(partner=partner, status="failed", settled_at=datetime.now(UTC))
        factories.OrderItemFactory(
            order=order, status="failed", settled_at=datetime.now(UTC), released_amount=20, error="x"
        )

        (row,) = finance.get(f"{PATH}/sales?by=partner&{DAYS}").json()["results"]

        assert (row["name"], row["cost"], row["margin"]) == ("=cmd|' /C calc'!A0", None, None)
