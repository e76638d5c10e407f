"""What staff do with the catalog over HTTP: each thing needs its permission, and each change says who and why."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.models import CatalogRule, CommissionRule, SyncRun
from partners.models import AuditEntry
from partners.services.roles import grant_roles
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, walk

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def staff_client(role: str) -> APIClient:
    grant_roles()
    user = factories.UserFactory.create(partner=None, is_staff=True, role=role)
    tokens = client_of().post("/api/auth/token", {"email": user.email, "password": PASSWORD}).json()
    return client_of(token=tokens["access"])


@pytest.fixture
def api() -> APIClient:
    return staff_client("catalog")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    messages: list[Any] = []
    monkeypatch.setattr("celery_app.app.send_task", lambda name, **options: messages.append((name, options["queue"])))
    return messages


NEW_COMMISSION = {"kind": "percent", "basis": "included", "value": "2.5", "reason": "Contract 7"}


class TestEverything:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", "catalog/sync"),
            ("post", "catalog/sync"),
            ("get", "catalog/sync/1"),
            ("get", "commission"),
            ("post", "commission"),
            ("get", "commission/1"),
            ("patch", "commission/1"),
            ("get", "catalog/rule"),
            ("post", "catalog/rule"),
            ("patch", "catalog/rule/1"),
            ("get", "price"),
        ],
    )
    def test_needs_staff_with_the_permission(self, buyer: Any, method: str, path: str) -> None:
        nobody = factories.UserFactory.create(partner=None, is_staff=True)
        tokens = client_of().post("/api/auth/token", {"email": nobody.email, "password": PASSWORD}).json()

        assert_problem(getattr(buyer.api, method)(f"/api/staff/{path}"), 401, "authentication_failed")
        powerless = client_of(token=tokens["access"])
        assert_problem(getattr(powerless, method)(f"/api/staff/{path}"), 403, "permission_denied")

    def test_that_changes_is_refused_to_those_who_may_only_look(self) -> None:
        auditor = staff_client("auditor")

        assert auditor.get("/api/staff/commission").status_code == 200
        assert_problem(auditor.post("/api/staff/commission", NEW_COMMISSION), 403, "permission_denied")
        assert_problem(auditor.post("/api/staff/catalog/sync"), 403, "permission_denied")


class TestSync:
    def test_is_asked_for(self, api: APIClient, sent: list[Any]) -> None:
        answer = api.post("/api/staff/catalog/sync", {"reason": "New brands"})

        assert answer.status_code == 202
        assert (answer.json()["status"], answer.json()["reason"]) == ("queued", "New brands")
        assert answer.json()["actor"].startswith("user:")
        assert sent == [("catalog.sync", "slow")]
        assert api.post("/api/staff/catalog/sync").json()["id"] == answer.json()["id"]
        assert api.get(f"/api/staff/catalog/sync/{answer.json()['id']}").json() == answer.json()
        assert_problem(api.get("/api/staff/catalog/sync/0"), 404, "not_found")

    def test_runs_are_listed_in_pages(self, api: APIClient, django_assert_num_queries: Any) -> None:
        for _ in range(5):
            SyncRun.objects.create(trigger="beat", actor="system:beat", status="succeeded", inserted=3)

        with django_assert_num_queries(4):
            api.get("/api/staff/catalog/sync?page_size=2")
        pages = walk(api, "/api/staff/catalog/sync", 2)

        assert [len(rows) for rows in pages] == [2, 2, 1]
        assert pages[0][0]["inserted"] == 3
        assert pages[0][0]["error"] is None


class TestCommissions:
    def test_are_opened_read_and_ended(self, api: APIClient) -> None:
        partner = factories.PartnerFactory.create()

        answer = api.post("/api/staff/commission", {**NEW_COMMISSION, "partner_id": partner.pk, "currency": "eur"})
        rule = answer.json()

        assert answer.status_code == 201, rule
        assert (rule["partner_id"], rule["currency"], rule["value"]) == (partner.pk, "EUR", "2.5")
        assert api.get(f"/api/staff/commission/{rule['id']}").json() == rule
        ended = api.patch(f"/api/staff/commission/{rule['id']}", {"reason": "Contract over"}).json()
        assert ended["ends_at"] is not None
        entries = AuditEntry.objects.filter(subject=f"commission:{rule['id']}").order_by("pk")
        assert [(entry.action, entry.reason, entry.partner_id) for entry in entries] == [
            ("commission.open", "Contract 7", partner.pk),
            ("commission.end", "Contract over", partner.pk),
        ]
        assert {entry.actor for entry in entries} == {rule["created_by"]}
        assert all(entry.address and entry.reference_id for entry in entries)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reason": ""},
            {"kind": "some"},
            {"value": "-1"},
            {"value": "100"},
            {"partner_id": 10**9},
            {"currency": "EURO"},
            {"starts_at": "2020-01-01T00:00:00Z"},
        ],
    )
    def test_that_cannot_be_are_refused(self, api: APIClient, wrong: dict[str, Any]) -> None:
        assert_problem(api.post("/api/staff/commission", NEW_COMMISSION | wrong), 400, "invalid_request")
        assert not CommissionRule.objects.exists()

    def test_terms_are_not_changed(self, api: APIClient) -> None:
        rule = factories.CommissionRuleFactory.create(value=5)

        api.patch(f"/api/staff/commission/{rule.pk}", {"value": "1", "reason": "Cheaper"})

        rule.refresh_from_db()
        assert rule.value == 5

    def test_are_listed_by_what_they_speak_of(self, api: APIClient, django_assert_num_queries: Any) -> None:
        partner = factories.PartnerFactory.create()
        own = factories.CommissionRuleFactory.create(partner=partner)
        over = factories.CommissionRuleFactory.create(partner=partner, ends_at=timezone.now())
        factories.CommissionRuleFactory.create()

        with django_assert_num_queries(4):
            rows = api.get(f"/api/staff/commission?partner={partner.pk}").json()["results"]

        assert [row["id"] for row in rows] == [over.pk, own.pk]
        in_force = api.get(f"/api/staff/commission?partner={partner.pk}&in_force=true").json()["results"]
        assert [row["id"] for row in in_force] == [own.pk]

    @pytest.mark.parametrize("method", ["get", "patch"])
    def test_that_do_not_exist_are_not_found(self, api: APIClient, method: str) -> None:
        answer = getattr(api, method)("/api/staff/commission/0", {"reason": "None"} if method == "patch" else None)

        assert_problem(answer, 404, "not_found")


class TestCatalogRules:
    def test_are_set_listed_and_ended(self, api: APIClient, django_assert_num_queries: Any) -> None:
        partner, brand = factories.PartnerFactory.create(), factories.BrandFactory.create()
        body = {"partner_id": partner.pk, "brand_id": brand.pk, "effect": "deny", "reason": "Not in the contract"}

        answer = api.post("/api/staff/catalog/rule", body)
        rule = answer.json()

        assert answer.status_code == 201, rule
        assert (rule["effect"], rule["brand_id"], rule["country"]) == ("deny", brand.pk, None)
        with django_assert_num_queries(4):
            rows = api.get(f"/api/staff/catalog/rule?partner={partner.pk}&in_force=true").json()["results"]
        assert rows == [rule]
        ended = api.patch(f"/api/staff/catalog/rule/{rule['id']}", {"reason": "It is now"}).json()
        assert ended["ended_at"] is not None
        assert api.get("/api/staff/catalog/rule?in_force=true").json()["results"] == []
        assert AuditEntry.objects.filter(subject=f"catalog_rule:{rule['id']}").count() == 2

    @pytest.mark.parametrize("wrong", [{"effect": "hide"}, {"reason": ""}, {"brand_id": 10**9}, {"country": "GERM"}])
    def test_that_cannot_be_are_refused(self, api: APIClient, wrong: dict[str, Any]) -> None:
        body = {"effect": "deny", "reason": "Some"} | wrong

        assert_problem(api.post("/api/staff/catalog/rule", body), 400, "invalid_request")
        assert not CatalogRule.objects.exists()

    def test_that_do_not_exist_are_not_found(self, api: APIClient) -> None:
        assert_problem(api.patch("/api/staff/catalog/rule/0", {"reason": "None"}), 404, "not_found")


class TestAPrice:
    def test_is_explained(self, api: APIClient, buyer: Any) -> None:
        told = api.get(f"/api/staff/price?partner={buyer.partner.pk}&product={buyer.product.pk}&face_value=10").json()

        assert (told["unit_price"], told["margin_amount"], told["margin_percent"]) == ("10.00", "0.5", "5")
        assert told["parts"]["cost"] == "9.5000"
        assert told["refusal"] is None
        assert [rule["wins"] for rule in told["rules"]] == [True]

    def test_that_is_refused_says_how(self, api: APIClient, buyer: Any) -> None:
        told = api.get(
            f"/api/staff/price?partner={buyer.partner.pk}&product={buyer.product.pk}&face_value=1&currency=usd"
        ).json()

        assert (told["unit_price"], told["refusal"]) == (None, "face_value_out_of_range")

    def test_needs_to_know_whose_and_of_what(self, api: APIClient) -> None:
        assert_problem(api.get("/api/staff/price?partner=1"), 400, "invalid_request")
