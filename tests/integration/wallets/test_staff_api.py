"""What our staff do with everybody's money over the API, and what they may not."""

from decimal import Decimal

import pytest

from partners.models import AuditEntry
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk
from tests.integration.wallets.conftest import staff_client
from wallets import services as wallets
from wallets.models import Adjustment, TopUp, Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(db):
    return staff_client("finance")


@pytest.fixture
def colleague(db):
    return staff_client("finance")


def address(wallet, rest=""):
    return f"/api/staff/wallet/{wallet.pk}{rest}"


def top_up(api, wallet, amount="250", reference="BANK-1"):
    return api.post(address(wallet, "/top-up"), {"amount": amount, "reference": reference, "note": "Seen"})


def adjust(api, wallet, amount, reference="A-1"):
    return api.post(address(wallet, "/adjust"), {"amount": amount, "reference": reference, "reason": "Wrong"})


def available(wallet):
    return Wallet.objects.get(pk=wallet.pk).available


class TestATopUp:
    def test_is_booked_at_once_when_one_person_suffices(self, finance, wallet):
        first, again = top_up(finance, wallet), top_up(finance, wallet)

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert {
            "status": "approved",
            "decided_by": finance.actor,
            "created_by": finance.actor,
        }.items() <= first.json().items()
        assert first.json()["partner"] == {"id": wallet.partner_id, "name": wallet.partner.name}
        assert available(wallet) == 1250

    def test_above_the_limit_is_approved_by_somebody_else(self, finance, colleague, wallet):
        request = top_up(finance, wallet, "10001").json()
        approve = f"/api/staff/top-up/{request['id']}/approve"

        assert (request["status"], request["first_approved_by"]) == ("pending", finance.actor)
        assert_problem(finance.post(approve, {}), 403, "second_person_needed")
        assert available(wallet) == 1000
        done = colleague.post(approve, {"reason": "Looked it up"}).json()

        assert (done["status"], done["decided_by"]) == ("approved", colleague.actor)
        assert colleague.post(approve).json() == done
        assert available(wallet) == 11001

    def test_that_a_partner_asked_for_is_approved_or_rejected(self, finance, buyer):
        ids = [
            buyer.api.post(f"/api/wallet/{buyer.wallet.pk}/top-up", {"amount": "5", "reference": f"INV-{n}"}).json()[
                "id"
            ]
            for n in range(2)
        ]

        approved = finance.post(f"/api/staff/top-up/{ids[0]}/approve", {})
        rejected = finance.post(f"/api/staff/top-up/{ids[1]}/reject", {"reason": "No such payment"})

        assert (approved.json()["status"], rejected.json()["status"]) == ("approved", "rejected")
        assert_problem(finance.post(f"/api/staff/top-up/{ids[1]}/approve", {}), 409, "already_decided")
        assert_problem(finance.post(f"/api/staff/top-up/{ids[0]}/reject", {"reason": "x"}), 409, "already_decided")
        seen = buyer.api.get(f"/api/wallet/{buyer.wallet.pk}/top-up?status=rejected").json()["results"]
        assert [row["decision_reason"] for row in seen] == ["No such payment"]
        assert available(buyer.wallet) == 1005

    def test_is_not_rejected_without_a_reason(self, finance, wallet):
        request = top_up(finance, wallet, "20000").json()

        assert_problem(finance.post(f"/api/staff/top-up/{request['id']}/reject", {}), 400, "invalid_request")

    def test_of_nothing_is_not_found(self, finance):
        assert_problem(finance.post("/api/staff/top-up/1/approve", {}), 404, "not_found")
        assert_problem(finance.post("/api/staff/wallet/1/top-up", {"amount": "5", "reference": "x"}), 404, "not_found")

    @pytest.mark.parametrize("amount", ["0", "-5", "NaN", "Infinity", "1.00001", "1e15", None])
    def test_that_makes_no_sense_is_refused(self, finance, wallet, amount):
        assert_problem(top_up(finance, wallet, amount), 400, "invalid_request")


class TestAnAdjustment:
    def test_is_booked_at_once_and_never_overdraws(self, finance, wallet):
        assert adjust(finance, wallet, "-250.5").json()["status"] == "approved"
        assert_problem(adjust(finance, wallet, "-749.51", "A-2"), 402, "insufficient_funds")

        assert available(wallet) == Decimal("749.5")
        assert Adjustment.objects.count() == 1

    def test_above_the_limit_is_approved_or_rejected_by_somebody_else(self, finance, colleague, wallet, settings):
        settings.TOP_UP_SECOND_APPROVAL = {"*": Decimal(100)}
        first, second = (adjust(finance, wallet, "-200", reference).json()["id"] for reference in ("A-1", "A-2"))

        assert_problem(finance.post(f"/api/staff/adjustment/{first}/approve", {}), 403, "second_person_needed")
        colleague.post(f"/api/staff/adjustment/{first}/approve", {})
        colleague.post(f"/api/staff/adjustment/{second}/reject", {"reason": "Once is enough"})

        assert available(wallet) == 800
        rows = finance.get("/api/staff/adjustment").json()["results"]
        assert [row["status"] for row in rows] == ["rejected", "approved"]

    def test_needs_a_reason(self, finance, wallet):
        answer = finance.post(address(wallet, "/adjust"), {"amount": "5", "reference": "A-1"})

        assert_problem(answer, 400, "invalid_request")


class TestWallets:
    def test_are_opened_once(self, finance, wallet):
        body = {"partner_id": wallet.partner_id, "currency": "EUR", "type": "promotional", "mode": "test"}

        first, again = (finance.post("/api/staff/wallet", body).json() for _ in range(2))

        assert first == again
        assert (first["currency"], first["type"], first["mode"], first["available"]) == (
            "EUR",
            "promotional",
            "test",
            "0.00",
        )
        assert AuditEntry.objects.filter(action="wallet.open").count() == 1

    @pytest.mark.parametrize(
        ("changes", "status"), [({"currency": "XXX"}, 400), ({"type": "x"}, 400), ({"mode": "x"}, 400)]
    )
    def test_that_cannot_be_are_refused(self, finance, wallet, changes, status):
        body = {"partner_id": wallet.partner_id, "currency": "EUR", **changes}

        assert_problem(finance.post("/api/staff/wallet", body), status, "invalid_request")

    def test_of_nobody_are_refused(self, finance):
        assert_problem(finance.post("/api/staff/wallet", {"partner_id": 1, "currency": "EUR"}), 404, "not_found")

    def test_are_listed_in_constant_queries(self, finance, wallet, django_assert_num_queries):
        for _ in range(5):
            factories.make_wallet(factories.PartnerFactory())

        with django_assert_num_queries(4):
            rows = finance.get("/api/staff/wallet").json()["results"]

        assert len(rows) == 6
        assert len(walk(finance, "/api/staff/wallet", 4)) == 2

    def test_are_filtered(self, finance, wallet):
        other = factories.make_wallet(factories.PartnerFactory(), currency="EUR", mode="test")
        wallets.set_threshold(wallet_id=other.pk, threshold=Decimal(5000), actor="user:1")

        def found(query):
            return [row["id"] for row in finance.get(f"/api/staff/wallet?{query}").json()["results"]]

        assert found(f"partner={wallet.partner_id}") == [wallet.pk]
        for query in ("currency=EUR", "mode=test", "is_low=true"):
            assert found(query) == [other.pk]
        assert found("is_low=false") == [wallet.pk]
        assert found("type=prepaid") == [other.pk, wallet.pk]

    def test_are_read_and_take_a_threshold(self, finance, wallet):
        changed = finance.patch(address(wallet), {"low_balance_threshold": "5"}).json()

        assert changed["low_balance_threshold"] == "5.00"
        assert finance.get(address(wallet)).json() == changed

    def test_show_entries_and_statements(self, finance, wallet, django_assert_num_queries):
        with django_assert_num_queries(5):
            entries = finance.get(address(wallet, "/entry")).json()["results"]
        exported = finance.get(address(wallet, "/entry?format=csv"))

        assert [row["kind"] for row in entries] == ["top_up"]
        assert len(b"".join(exported.streaming_content).splitlines()) == 2
        assert finance.get(address(wallet, "/statement?month=2026-01")).json()["totals"] == []


class TestRequests:
    def test_are_listed_in_constant_queries(self, finance, wallet, django_assert_num_queries):
        for number in range(5):
            top_up(finance, wallet, reference=f"BANK-{number}")
            adjust(finance, wallet, "1", f"A-{number}")

        for name in ("top-up", "adjustment"):
            with django_assert_num_queries(4):
                assert len(finance.get(f"/api/staff/{name}").json()["results"]) == 5
            assert len(walk(finance, f"/api/staff/{name}", 2)) == 3

    def test_are_filtered(self, finance, wallet):
        other = factories.make_wallet(factories.PartnerFactory(), currency="EUR", mode="test")
        mine = top_up(finance, wallet, "20000").json()["id"]
        theirs = top_up(finance, other, reference="BANK-2").json()["id"]

        def found(query):
            return [row["id"] for row in finance.get(f"/api/staff/top-up?{query}").json()["results"]]

        for query in (
            "status=pending",
            f"partner={wallet.partner_id}",
            f"wallet={wallet.pk}",
            "mode=live",
            "currency=USD",
        ):
            assert found(query) == [mine]
        assert found("reference=BANK-2") == [theirs]
        assert found("created_after=2999-01-01T00:00:00Z") == []


class TestWhoMayNot:
    def doors(self, wallet, request_id):
        return [
            ("get", "/api/staff/wallet", "wallets.view_wallet"),
            ("get", address(wallet), "wallets.view_wallet"),
            ("get", address(wallet, "/entry"), "wallets.view_walletentry"),
            ("get", address(wallet, "/statement?month=2026-01"), "wallets.view_walletentry"),
            ("get", "/api/staff/top-up", "wallets.view_topup"),
            ("get", "/api/staff/adjustment", "wallets.view_adjustment"),
            ("post", "/api/staff/wallet", "wallets.add_wallet"),
            ("patch", address(wallet), "wallets.change_wallet"),
            ("post", address(wallet, "/top-up"), "wallets.approve_topup"),
            ("post", address(wallet, "/adjust"), "wallets.adjust_wallet"),
            ("post", f"/api/staff/top-up/{request_id}/approve", "wallets.approve_topup"),
            ("post", f"/api/staff/top-up/{request_id}/reject", "wallets.approve_topup"),
            ("post", "/api/staff/adjustment/1/approve", "wallets.adjust_wallet"),
            ("post", "/api/staff/adjustment/1/reject", "wallets.adjust_wallet"),
        ]

    @pytest.mark.parametrize("role", ["support", "auditor"])
    def test_looks_and_changes_nothing(self, finance, wallet, role):
        request = top_up(finance, wallet, "20000").json()
        api = staff_client(role)

        for method, path, permission in self.doors(wallet, request["id"]):
            answer = getattr(api, method)(path)
            if method == "get":
                assert answer.status_code == 200
            else:
                assert permission in assert_problem(answer, 403, "permission_denied")["detail"]
        assert (available(wallet), TopUp.objects.get().status) == (1000, "pending")

    def test_sees_nothing_without_a_role_for_money(self, wallet):
        api = staff_client("catalog")

        for method, path, _ in self.doors(wallet, 1):
            assert_problem(getattr(api, method)(path), 403, "permission_denied")

    def test_is_no_partner_and_no_stranger(self, wallet):
        partner = client_of(factories.make_key(partner=wallet.partner))

        for method, path, _ in self.doors(wallet, 1):
            assert getattr(partner, method)(path).status_code in {401, 403}
            assert getattr(client_of(), method)(path).status_code == 401

    def test_is_admitted_as_admin(self, wallet):
        assert staff_client("admin").get("/api/staff/wallet").status_code == 200
