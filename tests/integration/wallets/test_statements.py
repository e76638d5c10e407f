"""Monthly statements: months meet without a gap, whatever the order in which entries were committed."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tests.integration.api.asking import assert_problem
from tests.integration.wallets.conftest import moved, unguarded
from wallets import services as wallets
from wallets.models import WalletEntry
from wallets.queries import Month, statement_of
from wallets.queries.entries import version_before

MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")
TIMES = ["2026-08-01T00:00:00Z", "2026-08-31T23:59:59.999999Z", "2026-09-01T00:00:00Z", "2026-09-15T00:00:00Z"]


def date(wallet, times):
    """Give the wallet's entries these times, in the order of their versions."""
    for version, moment in enumerate(times, start=1):
        unguarded(
            "UPDATE wallets_walletentry SET created_at = %s WHERE wallet_id = %s AND version = %s",
            [moment, wallet.pk, version],
        )


def fund(wallet, count):
    for number in range(count):
        moved(wallets.top_up, wallet_id=wallet.pk, amount=Decimal(10), reference=f"T-{number}", actor="user:1")
    wallet.refresh_from_db()


@pytest.fixture
def dated(buyer):
    fund(buyer.wallet, 2)
    moved(wallets.hold, wallet_id=buyer.wallet.pk, amounts={"line:1": Decimal(30)}, actor="key:1")
    date(buyer.wallet, TIMES)
    return buyer


def state(buyer, month, rest=""):
    return buyer.api.get(f"/api/wallet/{buyer.wallet.pk}/statement?month={month}{rest}")


class TestAMonth:
    def test_shows_opening_totals_closing_and_entries(self, dated):
        body = state(dated, "2026-09").json()

        assert (body["month"], body["currency"], body["is_final"]) == ("2026-09", "USD", True)
        assert body["opening"] == {"version": 2, "available": "1010.00", "held": "0.00"}
        assert body["closing"] == {"version": 4, "available": "990.00", "held": "30.00"}
        assert body["totals"] == [
            {"kind": "hold", "entries": 1, "available": "-30.00", "held": "30.00"},
            {"kind": "top_up", "entries": 1, "available": "10.00", "held": "0.00"},
        ]
        assert [row["version"] for row in body["entries"]["results"]] == [3, 4]

    def test_closes_as_the_next_one_opens(self, dated):
        bodies = [state(dated, month).json() for month in MONTHS]

        for one, following in pairwise(bodies):
            assert one["closing"] == following["opening"]
        assert bodies[0]["opening"] == {"version": 0, "available": "0.00", "held": "0.00"}
        versions = [row["version"] for body in bodies for row in body["entries"]["results"]]
        assert versions == [1, 2, 3, 4]

    def test_is_its_opening_and_its_totals_together(self, dated):
        for body in (state(dated, month).json() for month in MONTHS):
            for side in ("available", "held"):
                moved_by = sum(Decimal(total[side]) for total in body["totals"])
                assert Decimal(body["opening"][side]) + moved_by == Decimal(body["closing"][side])

    def test_pages_its_entries(self, dated):
        body = state(dated, "2026-08", "&page_size=1").json()
        rest = dated.api.get(body["entries"]["next"]).json()

        assert [row["version"] for row in body["entries"]["results"] + rest["entries"]["results"]] == [1, 2]
        assert rest["opening"] == body["opening"]

    def test_takes_constant_queries(self, dated, django_assert_num_queries):
        with django_assert_num_queries(8):
            state(dated, "2026-09")

    def test_is_not_final_while_it_goes_on(self, buyer):
        body = state(buyer, datetime.now(tz=UTC).strftime("%Y-%m")).json()

        assert body["is_final"] is False
        assert body["closing"]["available"] == "1000.00"

    @pytest.mark.parametrize("month", ["2026-13", "2026-9", "2999-01", "0001-01", "9999-12", "x", "", "2026-09-01"])
    def test_that_is_none_or_lies_ahead_is_refused(self, buyer, month):
        assert_problem(state(buyer, month), 400, "invalid_request")

    def test_is_exported_whole(self, dated):
        answer = state(dated, "2026-09", "&format=csv")
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))

        assert [row["row"] for row in rows] == ["opening", "entry", "entry", "total", "total", "closing"]
        assert (rows[0]["available_after"], rows[-1]["available_after"]) == ("1010.00", "990.00")
        assert (rows[3]["kind"], rows[3]["version"], rows[3]["available_delta"]) == ("hold", "1", "-30.00")


class TestMonthsOfEntriesThatOvertookEachOther(TestCase):
    @settings(max_examples=25)
    @given(st.lists(st.integers(-500, 500), min_size=1, max_size=12), st.integers(0, 3))
    def test_meet_and_leave_nothing_out(self, seconds, months_ago):
        wallet = factories.make_wallet(factories.PartnerFactory(), fund="0")
        fund(wallet, len(seconds))
        border = Month.parse("2026-09").start
        date(wallet, [border + timedelta(seconds=offset / 2) for offset in seconds])

        statements = [statement_of(wallet, Month.parse(month)) for month in MONTHS]

        for one, following in pairwise(statements):
            assert one.closing == following.opening
        assert statements[-1].closing.version == len(seconds)
        assert sum(statement.entries.count() for statement in statements) == len(seconds)


class TestAMoment:
    @pytest.mark.django_db
    def test_is_found_in_few_steps_among_many_entries(self, wallet):
        fund(wallet, 40)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        date(wallet, [start + timedelta(hours=number) for number in range(41)])

        found = [version_before(wallet, start + timedelta(hours=hour)) for hour in range(-1, 43)]

        expected = [
            WalletEntry.objects.filter(created_at__lt=start + timedelta(hours=hour)).count() for hour in range(-1, 43)
        ]
        assert found == expected
