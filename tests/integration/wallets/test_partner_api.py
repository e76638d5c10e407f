"""What partners do with their money over the API."""

import csv
import io
from decimal import Decimal

import pytest

from partners.models import AuditEntry
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for, walk
from tests.integration.wallets.conftest import moved, unguarded
from wallets import services as wallets
from wallets.models import TopUp, Wallet

pytestmark = pytest.mark.django_db


def address(wallet, rest=""):
    return f"/api/wallet/{wallet.pk}{rest}"


def table(answer):
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


class TestAWallet:
    def test_is_read_in_two_queries(self, buyer, django_assert_num_queries):
        with django_assert_num_queries(2):
            body = buyer.api.get(address(buyer.wallet)).json()

        assert body == {
            "id": buyer.wallet.pk,
            "currency": "USD",
            "type": "prepaid",
            "available": "1000.00",
            "held": "0.00",
            "version": 1,
            "low_balance_threshold": None,
            "is_low": False,
        }

    def test_takes_a_threshold(self, buyer):
        set_to = buyer.api.patch(address(buyer.wallet), {"low_balance_threshold": "1000.5"}).json()
        cleared = buyer.api.patch(address(buyer.wallet), {"low_balance_threshold": None}).json()

        assert (set_to["low_balance_threshold"], set_to["is_low"]) == ("1000.50", True)
        assert (cleared["low_balance_threshold"], cleared["is_low"]) == (None, False)
        assert AuditEntry.objects.filter(action="wallet.threshold", actor__startswith="key:").count() == 2

    @pytest.mark.parametrize("threshold", ["0", "-1", "NaN", "Infinity", "1.00001", "1e15", "x", True, []])
    def test_refuses_a_threshold_that_is_no_amount(self, buyer, threshold):
        answer = buyer.api.patch(address(buyer.wallet), {"low_balance_threshold": threshold})

        assert_problem(answer, 400, "invalid_request")
        assert Wallet.objects.get(pk=buyer.wallet.pk).low_balance_threshold is None

    def test_of_another_partner_is_not_found(self, buyer):
        foreign = factories.make_wallet(factories.PartnerFactory())

        for answer in (
            buyer.api.get(address(foreign)),
            buyer.api.patch(address(foreign), {"low_balance_threshold": "5"}),
            buyer.api.get(address(foreign, "/statement?month=2026-11")),
            buyer.api.get(address(foreign, "/top-up")),
            buyer.api.post(address(foreign, "/top-up"), {"amount": "5", "reference": "x"}),
        ):
            assert_problem(answer, 404, "not_found")
        assert not TopUp.objects.exists()

    def test_of_the_other_mode_is_not_found(self, buyer):
        test = factories.make_wallet(buyer.partner, mode="test")

        assert_problem(buyer.api.get(address(test)), 404, "not_found")

    def test_needs_the_scope_to_be_changed(self, buyer):
        reader = client_of(factories.make_key(partner=buyer.partner, scopes=["wallet.read"]))

        assert reader.get(address(buyer.wallet)).status_code == 200
        for answer in (
            reader.patch(address(buyer.wallet), {"low_balance_threshold": "5"}),
            reader.post(address(buyer.wallet, "/top-up"), {"amount": "5", "reference": "x"}),
        ):
            assert_problem(answer, 403, "permission_denied")


class TestTopUps:
    def test_are_asked_for_once_for_each_reference(self, buyer):
        body = {"amount": "250.00", "reference": "INV-7", "note": "Wired today"}

        first = buyer.api.post(address(buyer.wallet, "/top-up"), body)
        again = buyer.api.post(address(buyer.wallet, "/top-up"), body)

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert again.json() == first.json()
        assert {"status": "pending", "amount": "250.00", "note": "Wired today"}.items() <= first.json().items()

    def test_under_a_used_reference_are_refused(self, buyer):
        buyer.api.post(address(buyer.wallet, "/top-up"), {"amount": "5", "reference": "x"})

        answer = buyer.api.post(address(buyer.wallet, "/top-up"), {"amount": "6", "reference": "x"})

        assert_problem(answer, 409, "reference_used")

    @pytest.mark.parametrize(
        "changes",
        [{"amount": amount} for amount in ("0", "-5", "NaN", "Infinity", "1.00001", "1e15", "x", None, True)]
        + [{"reference": reference} for reference in ("", " ", "x" * 65, "a\u0000b", "a\nb", None)]
        + [{"note": "x" * 301}],
    )
    def test_that_make_no_sense_are_refused(self, buyer, changes):
        answer = buyer.api.post(address(buyer.wallet, "/top-up"), {"amount": "5", "reference": "x", **changes})

        assert_problem(answer, 400, "invalid_request")
        assert not TopUp.objects.exists()

    def test_are_listed_in_three_queries(self, buyer, django_assert_num_queries):
        for number in range(5):
            buyer.api.post(address(buyer.wallet, "/top-up"), {"amount": "5", "reference": f"INV-{number}"})

        with django_assert_num_queries(3):
            rows = buyer.api.get(address(buyer.wallet, "/top-up")).json()["results"]

        assert [row["reference"] for row in rows] == [f"INV-{number}" for number in reversed(range(5))]
        assert len(walk(buyer.api, address(buyer.wallet, "/top-up"), 2)) == 3

    def test_are_filtered(self, buyer):
        for number in range(3):
            buyer.api.post(address(buyer.wallet, "/top-up"), {"amount": "5", "reference": f"INV-{number}"})
        wallets.approve_top_up(top_up_id=TopUp.objects.get(reference="INV-1").pk, actor="user:1")

        def found(query):
            return [
                row["reference"] for row in buyer.api.get(address(buyer.wallet, f"/top-up?{query}")).json()["results"]
            ]

        assert found("status=approved") == ["INV-1"]
        assert found("reference=INV-2") == ["INV-2"]
        assert found("created_after=2999-01-01T00:00:00Z") == []
        assert len(found("created_before=2999-01-01T00:00:00Z")) == 3


class TestEntries:
    @pytest.fixture
    def busy(self, buyer):
        for number in range(3):
            buyer.api.post("/api/order", body_for(buyer.product))
            unguarded(
                "UPDATE wallets_walletentry SET created_at = %s WHERE wallet_id = %s AND version = %s",
                [f"2026-10-0{number + 1}T12:00:00Z", buyer.wallet.pk, number + 1],
            )
        return buyer

    def versions(self, buyer, query):
        return [row["version"] for row in buyer.api.get(address(buyer.wallet, f"/entry?{query}")).json()["results"]]

    @pytest.mark.parametrize(
        ("query", "versions"),
        [
            ("kind=top_up", [1]),
            ("kind=hold", [4, 3, 2]),
            ("created_after=2026-10-02T12:00:00Z", [4, 3, 2]),
            ("created_after=2026-10-02T12:00:01Z", [4, 3]),
            ("created_before=2026-10-02T12:00:00Z", [1]),
            ("created_after=2026-10-01T00:00:00Z&created_before=2026-10-03T00:00:00Z&kind=hold", [2]),
            ("created_after=2999-01-01T00:00:00Z", []),
            ("created_before=2000-01-01T00:00:00Z", []),
            ("reference=nothing", []),
        ],
    )
    def test_are_filtered(self, busy, query, versions):
        assert self.versions(busy, query) == versions

    def test_are_found_by_their_reference(self, busy):
        reference = busy.api.get(address(busy.wallet, "/entry?kind=hold")).json()["results"][0]["reference"]

        assert self.versions(busy, f"reference={reference}") == [4]

    @pytest.mark.parametrize("query", ["kind=gift", "created_after=yesterday", "format=xml"])
    def test_refuse_filters_that_mean_nothing(self, busy, query):
        assert busy.api.get(address(busy.wallet, f"/entry?{query}")).status_code in {400, 404}

    def test_take_one_more_query_for_each_time(self, busy, django_assert_num_queries):
        with django_assert_num_queries(5):
            self.versions(busy, "created_after=2026-10-01T00:00:00Z&created_before=2026-10-03T00:00:00Z")

    def test_are_exported_whole_the_oldest_first(self, busy, django_assert_num_queries):
        with django_assert_num_queries(4):
            rows = table(busy.api.get(address(busy.wallet, "/entry?format=csv&page_size=1")))

        assert [row["version"] for row in rows] == ["1", "2", "3", "4"]
        assert [row["available_delta"] for row in rows] == ["1000.00", "-20.00", "-20.00", "-20.00"]
        as_json = busy.api.get(address(busy.wallet, "/entry")).json()["results"]
        assert list(rows[0]) == list(as_json[0])

    def test_are_exported_to_whoever_accepts_csv(self, busy):
        answer = busy.api.get(address(busy.wallet, "/entry?kind=top_up"), headers={"Accept": "text/csv"})

        assert len(table(answer)) == 1
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_are_no_formulas_for_a_spreadsheet(self, buyer):
        for reference in ("=1+1", "+1", "-1", "@x", "'x", "plain"):
            moved(
                wallets.top_up,
                wallet_id=buyer.wallet.pk,
                amount=Decimal(1),
                reference=reference,
                reason="=HYPERLINK(1)",
                actor="user:1",
            )

        rows = table(buyer.api.get(address(buyer.wallet, "/entry?format=csv")))[1:]

        assert [row["reference"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@x", "''x", "plain"]
        assert {row["reason"] for row in rows} == {"'=HYPERLINK(1)"}

    def test_answer_problems_as_json_even_to_whoever_wants_csv(self, buyer):
        assert_problem(buyer.api.get(address(buyer.wallet, "/entry?format=csv&kind=gift")), 400, "invalid_request")
