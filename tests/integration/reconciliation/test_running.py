"""A run is taken once, may be repeated, fails in the open, keeps to the supplier's limit, and costs few queries."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bamboo import conf
from bamboo.models import Limiter
from orders import tasks
from orders.models import (
    Purchase,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationFigure,
    SupplierTransaction,
)
from orders.services import matching, reconciling
from orders.services.differing import resolve_difference
from partners.models import AuditEntry
from steller.configuration import parse_limits
from steller.errors import InvalidRequestError, NotFoundError
from tests.unit.bamboo.test_reading_answers import client

TODAY = datetime.now(UTC).date()


def stored():
    """Everything that reconciliation keeps, but for the runs themselves and what they came to."""
    return [
        list(SupplierTransaction.objects.order_by("pk").values()),
        list(ReconciliationDifference.objects.order_by("pk").values()),
    ]


class TestRunningAgain:
    def test_changes_nothing(self, books, purchases):
        books.defect("change_amount", purchases[0], amount="1")
        books.defect("repeat", purchases[1])
        books.defect("add", type="Refund", amount="5")
        first = books.run()
        before = stored()

        second = books.run()

        assert stored() == before
        assert books.found(first) == books.found(second)
        assert books.unexplained(first) == books.unexplained(second)
        assert (first.lines_new, second.lines_new) == (first.lines_read, 0)

    def test_over_other_days_changes_nothing_either(self, books, purchases):
        books.defect("leave_out", purchases[0])
        books.run()
        before = stored()

        books.run(days=5)

        assert stored() == before

    def test_clears_what_is_gone_and_finds_it_again_when_it_is_back(self, books, purchases):
        books.defect("leave_out", purchases[-1])
        missed = books.run()
        assert [kind for kind, _ in books.found(missed)] == ["card_without_charge"]
        books.repair()

        repaired = books.run()

        assert (books.found(missed), books.found(repaired)) == ([], [])
        assert books.unexplained(repaired) == {"USD": 0}

        SupplierTransaction.objects.filter(request_id=purchases[-1].supplier_request_id).delete()
        books.defect("leave_out", purchases[-1])
        assert [kind for kind, _ in books.found(books.run())] == ["card_without_charge"]
        assert ReconciliationDifference.objects.count() == 1

    def test_makes_a_card_without_charge_of_a_charge_that_stays_away(self, books, purchases):
        Purchase.objects.filter(pk=purchases[0].pk).update(settled_at=datetime.now(UTC) - timedelta(minutes=5))
        books.defect("leave_out", purchases[0])
        assert [kind for kind, _ in books.found(books.run())] == ["timing"]
        books.age()

        assert [kind for kind, _ in books.found(books.run())] == ["card_without_charge"]
        assert ReconciliationDifference.objects.get(kind="timing").cleared_at is not None


class TestAReadThatFails:
    @pytest.mark.parametrize(
        ("fault", "error_code"),
        [("429", "http_429"), ("500", "http_500"), ("garbage", "unreadable_answer"), ("html", "unreadable_answer")],
    )
    def test_stores_nothing_and_says_so(self, books, purchases, fault, error_code):
        books.shop.supplier.fault(fault, endpoint="transactions")

        run = books.run()

        assert (run.status, run.error_code) == ("failed", error_code)
        assert run.finished_at is not None
        assert (SupplierTransaction.objects.count(), ReconciliationDifference.objects.count()) == (0, 0)
        assert not ReconciliationFigure.objects.exists()

    def test_does_not_stand_in_the_way_of_the_next(self, books, purchases):
        books.shop.supplier.fault("500", endpoint="transactions")
        books.run()

        assert books.run().status == "done"


class TestAReport:
    """Answers that a test writes by hand, for what the imitation supplier never does."""

    def run(self, body, **days):
        supplier, adapter = client(200, json.dumps(body).encode())
        days = days or {"first_day": TODAY - timedelta(days=2), "last_day": TODAY}
        run = reconciling.request_reconciliation(mode="live", actor="user:1", **days)
        reconciling.reconcile(client=supplier, run_id=run.pk)
        return Reconciliation.objects.get(pk=run.pk), adapter.asked[0].url

    @pytest.mark.parametrize(("days", "missed"), [({}, 3), ({"startDate": TODAY}, 0), ({"endDate": "2026-01-01"}, 0)])
    def test_that_covers_fewer_days_than_asked_for_misses_no_charge_on_the_others(self, books, purchases, days, missed):
        body = {**{name: f"{day}T00:00:00" for name, day in days.items()}, "clients": []}

        run, _ = self.run(body)

        assert run.differences.count() == missed

    def test_is_asked_for_from_the_day_before_the_first_send_to_the_day_after(self, books, purchases):
        days_ago = datetime.now(UTC) - timedelta(days=4)
        Purchase.objects.update(settled_at=days_ago)
        Purchase.objects.filter(pk=purchases[0].pk).update(first_sent_at=days_ago - timedelta(days=2))
        day = days_ago.date()

        _, address = self.run({"clients": []}, first_day=day, last_day=day)

        assert f"startDate={day - timedelta(days=3)}" in address
        assert f"endDate={day + timedelta(days=1)}" in address

    def test_of_today_is_not_asked_for_beyond_it(self, books):
        _, address = self.run({"clients": []}, first_day=TODAY, last_day=TODAY)

        assert f"endDate={TODAY}" in address

    def test_whose_charges_name_no_currency_is_compared_in_that_of_the_account(self, books, purchases):
        rows, balance = [], Decimal(1000)
        for number, purchase in enumerate(purchases):
            balance -= purchase.total
            rows.append(
                {
                    "transactionId": number + 1,
                    "transactionType": "Order",
                    "requestId": str(purchase.supplier_request_id),
                    "transactionAmount": {"value": str(purchase.total)},
                    "availableBalance": {"value": str(balance)},
                    "transactionDate": f"{TODAY}T00:00:0{number}",
                }
            )

        run, _ = self.run({"clients": [{"transactions": rows}]})

        assert (books.found(run), [figure.currency for figure in run.figures.all()]) == ([], ["USD"])

    def test_with_rubbish_in_it_is_stored_and_shown_once(self, books):
        rows = [None, 7, "?", {}, {"transactionId": "a\0b"}, {"transactionAmount": {"value": "1e40"}}, {}]
        run, _ = self.run({"clients": [{"transactions": rows}]})
        again, _ = self.run({"clients": [{"transactions": rows}]})

        assert (run.status, run.lines_read, run.lines_new, again.lines_new) == ("done", 7, 7, 0)
        assert {kind for kind, _ in books.found(run)} == {"unknown"}
        assert ReconciliationDifference.objects.count() == SupplierTransaction.objects.count() == 7


class TestTheLimit:
    def test_of_four_reads_an_hour_is_kept_and_the_fifth_run_says_so(self, books, purchases, settings):
        settings.BAMBOO_LIMITS = parse_limits("")
        Limiter.objects.all().delete()

        runs = [books.run() for _ in range(5)]

        assert [run.status for run in runs] == ["done"] * 4 + ["failed"]
        assert runs[-1].error_code == "no_slot"
        assert len(books.shop.supplier.calls("transactions")) == 4

    def test_that_the_supplier_reports_holds_back_every_process(self, books, settings):
        settings.BAMBOO_LIMITS = parse_limits("")
        Limiter.objects.all().delete()
        books.shop.supplier.fault("429", endpoint="transactions", delay=900)

        assert books.run().error_code == "http_429"
        assert books.run().error_code == "no_slot"
        assert len(books.shop.supplier.calls("transactions")) == 1


class TestARun:
    def test_is_one_row_while_it_waits_however_often_it_is_asked_for(self, books):
        first, second = (
            reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
            for _ in range(2)
        )

        assert first.pk == second.pk
        assert AuditEntry.objects.get(action="reconciliation.request").actor == "user:1"

    @pytest.mark.parametrize(("first", "last"), [(0, -1), (0, 1), (-31, 0)])
    def test_of_impossible_days_is_refused(self, db, first, last):
        days = {"first_day": TODAY + timedelta(days=first), "last_day": TODAY + timedelta(days=last)}

        with pytest.raises(InvalidRequestError):
            reconciling.request_reconciliation(mode="live", actor="user:1", **days)

        assert not Reconciliation.objects.exists()

    def test_is_taken_by_one_worker_only(self, books):
        run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        client = books.shop.supplier.client
        assert reconciling.reconcile(client=client, run_id=run.pk) is not None

        assert reconciling.reconcile(client=client, run_id=run.pk) is None
        assert len(books.shop.supplier.calls("transactions")) == 1

    def test_waits_for_another_of_its_mode(self, books):
        first = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        other_day = TODAY - timedelta(days=1)
        second = reconciling.request_reconciliation(
            mode="live", first_day=other_day, last_day=other_day, actor="user:1"
        )
        assert reconciling._claim(first.pk) is not None

        assert reconciling.reconcile(client=books.shop.supplier.client, run_id=second.pk) is None
        assert Reconciliation.objects.get(pk=second.pk).status == "queued"

    def test_whose_worker_died_is_found_again_and_given_up_after_three_tries(self, books):
        run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        for _ in range(3):
            assert reconciling.due(mode="live") == [run.pk]
            assert reconciling._claim(run.pk) is not None
            assert reconciling.due(mode="live") == []
            Reconciliation.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))

        assert reconciling.reconcile(client=books.shop.supplier.client, run_id=run.pk) is None

        run.refresh_from_db()
        assert (run.status, run.error_code) == ("failed", "gave_up")

    def test_that_lost_its_lease_does_not_end_the_row(self, books):
        run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        taken = reconciling._claim(run.pk)
        Reconciliation.objects.update(lease_token="00000000-0000-0000-0000-000000000000")

        reconciling._end(taken, status="done", sums={})

        assert Reconciliation.objects.get().status == "running"

    def test_of_the_night_is_asked_for_once_a_day_and_again_when_it_failed(self, books):
        run = reconciling.request_nightly(mode="live", actor="system:beat")
        assert (run.first_day, run.last_day) == (TODAY - timedelta(days=3), TODAY - timedelta(days=1))
        Reconciliation.objects.update(status="done", finished_at=datetime.now(UTC))
        assert reconciling.request_nightly(mode="live", actor="system:beat") is None
        Reconciliation.objects.update(status="failed")

        assert reconciling.request_nightly(mode="live", actor="system:beat") is not None

    def test_costs_the_same_queries_for_each_batch(self, books, purchases, monkeypatch):
        def queries():
            run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
            with CaptureQueriesContext(
                connection,
            ) as captured:
                reconciling.reconcile(client=books.shop.supplier.client, run_id=run.pk)
            return len(captured)

        books.age(0)
        of_three = queries()
        partner = books.shop.partner()
        for product in books.shop.products(6):
            books.shop.order(partner, (product, 1))
            books.shop.work()

        assert queries() == of_three
        monkeypatch.setattr(matching, "_BATCH", 3)
        assert queries() == of_three + 2 * _QUERIES_OF_A_BATCH + 3 * _QUERIES_OF_A_WALK


# Purchases, lines, the clock, what is gone, and the transaction's two.
_QUERIES_OF_A_BATCH = 6
_QUERIES_OF_A_WALK = 1


class TestResolving:
    @pytest.fixture
    def difference(self, books, purchases):
        books.defect("change_amount", purchases[0], amount="1")
        books.run()
        return ReconciliationDifference.objects.get()

    def test_takes_a_difference_out_of_the_unexplained_with_actor_and_note(self, books, difference):
        resolve_difference(difference_id=difference.pk, note=" Credit note 4711 ", actor="user:12")

        figure = books.run().figures.get()
        assert (figure.unexplained, figure.resolved) == (0, abs(difference.amount))
        difference.refresh_from_db()
        assert (difference.resolved_by, difference.resolution) == ("user:12", "Credit note 4711")
        entry = AuditEntry.objects.get(action="reconciliation.resolve")
        assert (entry.actor, entry.reason) == ("user:12", "Credit note 4711")

    def test_holds_until_the_amount_is_another(self, books, purchases, difference):
        resolve_difference(difference_id=difference.pk, note="Agreed", actor="user:12")
        SupplierTransaction.objects.filter(request_id=purchases[0].supplier_request_id).update(amount="2")

        books.run()

        difference.refresh_from_db()
        assert (difference.resolved_at, difference.resolution) == (None, "")

    @pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
    def test_needs_a_note(self, difference, note):
        with pytest.raises(InvalidRequestError):
            resolve_difference(difference_id=difference.pk, note=note, actor="user:12")

        difference.refresh_from_db()
        assert difference.resolved_at is None

    def test_of_what_does_not_exist_is_refused(self, db):
        with pytest.raises(NotFoundError):
            resolve_difference(difference_id=1, note="x", actor="user:12")


class TestTheTasks:
    def test_do_a_run_that_was_asked_for_and_find_it_when_nobody_was_woken(
        self, books, purchases, settings, monkeypatch
    ):
        settings.BAMBOO_CLIENT_ID = settings.BAMBOO_CLIENT_SECRET = "x"
        settings.BAMBOO_TEST_CLIENT_ID = settings.BAMBOO_TEST_CLIENT_SECRET = ""
        monkeypatch.setattr(conf, "client", lambda _mode: books.shop.supplier.client)
        run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        tasks.find_errands()

        tasks.reconcile(run_id=run.pk)

        run.refresh_from_db()
        assert run.status == "done"

    def test_of_an_unknown_run_does_nothing(self, db):
        tasks.reconcile(run_id=1, later="argument")

        assert not Reconciliation.objects.exists()

    def test_of_the_night_asks_for_each_configured_mode(self, db, settings):
        settings.BAMBOO_CLIENT_ID = settings.BAMBOO_CLIENT_SECRET = "x"
        settings.BAMBOO_TEST_CLIENT_ID = settings.BAMBOO_TEST_CLIENT_SECRET = ""

        tasks.reconcile_nightly()

        assert Reconciliation.objects.get().mode == "live"
