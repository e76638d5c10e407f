"""People on pages: invited, given roles, kept out, removed; the rules are said in words. E-mails are chosen."""

import pytest
from django.test import Client

from partners.models import AuditEntry, Email, NotificationPreference, Partner, SecondFactor, User
from tests import factories
from tests.integration.identity.people import Phone, token_in
from tests.integration.portal.people import log_in


@pytest.fixture
def partner(shop):
    return shop.partner()


@pytest.fixture
def client(partner):
    return log_in(partner)


@pytest.fixture
def viewer(partner):
    return factories.UserFactory(partner=Partner.objects.get(pk=partner), role="viewer", email="vic@example.com")


def said(response):
    return [str(message) for message in response.context["messages"]]


class TestInviting:
    def test_mails_a_link_that_leads_in(self, client):
        client.post("/team/invite", {"email": "new@example.com", "name": "Nia", "role": "buyer"})
        assert b"Invited" in client.get("/team").content
        guest = Client()
        token = token_in(Email.objects.get(kind="invitation"))
        assert b"choose a password" in guest.get("/invitation", {"token": token}).content
        password = {"password": "a-long-enough-passphrase", "again": "a-long-enough-passphrase"}
        assert guest.post("/invitation", {"token": token, **password}).url == "/login"
        answer = guest.post("/login", {"username": "new@example.com", "password": "a-long-enough-passphrase"})
        assert answer.url == "/"
        assert User.objects.get(email="new@example.com").role == "buyer"

    def test_says_that_an_address_is_taken(self, client, viewer):
        answer = client.post("/team/invite", {"email": viewer.email, "role": "viewer"})
        assert answer.status_code == 422
        assert b"Another user has the e-mail address" in answer.content

    def test_can_be_done_again(self, client):
        client.post("/team/invite", {"email": "new@example.com", "role": "buyer"})
        member = User.objects.get(email="new@example.com")
        client.post(f"/team/{member.pk}/invite")
        assert Email.objects.filter(kind="invitation").count() == 2


class TestSomebodyOfTheTeam:
    def test_gets_another_role(self, client, viewer):
        client.post(f"/team/{viewer.pk}/role", {"role": "developer"})
        assert User.objects.get(pk=viewer.pk).role == "developer"

    def test_is_kept_out_and_let_in_again(self, client, viewer):
        guest = Client()
        guest.force_login(viewer)
        client.post(f"/team/{viewer.pk}/deactivate")
        assert guest.get("/").status_code == 302
        assert b"Kept out" in client.get(f"/team/{viewer.pk}").content
        client.post(f"/team/{viewer.pk}/reactivate")
        assert User.objects.get(pk=viewer.pk).is_active

    def test_is_removed(self, client, viewer):
        client.post(f"/team/{viewer.pk}/remove")
        assert client.get(f"/team/{viewer.pk}").status_code == 404
        assert b"vic@example.com" not in client.get("/team", follow=True).content.split(b'id="toasts"')[0]

    def test_is_helped_when_the_phone_is_lost(self, client, viewer):
        Phone(viewer)
        client.post(f"/team/{viewer.pk}/second-factor")
        assert not SecondFactor.objects.exists()

    def test_is_of_ones_own_partner(self, shop, viewer):
        other = log_in(shop.partner())
        assert other.get(f"/team/{viewer.pk}").status_code == 404
        assert other.post(f"/team/{viewer.pk}/remove").status_code == 404


class TestTheRules:
    def test_keep_people_from_changing_themselves(self, client, partner):
        own = User.objects.get(partner=partner)
        answer = client.post(f"/team/{own.pk}/role", {"role": "viewer"})
        assert b"Nobody changes their own access" in answer.content
        for deed in ("deactivate", "remove", "second-factor"):
            answer = client.post(f"/team/{own.pk}/{deed}", follow=True)
            assert said(answer) == ["Nobody changes their own access; ask somebody else."]
        assert User.objects.get(pk=own.pk).role == "owner"

    def test_show_an_owner_no_button_for_oneself(self, client, partner):
        page = client.get(f"/team/{User.objects.get(partner=partner).pk}").content
        assert b"/remove" not in page
        assert b"/role" not in page


class TestASecondFactorForAll:
    def test_is_required_and_logs_out_who_has_none(self, client, partner, viewer):
        client.post("/team/second-factor", {"required": "yes"})
        assert Partner.objects.get(pk=partner).second_factor_required
        assert client.get("/team").url.startswith("/login")

    def test_is_left_to_each_again(self, client, partner):
        Partner.objects.update(second_factor_required=True)
        page = client.post("/team/second-factor", {"required": "no"}, follow=True)
        assert b"Each decides." in page.content
        assert AuditEntry.objects.filter(action="partner.second_factor").exists()


class TestEmails:
    def test_are_chosen_and_given_addresses(self, client, partner):
        client.post(
            "/notifications",
            {"wallet_low-enabled": "on", "wallet_low-addresses": "cfo@example.com; ops@example.com"},
        )
        stored = {each.kind: (each.enabled, each.addresses) for each in NotificationPreference.objects.all()}
        assert stored["wallet_low"] == (True, ["cfo@example.com", "ops@example.com"])
        assert stored["order_result"] == (False, [])
        assert "api_order_result" not in stored, "what was off and stays off is no change"
        assert b"cfo@example.com, ops@example.com" in client.get("/notifications").content

    def test_do_not_go_to_what_is_no_address(self, client):
        answer = client.post("/notifications", {"wallet_low-addresses": "cfo@example.com, nobody"})
        assert answer.status_code == 422
        assert b"nobody is no e-mail address." in answer.content
        assert not NotificationPreference.objects.exists()
