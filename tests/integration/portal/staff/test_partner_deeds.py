"""Everything about one partner, changed on its pages: by who may, written down, and nothing by half."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from orders.models import Order
from partners.models import ApiKey, AuditEntry, Contact, Partner, User
from partners.queries import key_digest
from steller.portal import services as portal
from tests.integration.portal.staff.colleagues import log_in
from wallets.models import Wallet

WHY = {"reason": "Agreed by phone"}


def open_partner(name="Aurora", fund="0"):
    return portal.open_partner(
        name=name, email=f"{name}@example.test", currency="USD", fund=Decimal(fund), actor="system:test"
    ).partner_id


@pytest.fixture
def partner(db):
    return open_partner()


@pytest.fixture
def boss(db):
    return log_in("admin")


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def shown_key(response):
    """Read the key that a page shows once."""
    assert "no-store" in response.headers["Cache-Control"]
    return response.content.decode().split('id="key">')[1].split("<")[0]


def is_stored(raw, settings):
    return ApiKey.objects.filter(digest=key_digest(raw, secret=settings.SECRET_KEY)).exists()


class TestContacts:
    FORM = {"name": "Ada Marsh", "position": "Accounts", "email": "ada@example.test", "phone": "+44 20 7946 0000"}

    def test_are_added_changed_and_forgotten(self, partner):
        client, path = log_in("support"), f"/staff/partners/{partner}/contacts"
        client.post(f"{path}/new", self.FORM)
        contact = Contact.objects.get(partner=partner)
        assert (contact.name, contact.position) == ("Ada Marsh", "Accounts")
        text = client.get(path).content.decode()
        assert "ada@example.test" in text
        client.post(f"{path}/{contact.pk}/change", {**self.FORM, "phone": ""})
        contact.refresh_from_db()
        assert (contact.phone, contact.email) == ("", "ada@example.test")
        client.post(f"{path}/{contact.pk}/remove")
        assert not Contact.objects.exists()
        made = AuditEntry.objects.filter(subject=f"contact:{contact.pk}").order_by("pk")
        assert [entry.action for entry in made] == ["contact.create", "contact.change", "contact.remove"]
        assert {entry.partner_id for entry in made} == {partner}

    def test_that_are_wrong_change_nothing(self, partner):
        client, path = log_in("support"), f"/staff/partners/{partner}/contacts"
        wrong = client.post(f"{path}/new", {**self.FORM, "email": "ada"})
        assert wrong.status_code == 422
        assert 'value="Ada Marsh"' in wrong.content.decode()
        client.post(f"{path}/new", self.FORM)
        contact = Contact.objects.get()
        assert "Name" in said(client.post(f"{path}/{contact.pk}/change", {**self.FORM, "name": ""}))
        contact.refresh_from_db()
        assert contact.name == "Ada Marsh"

    def test_of_another_partner_are_not_found(self, partner):
        client = log_in("support")
        client.post(f"/staff/partners/{partner}/contacts/new", self.FORM)
        contact, other = Contact.objects.get(), open_partner("Borealis")
        for deed in ("change", "remove"):
            path = f"/staff/partners/{other}/contacts/{contact.pk}/{deed}"
            assert client.post(path, self.FORM).status_code == 404
        assert client.post("/staff/partners/999999/contacts/new", self.FORM).status_code == 404
        assert Contact.objects.get().name == "Ada Marsh"

    @pytest.mark.parametrize("role", ["finance", "catalog", "auditor"])
    def test_are_not_for_everybody_to_change(self, partner, role):
        client, path = log_in(role), f"/staff/partners/{partner}/contacts"
        assert client.post(f"{path}/new", self.FORM).status_code == 403
        assert client.get(path).status_code == (403 if role == "catalog" else 200)
        assert not Contact.objects.exists()


class TestKeys:
    FORM = {"name": "Till software", "mode": "live", **WHY}

    def test_are_made_with_limits_and_shown_once(self, boss, partner, settings):
        path = f"/staff/partners/{partner}/keys"
        limits = {
            "scopes": ["order.read"],
            "allowed_networks": "203.0.113.0/24\n198.51.100.7",
            "expires_at": "2099-12-31",
        }
        raw = shown_key(boss.post(f"{path}/new", {**self.FORM, **limits}))
        key = ApiKey.objects.get(partner=partner)
        assert is_stored(raw, settings)
        assert (key.name, key.mode, key.scopes) == ("Till software", "live", ["order.read"])
        assert (key.allowed_networks, key.expires_at.year) == (["203.0.113.0/24", "198.51.100.7/32"], 2099)
        assert raw not in boss.get(path).content.decode()
        entry = AuditEntry.objects.get(action="key.create")
        assert (entry.partner_id, entry.reason) == (partner, WHY["reason"])

    def test_for_tests_come_with_play_money(self, boss, partner):
        assert shown_key(boss.post(f"/staff/partners/{partner}/keys/new", {**self.FORM, "mode": "test"}))
        assert Wallet.objects.get(partner=partner, mode="test").available == 10_000

    def test_that_are_wrong_are_refused_in_the_form(self, boss, partner):
        path = f"/staff/partners/{partner}/keys/new"
        for wrong in (
            {"reason": ""},
            {"name": ""},
            {"mode": "free"},
            {"scopes": ["everything"]},
            {"expires_at": "2001-01-01"},
            {"allowed_networks": "not a network"},
        ):
            answer = boss.post(path, {**self.FORM, **wrong})
            assert answer.status_code == 422, wrong
            assert b"field-errors" in answer.content, wrong
        assert not ApiKey.objects.exists()

    def test_are_rotated_with_an_overlap(self, boss, partner, settings):
        path = f"/staff/partners/{partner}/keys"
        boss.post(f"{path}/new", self.FORM)
        old = ApiKey.objects.get()
        raw = shown_key(boss.post(f"{path}/{old.pk}/rotate", {**WHY, "overlap": "3600"}))
        old.refresh_from_db()
        assert is_stored(raw, settings)
        assert 3500 < (old.expires_at - timezone.now()).total_seconds() <= 3600
        assert AuditEntry.objects.get(action="key.rotate").reason == WHY["reason"]

    def test_are_not_rotated_without_reason_or_overlap_or_when_revoked(self, boss, partner):
        path = f"/staff/partners/{partner}/keys"
        boss.post(f"{path}/new", self.FORM)
        key = ApiKey.objects.get()
        assert "Give a reason" in said(boss.post(f"{path}/{key.pk}/rotate", {"overlap": "3600"}))
        assert "how long" in said(boss.post(f"{path}/{key.pk}/rotate", {**WHY, "overlap": "1"}))
        boss.post(f"{path}/{key.pk}/revoke", WHY)
        assert "revoked key" in said(boss.post(f"{path}/{key.pk}/rotate", {**WHY, "overlap": "3600"}))
        assert ApiKey.objects.count() == 1

    def test_of_another_partner_are_not_found(self, boss, partner):
        boss.post(f"/staff/partners/{partner}/keys/new", self.FORM)
        path = f"/staff/partners/{open_partner('Borealis')}/keys/{ApiKey.objects.get().pk}"
        assert boss.post(f"{path}/rotate", {**WHY, "overlap": "0"}).status_code == 404
        assert boss.post(f"{path}/revoke", WHY).status_code == 404

    def test_say_when_they_have_ended(self, boss, partner):
        boss.post(f"/staff/partners/{partner}/keys/new", self.FORM)
        ApiKey.objects.update(expires_at=timezone.now())
        assert "Expired" in boss.get(f"/staff/partners/{partner}/keys").content.decode()

    def test_are_made_by_who_may_and_revoked_by_support(self, boss, partner):
        path, support = f"/staff/partners/{partner}/keys", log_in("support")
        assert support.post(f"{path}/new", self.FORM).status_code == 403
        assert "New key" not in support.get(path).content.decode()
        boss.post(f"{path}/new", self.FORM)
        key = ApiKey.objects.get()
        assert support.post(f"{path}/{key.pk}/rotate", {**WHY, "overlap": "0"}).status_code == 403
        support.post(f"{path}/{key.pk}/revoke", WHY)
        assert ApiKey.objects.get().revoked_at is not None


class TestThePartnerItself:
    def test_has_its_logo_changed(self, boss, partner):
        row = Partner.objects.get(pk=partner)
        form = {"name": row.name, "email": row.email, "weight": "1", **WHY}
        boss.post(f"/staff/partners/{partner}/change", {**form, "logo_url": "https://cdn.example.com/a.png"})
        assert Partner.objects.get(pk=partner).logo_url == "https://cdn.example.com/a.png"
        assert "https://cdn.example.com/a.png" in boss.get(f"/staff/partners/{partner}").content.decode()
        assert "logo" in said(boss.post(f"/staff/partners/{partner}/change", {**form, "logo_url": "javascript:x"}))
        assert Partner.objects.get(pk=partner).logo_url == "https://cdn.example.com/a.png"

    def test_gets_wallets_of_other_kinds(self, boss, partner):
        form = {"currency": "gbp", "type": "promotional", "mode": "test"}
        boss.post(f"/staff/partners/{partner}/open-wallet", form)
        assert Wallet.objects.get(partner=partner, currency="GBP").type == "promotional"
        assert "Kind" in said(boss.post(f"/staff/partners/{partner}/open-wallet", {**form, "type": "credit"}))
        assert Wallet.objects.filter(partner=partner).count() == 2

    def test_is_removed_for_good(self, boss, partner):
        boss.post(f"/staff/partners/{partner}/keys/new", TestKeys.FORM)
        answer = boss.post(f"/staff/partners/{partner}/remove", WHY)
        assert answer.url == "/staff/partners"
        assert Partner.objects.get(pk=partner).deleted_at is not None
        assert ApiKey.objects.get().revoked_at is not None
        assert AuditEntry.objects.get(action="partner.remove").reason == WHY["reason"]
        assert boss.get(f"/staff/partners/{partner}").status_code == 404

    def test_is_not_removed_with_money_left_or_without_a_reason(self, boss, partner):
        rich = open_partner("Borealis", fund="10")
        answer = boss.post(f"/staff/partners/{rich}/remove", WHY)
        assert (answer.url, "money left" in said(answer)) == (f"/staff/partners/{rich}", True)
        assert "Give a reason" in said(boss.post(f"/staff/partners/{partner}/remove"))
        assert not Partner.objects.exclude(deleted_at=None).exists()

    @pytest.mark.parametrize("role", ["finance", "support", "catalog", "auditor"])
    def test_is_not_removed_by_anybody_else(self, partner, role):
        client = log_in(role)
        assert client.post(f"/staff/partners/{partner}/remove", WHY).status_code == 403
        assert "Remove this partner" not in client.get(f"/staff/partners/{partner}").content.decode()
        assert Partner.objects.get(pk=partner).deleted_at is None


class TestOpening:
    FORM = {"name": "Halcyon", "email": "h@halcyon.test", "currency": "eur", "weight": "1", **WHY}

    def test_makes_owner_wallet_and_key_at_once(self, boss, settings):
        form = {
            **self.FORM,
            "owner_email": "owner@halcyon.test",
            "key": "live",
            "logo_url": "https://cdn.example.com/a",
        }
        raw = shown_key(boss.post("/staff/partners/new", form))
        partner = Partner.objects.get(name="Halcyon")
        assert is_stored(raw, settings)
        assert (ApiKey.objects.get(partner=partner).mode, partner.logo_url) == ("live", "https://cdn.example.com/a")
        assert User.objects.get(partner=partner).role == "owner"
        assert list(partner.wallets.values_list("currency", "mode")) == [("EUR", "live")]
        reasons = AuditEntry.objects.filter(action__in=["partner.create", "key.create"]).values_list(
            "reason", flat=True
        )
        assert set(reasons) == {WHY["reason"]}

    def test_gives_a_test_key_test_wallets(self, boss):
        shown_key(boss.post("/staff/partners/new", {**self.FORM, "key": "test"}))
        partner = Partner.objects.get(name="Halcyon")
        wallets = dict(partner.wallets.values_list("mode", "available"))
        assert wallets == {"live": 0, "test": 10_000}

    def test_stores_nothing_when_something_is_wrong(self, boss):
        before = Partner.objects.count()
        for wrong in (
            {"currency": "XXQ"},
            {"owner_email": "x"},
            {"key": "free"},
            {"logo_url": "ftp:"},
            {"weight": "0"},
        ):
            assert boss.post("/staff/partners/new", {**self.FORM, **wrong}).status_code == 422, wrong
        taken = User.objects.get(is_superuser=True).email
        assert boss.post("/staff/partners/new", {**self.FORM, "owner_email": taken}).status_code == 422
        assert (Partner.objects.count(), ApiKey.objects.count(), Order.objects.count()) == (before, 0, 0)
