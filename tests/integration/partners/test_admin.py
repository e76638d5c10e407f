"""The admin pages: every model has one, none shows a secret, and what must not change cannot be changed there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from orders.states import LineStatus
from partners.models import ApiKey, AuditEntry, Contact, Email, Partner, User
from tests import factories

pytestmark = pytest.mark.django_db

OWN_APPS = ("partners", "wallets", "catalog", "orders", "bamboo")
MODELS = [
    model for label in OWN_APPS for model in apps.get_app_config(label).get_models() if not model._meta.auto_created
]
READ_ONLY = [
    *("wallets.WalletEntry", "wallets.Hold", "orders.Card", "orders.Purchase", "orders.PurchaseAttempt"),
    *("orders.Order", "partners.Event", "partners.AuditEntry", "partners.ApiKey"),
]


@pytest.fixture
def boss(client):
    client.force_login(factories.UserFactory(partner=None, is_staff=True, is_superuser=True, role="admin"))
    return client


def address(model, page, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


class TestEveryModel:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
    def test_has_a_list_that_can_be_searched(self, boss, model):
        assert boss.get(address(model, "changelist")).status_code == 200
        if admin.site.get_model_admin(model).search_fields:
            assert boss.get(address(model, "changelist"), {"q": "1"}).status_code == 200

    @pytest.mark.parametrize("label", READ_ONLY)
    def test_that_must_not_change_cannot_be_changed(self, boss, rf, label):
        request = rf.get("/admin/")
        request.user = factories.UserFactory(partner=None, is_staff=True, is_superuser=True, role="admin")
        page = admin.site.get_model_admin(apps.get_model(label))

        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)


class TestSecrets:
    def test_of_a_card_are_not_shown(self, boss):
        line = factories.OrderItemFactory()
        card = factories.make_card(line, code="SECRET-CODE", pin="SECRET-PIN")

        page = boss.get(address(type(card), "change", card.pk)).content.decode()

        assert str(line.order.pk) in page or str(line) in page
        assert not [secret for secret in ("SECRET", card.code, card.pin, card.serial_number) if secret in page]

    def test_of_logged_in_users_have_no_page(self, boss):
        assert boss.get("/admin/token_blacklist/outstandingtoken/").status_code == 404

    def test_of_a_key_are_not_shown(self, boss):
        factories.make_key(partner=factories.PartnerFactory())
        key = ApiKey.objects.get()

        page = boss.get(address(ApiKey, "change", key.pk)).content.decode()

        assert key.prefix in page
        assert bytes(key.digest).hex() not in page
        assert "igest" not in page


class TestChanges:
    def test_go_to_the_audit_log_with_what_was_before(self, boss):
        partner = factories.PartnerFactory(weight=1)

        self.change(boss, partner, weight="3", reason="Grew")

        entry = AuditEntry.objects.get()
        assert (entry.action, entry.partner_id, entry.reason) == ("partner.change", partner.pk, "Grew")
        assert (entry.before, entry.after) == ({"weight": 1}, {"weight": 3})
        assert entry.actor.startswith("user:")

    def test_need_a_reason(self, boss):
        partner = factories.PartnerFactory(weight=1)

        self.change(boss, partner, weight="3", reason="")

        partner.refresh_from_db()
        assert partner.weight == 1

    @staticmethod
    def change(browser, partner, **fields):
        kept = {"name": partner.name, "email": partner.email, "weight": partner.weight}
        form = {"contacts-TOTAL_FORMS": "0", "contacts-INITIAL_FORMS": "0"}
        browser.post(address(Partner, "change", partner.pk), {**kept, **form, **fields})

    def test_of_partners_open_none(self, boss):
        assert boss.get("/admin/partners/partner/add/").status_code == 403

    def test_suspend_a_partner_with_its_waiting_lines_and_resume_it(self, boss):
        line = factories.OrderItemFactory()

        self.act(boss, line.partner, "suspend", reason="Unpaid invoices")

        line.refresh_from_db()
        assert (line.partner.is_suspended, line.status) == (True, LineStatus.ON_HOLD)
        self.act(boss, line.partner, "resume", reason="")
        line.refresh_from_db()
        assert (Partner.objects.get().is_suspended, line.status) == (False, LineStatus.WAITING)
        log = AuditEntry.objects.order_by("pk").values_list("action", "reason")
        assert list(log) == [("partner.suspend", "Unpaid invoices"), ("partner.resume", "")]

    def test_suspend_nobody_without_a_reason(self, boss):
        partner = factories.PartnerFactory()

        page = self.act(boss, partner, "suspend", reason="")

        assert "Give a reason" in page.content.decode()
        assert not Partner.objects.get().is_suspended

    def test_suspend_nobody_by_whoever_may_change_partners_only(self, client):
        user = factories.UserFactory(partner=None, is_staff=True, role="catalog")
        user.user_permissions.add(Permission.objects.get(codename="change_partner"))
        client.force_login(user)

        self.act(client, factories.PartnerFactory(), "suspend", reason="Because")

        assert not Partner.objects.get().is_suspended

    @staticmethod
    def act(browser, partner, action, **fields):
        form = {"action": action, "_selected_action": [partner.pk], **fields}
        return browser.post(address(Partner, "changelist"), form, follow=True)

    def test_of_contacts_name_who_made_them(self, boss):
        partner = factories.PartnerFactory()

        boss.post("/admin/partners/contact/add/", {"partner": partner.pk, "name": "Ann"})
        contact = Contact.objects.get()
        boss.post(address(Contact, "change", contact.pk), {"name": "Bea"})

        contact.refresh_from_db()
        assert contact.name == "Bea"
        assert contact.created_by.startswith("user:")
        assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["contact.create", "contact.change"]

    def test_revoke_a_key(self, boss):
        factories.make_key(partner=factories.PartnerFactory())
        chosen = {"action": "revoke", "_selected_action": [ApiKey.objects.get().pk], "reason": "Leaked"}

        boss.post(address(ApiKey, "changelist"), chosen)

        assert ApiKey.objects.get().revoked_at is not None
        assert AuditEntry.objects.get().reason == "Leaked"

    def test_of_people_invite_without_a_password(self, boss):
        boss.post("/admin/partners/user/add/", {"email": "new@b.test", "role": "support", "reason": "New colleague"})

        user = User.objects.get(email="new@b.test")
        assert (user.role, user.is_staff, user.has_usable_password()) == ("support", True, False)
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.after, entry.reason) == (
            "user.invite",
            {"email": "new@b.test", "role": "support"},
            "New colleague",
        )
        assert Email.objects.get().to == "new@b.test"

    def test_of_a_role_end_what_the_person_could_do(self, boss):
        user = factories.UserFactory(partner=None, is_staff=True, role="support")

        boss.post(address(User, "change", user.pk), {"name": "Ann", "role": "auditor", "reason": "Moved"})

        user = User.objects.get(pk=user.pk)
        assert (user.role, user.name, user.access_version) == ("auditor", "Ann", 1)

    def test_that_are_refused_are_explained(self, boss):
        owner = factories.UserFactory()

        page = boss.post(address(User, "change", owner.pk), {"role": "viewer"}, follow=True)

        assert "keeps at least one owner" in page.content.decode()
        assert User.objects.get(pk=owner.pk).role == "owner"

    @pytest.mark.parametrize("role", ["support", "auditor", "finance"])
    def test_of_our_staff_are_not_for_everybody(self, client, role):
        client.force_login(factories.UserFactory(partner=None, is_staff=True, role=role))
        admin_user = factories.UserFactory(partner=None, is_staff=True, is_superuser=True, role="admin")

        client.post(address(User, "change", admin_user.pk), {"name": "Mallory", "role": "admin"})
        client.post(address(User, "changelist"), {"action": "deactivate", "_selected_action": [admin_user.pk]})

        admin_user.refresh_from_db()
        assert (admin_user.name, admin_user.is_active) == ("", True)

    def test_of_a_wallet_touch_its_threshold_only(self, boss):
        wallet = factories.make_wallet(factories.PartnerFactory())

        boss.post(address(type(wallet), "change", wallet.pk), {"low_balance_threshold": "50", "available": "9999"})

        wallet.refresh_from_db()
        assert (wallet.low_balance_threshold, wallet.available) == (50, 1000)
