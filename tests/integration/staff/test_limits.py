"""`/api/staff/limits`: what the limiter, the slots and the accounts say, and the hand on the tap."""

from decimal import Decimal

import pytest

from bamboo import accounts, limits
from bamboo.models import Account
from orders.models import Purchase
from orders.services import claiming
from partners.models import AuditEntry
from steller.configuration import parse_limits
from tests.integration.api.asking import assert_problem

WHY = "The supplier asked us to"


@pytest.fixture
def limited(settings):
    settings.BAMBOO_LIMITS = parse_limits("checkout=1000/1,order=1000/1,other=1000/1")


def change(client, deed, **body):
    return client.post(f"/api/staff/limits/{deed}", {"key": "checkout", "reason": WHY, **body})


class TestLooking:
    def test_shows_endpoints_products_and_accounts(self, shop, limited, support):
        product = shop.products()[0]
        shop.supplier.fault("never_final")
        shop.order(shop.partner(), (product, 2))
        shop.round()
        shop.order(shop.partner(), (product, 3))

        body = support.get("/api/staff/limits").json()

        [checkout] = [row for row in body["endpoints"] if row["key"] == "checkout"]
        assert len(checkout["recent_sends"]) == 1
        assert checkout["blocked_until"] is None
        [busy] = body["products"]
        assert (busy["product_id"], busy["busy"], busy["limit"]) == (product.pk, 1, 6)
        assert (busy["waiting_lines"], busy["waiting_cards"]) == (1, 3)
        purchase = Purchase.objects.get()
        [account] = [row for row in body["accounts"] if row["id"] == purchase.account_id]
        assert Decimal(account["open_cost"]) == purchase.expected_cost
        assert Decimal(account["waiting_cost"]) > 0

    def test_takes_a_constant_number_of_queries(self, shop, limited, support, django_assert_num_queries):
        for product in shop.products(4):
            shop.order(shop.partner(), (product, 1))
        claiming.claim("live")

        with django_assert_num_queries(11):
            support.get("/api/staff/limits")


class TestTheKillSwitch:
    def test_stops_all_buying_until_it_is_lifted(self, shop, support):
        shop.order(shop.partner(), (shop.products()[0], 1))

        assert change(support, "stop").json() == {"changed": True}
        assert change(support, "stop").json() == {"changed": False}
        assert not shop.round()
        assert change(support, "resume").json() == {"changed": True}
        assert shop.round()

        deeds = AuditEntry.objects.filter(subject="limiter:live/checkout").order_by("id")
        assert [(deed.action, deed.reason) for deed in deeds] == [("calls.stop", WHY), ("calls.resume", WHY)]

    def test_is_lifted_by_no_answer_of_the_supplier(self, shop, support, limited):
        change(support, "stop")

        accounts.refresh(shop.supplier.client, mode="live")

        assert limits.blocked("checkout", mode="live")
        assert limits.book("checkout", mode="live", max_wait=10, probe=True) is None

    def test_leaves_other_credentials_alone(self, support, shop):
        change(support, "stop", mode="test")

        assert not limits.blocked("checkout", mode="live")

    def test_of_an_unknown_endpoint_is_refused(self, support, shop, limited):
        assert_problem(change(support, "stop", key="product"), 400, "invalid_request")


class TestABreaker:
    def test_is_closed_by_hand(self, support, shop):
        limits.block("checkout", mode="live", reason="WrongAccount")

        assert change(support, "close-breaker").json() == {"changed": True}

        assert not limits.blocked("checkout", mode="live")
        assert AuditEntry.objects.get(action="breaker.close").reason == WHY

    def test_that_is_closed_is_no_deed(self, support, shop):
        assert change(support, "close-breaker").json() == {"changed": False}
        assert not AuditEntry.objects.filter(action="breaker.close").exists()


class TestAFloatLimit:
    def test_is_lifted(self, support, shop):
        account = Account.objects.filter(mode="live").first()
        accounts.set_float_limit(account.pk, Decimal(5))

        answer = support.post(f"/api/staff/limits/account/{account.pk}/lift", {"reason": WHY})

        assert answer.json() == {"changed": True}
        account.refresh_from_db()
        assert account.float_limit is None
        assert AuditEntry.objects.get(action="float_limit.lift").before["float_limit"] == "5.0000"

    def test_of_no_account_is_not_found(self, support, shop):
        assert_problem(support.post("/api/staff/limits/account/0/lift", {"reason": WHY}), 404, "not_found")


class TestPermissions:
    @pytest.mark.parametrize("deed", ["stop", "resume", "close-breaker", "account/1/lift"])
    @pytest.mark.parametrize("role", ["auditor", "catalog"])
    def test_keep_hands_off_the_tap(self, as_staff, role, deed):
        assert_problem(change(as_staff(role), deed), 403, "permission_denied")

    def test_let_an_auditor_look(self, as_staff):
        assert as_staff("auditor").get("/api/staff/limits").status_code == 200
        assert_problem(as_staff("catalog").get("/api/staff/limits"), 403, "permission_denied")
