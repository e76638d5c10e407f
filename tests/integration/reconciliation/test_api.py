"""Reconciliation over HTTP: who may ask, read and explain, and how it is listed."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import Reconciliation, ReconciliationDifference
from orders.services import reconciling
from partners.models import AuditEntry
from tests.colleagues import staff_client
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk

PATH = "/api/staff/reconciliation"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def finance(db):
    return staff_client("finance")


@pytest.fixture
def differing(books, purchases):
    """Run over books with two differences of one kind and one of another."""
    for purchase in purchases[:2]:
        books.defect("change_amount", purchase, amount=str(purchase.total + 1))
    books.defect("add", type="Refund", amount="5")
    return books.run()


class TestAsking:
    def test_queues_a_run_that_a_worker_does(self, finance, books):
        answer = finance.post(PATH, {"first_day": str(TODAY), "last_day": str(TODAY)})

        assert answer.status_code == 202
        body = answer.json()
        assert (body["status"], body["requested_by"]) == ("queued", f"user:{finance.user_id}")
        reconciling.reconcile(client=books.shop.supplier.client, run_id=body["id"])
        assert finance.get(f"{PATH}/{body['id']}").json()["status"] == "done"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"first_day": "yesterday", "last_day": str(TODAY)},
            {"first_day": str(TODAY), "last_day": str(TODAY - timedelta(days=1))},
            {"first_day": str(TODAY), "last_day": str(TODAY + timedelta(days=1))},
            {"first_day": str(TODAY - timedelta(days=31)), "last_day": str(TODAY)},
            {"first_day": str(TODAY), "last_day": str(TODAY), "mode": "other"},
        ],
    )
    def test_for_impossible_days_is_refused(self, finance, body):
        assert_problem(finance.post(PATH, body), 400, "invalid_request")

        assert not Reconciliation.objects.exists()

    @pytest.mark.parametrize("role", ["support", "catalog", "auditor"])
    def test_is_not_for_everybody(self, db, role):
        answer = staff_client(role).post(PATH, {"first_day": str(TODAY), "last_day": str(TODAY)})

        assert_problem(answer, 403, "permission_denied")

    def test_is_not_for_partners(self, buyer):
        assert_problem(buyer.api.post(PATH, {}), 401, "authentication_failed")
        assert_problem(client_of().get(PATH), 401, "authentication_failed")


class TestReading:
    def test_a_run_shows_its_figures_and_differences(self, finance, differing):
        body = finance.get(f"{PATH}/{differing.pk}").json()

        assert body["counts"] == {"price": 2, "unknown": 1}
        figure = body["figures"][0]
        assert (figure["currency"], figure["unexplained"], figure["unexplained_now"]) == ("USD", "7.00", "7.00")
        results = body["differences"]["results"]
        assert [row["kind"] for row in results].count("price") == 2
        assert {row["transaction_type"] for row in results} == {None, "Refund"}

    def test_keeps_to_a_class_and_a_state(self, finance, differing):
        def kinds(query):
            answer = finance.get(f"{PATH}/{differing.pk}?{query}")
            return [row["kind"] for row in answer.json()["differences"]["results"]]

        assert kinds("kind=unknown") == ["unknown"]
        assert len(kinds("state=open")) == 3
        assert kinds("state=resolved") == kinds("state=cleared") == kinds("currency=EUR") == []
        assert_problem(finance.get(f"{PATH}/{differing.pk}?kind=odd"), 400, "invalid_request")

    def test_pages_through_differences(self, finance, differing):
        pages = walk(finance, f"{PATH}/difference", 2)

        assert [len(page) for page in pages] == [2, 1]
        first = finance.get(f"{PATH}/{differing.pk}?page_size=2").json()["differences"]
        assert first["results"] == pages[0]
        assert finance.get(first["next"]).json()["differences"]["results"] == pages[1]

    def test_costs_the_same_queries_for_many_as_for_few(self, finance, books, differing, django_assert_num_queries):
        for _ in range(3):
            books.run()
        # The caller and the two kinds of permissions come first.
        with django_assert_num_queries(3 + 3):
            assert len(finance.get(PATH).json()["results"]) == 4
        with django_assert_num_queries(3 + 5):
            finance.get(f"{PATH}/{differing.pk}")
        with django_assert_num_queries(3 + 1):
            finance.get(f"{PATH}/difference")

    def test_of_runs_keeps_to_a_status(self, finance, differing):
        assert len(finance.get(f"{PATH}?status=done").json()["results"]) == 1
        assert finance.get(f"{PATH}?status=failed").json()["results"] == []
        assert_problem(finance.get(f"{PATH}?status=odd"), 400, "invalid_request")

    def test_of_an_unknown_run_or_another_mode_is_not_found(self, finance, differing):
        assert_problem(finance.get(f"{PATH}/{differing.pk + 1}"), 404, "not_found")
        assert_problem(finance.get(f"{PATH}/{differing.pk}?mode=test"), 404, "not_found")

    def test_is_for_auditors_and_not_for_the_catalog(self, differing):
        assert staff_client("auditor").get(PATH).status_code == 200
        assert_problem(staff_client("catalog").get(PATH), 403, "permission_denied")
        assert_problem(staff_client("catalog").get(f"{PATH}/{differing.pk}"), 403, "permission_denied")
        assert_problem(staff_client("catalog").get(f"{PATH}/difference"), 403, "permission_denied")


class TestResolving:
    def test_explains_a_difference_and_lowers_what_is_unexplained_now(self, finance, differing):
        row = ReconciliationDifference.objects.get(kind="unknown")

        answer = finance.post(f"{PATH}/difference/{row.pk}/resolve", {"note": "Refund of 3 November"})

        assert answer.status_code == 200
        assert answer.json()["resolution"] == "Refund of 3 November"
        figure = finance.get(f"{PATH}/{differing.pk}").json()["figures"][0]
        assert (figure["unexplained"], figure["unexplained_now"]) == ("7.00", "2.00")
        entry = AuditEntry.objects.get(action="reconciliation.resolve")
        assert (entry.actor, entry.address) == (f"user:{finance.user_id}", "127.0.0.1")
        assert entry.reference_id == answer.headers["X-Reference-Id"]

    def test_needs_a_note_and_the_permission(self, finance, differing):
        row = ReconciliationDifference.objects.first()
        path = f"{PATH}/difference/{row.pk}/resolve"

        assert_problem(finance.post(path, {}), 400, "invalid_request")
        assert_problem(finance.post(path, {"note": " "}), 400, "invalid_request")
        assert_problem(staff_client("auditor").post(path, {"note": "x"}), 403, "permission_denied")
        assert_problem(finance.post(f"{PATH}/difference/0/resolve", {"note": "x"}), 404, "not_found")
        row.refresh_from_db()
        assert row.resolved_at is None
