"""The catalog's admin pages: rules are opened and ended through the services; nothing else can be changed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Brand, CatalogRule, CommissionRule, Product, ProductPrice, RawPage, SyncRun
from catalog.services import runs
from partners.models import AuditEntry
from partners.services.roles import grant_roles
from tests import factories

pytestmark = pytest.mark.django_db


def login(client: Client, role: str) -> Client:
    grant_roles()
    client.force_login(factories.UserFactory.create(partner=None, is_staff=True, role=role))
    return client


@pytest.fixture
def staff(client: Client) -> Client:
    return login(client, "catalog")


def address(model: Any, page: str, *arguments: Any) -> str:
    return reverse(f"admin:catalog_{model._meta.model_name}_{page}", args=arguments)


def act(client: Client, model: Any, action: str, *rows: Any) -> Any:
    return client.post(
        address(model, "changelist"), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True
    )


COMMISSION = {"kind": "percent", "basis": "extra", "value": "2", "reason": "Contract", "currency": "eur"}


class TestCommissionRules:
    def test_are_opened_by_the_service(self, staff: Client) -> None:
        partner = factories.PartnerFactory.create()

        answer = staff.post(address(CommissionRule, "add"), COMMISSION | {"partner": partner.pk})

        assert answer.status_code == 302, answer.content.decode()
        rule = CommissionRule.objects.get()
        assert (rule.partner, rule.currency) == (partner, "EUR")
        entry = AuditEntry.objects.get(subject=f"commission:{rule.pk}")
        assert (entry.action, entry.reason, entry.actor) == ("commission.open", "Contract", rule.created_by)

    def test_that_the_service_refuses_come_back_with_the_reason(self, staff: Client) -> None:
        past = {"starts_at_0": "2020-01-01", "starts_at_1": "00:00:00"}

        answer = staff.post(address(CommissionRule, "add"), COMMISSION | past, follow=True)

        assert "cannot start in the past" in answer.content.decode()
        assert not CommissionRule.objects.exists()

    def test_are_ended_by_an_action_and_never_changed(self, staff: Client) -> None:
        rule = factories.CommissionRuleFactory.create(value=5)

        staff.post(address(CommissionRule, "change", rule.pk), COMMISSION)
        act(staff, CommissionRule, "end", rule)

        rule.refresh_from_db()
        assert (rule.value, rule.ends_at is not None) == (5, True)
        assert AuditEntry.objects.get(subject=f"commission:{rule.pk}").action == "commission.end"
        assert "ended already" in act(staff, CommissionRule, "end", rule).content.decode()


class TestCatalogRules:
    def test_are_set_and_ended(self, staff: Client) -> None:
        brand = factories.BrandFactory.create()

        staff.post(address(CatalogRule, "add"), {"effect": "deny", "brand": brand.pk, "reason": "Recall"})
        rule = CatalogRule.objects.get()
        act(staff, CatalogRule, "end", rule)

        rule.refresh_from_db()
        assert (rule.brand, rule.ended_at is not None) == (brand, True)
        assert AuditEntry.objects.filter(subject=f"catalog_rule:{rule.pk}").count() == 2


class TestSynchronisations:
    @pytest.fixture(autouse=True)
    def _broker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("celery_app.app.send_task", lambda *_args, **_options: None)

    def test_are_asked_for(self, staff: Client) -> None:
        staff.post(address(SyncRun, "add"), {"reason": "New brands"})
        run = SyncRun.objects.get()
        act(staff, SyncRun, "ask", run)

        assert (run.trigger, run.status, run.reason) == ("admin", "queued", "New brands")
        assert SyncRun.objects.count() == 1

    def test_show_what_the_supplier_answered(self, staff: Client) -> None:
        run = SyncRun.objects.create(trigger="beat", actor="system:beat", status="succeeded")
        runs.keep(b'{"items": []}', run=run, kind="catalog")

        page = staff.get(address(RawPage, "change", RawPage.objects.get().pk)).content.decode()

        assert "items" in page


class TestThoseWhoMayOnlyLook:
    @pytest.mark.parametrize("model", [CommissionRule, CatalogRule, SyncRun])
    def test_can_neither_add_nor_end(self, client: Client, model: Any) -> None:
        auditor = login(client, "auditor")

        assert auditor.get(address(model, "changelist")).status_code == 200
        assert auditor.post(address(model, "add"), COMMISSION).status_code == 403

    @pytest.mark.parametrize("model", [Brand, Product, ProductPrice])
    def test_includes_everybody_where_the_supplier_is_the_source(self, staff: Client, model: Any) -> None:
        factories.ProductFactory.create()
        row = model.objects.get()

        assert staff.get(address(model, "change", row.pk)).status_code == 200
        assert staff.post(address(model, "change", row.pk), {"name": "Mine"}).status_code == 403
