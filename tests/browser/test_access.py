"""Keys, people and second factors from end to end; pages that are shown once are held against axe here."""

import re
import time
from urllib.parse import urlsplit

import pyotp
import pytest
from django.db.models import F
from playwright.sync_api import expect

from partners.models import ApiKey, Email, SecondFactor, User
from tests.browser.accessibility import faults
from tests.browser.conftest import PASSWORD
from tests.conftest import client_of
from tests.integration.identity.people import content_of


def log_in_with_a_code(visitor, phone):
    page = visitor.page
    # The next half minute: no code is taken twice.
    SecondFactor.objects.filter(user__email=visitor.email).update(last_step=F("last_step") - 1)
    page.get_by_label("E-mail address").fill(visitor.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/login/code")
    visitor.screenshot("login-code-light")
    assert faults(page) == []
    page.get_by_label(re.compile("^Code from your phone")).fill(phone.at(int(time.time())))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{visitor.address}/")


def balance(raw):
    return client_of(raw).get("/api/wallet").status_code


class TestAKey:
    def test_is_made_copied_used_rotated_and_revoked(self, visit):
        visitor = visit(role="developer").log_in()
        page = visitor.page
        page.get_by_role("link", name="API keys").click()
        page.get_by_label("Name").fill("Checkout")
        page.get_by_label("Read wallets and entries").check()
        page.get_by_role("button", name="Make the key").click()
        old = page.locator("#key").inner_text()
        visitor.screenshot("key-secret-light")
        assert faults(page) == []
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == old
        assert balance(old) == 200

        page.get_by_role("link", name="I have kept it").click()
        page.get_by_label("The old key goes on for").select_option(label="1 day")
        page.get_by_role("button", name="Make the new key").click()
        expect(page.get_by_text(f"{old[:15]}… works until")).to_be_visible()
        new = page.locator("#key").inner_text()
        assert (balance(old), balance(new)) == (200, 200)

        visitor.open(f"/keys/{ApiKey.objects.get(prefix=old[:15]).pk}")
        page.get_by_role("link", name="Revoke").click()
        page.get_by_role("dialog", name="Revoke this key?").get_by_role("button", name="Revoke the key").click()
        expect(page.get_by_text("The key Checkout is revoked.")).to_be_visible()
        assert (balance(old), balance(new)) == (401, 200)


class TestAnInvitation:
    def test_is_sent_accepted_and_leads_in(self, visit):
        visitor = visit().log_in()
        page = visitor.page
        email = f"nia-{visitor.partner}@team.example"
        page.get_by_role("link", name="Team", exact=True).click()
        page.get_by_text("Invite somebody").click()
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label(re.compile("Buyer:")).check()
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_text(f"An invitation is on its way to {email}.")).to_be_visible()

        visitor.log_out()
        [link] = re.findall(r"https?://\S+token=\S+", content_of(Email.objects.get(to=email)))
        visitor.open(f"{urlsplit(link).path}?{urlsplit(link).query}")
        visitor.screenshot("invitation-light")
        assert faults(page) == []
        page.get_by_label("Your name").fill("Nia Okoro")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_text("Your password is set. Please log in.")).to_be_visible()
        visitor.email = email
        visitor.log_in()
        assert User.objects.get(email=email).name == "Nia Okoro"
        expect(page.get_by_role("link", name="Team", exact=True)).to_have_count(0)


class TestASecondFactor:
    def test_is_set_up_and_asked_for(self, visit):
        visitor = visit(role="viewer").log_in()
        page = visitor.page
        page.get_by_role("link", name="My account").click()
        page.get_by_role("link", name="Set it up").click()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Set it up").click()
        visitor.screenshot("enrolment-light")
        assert faults(page) == []
        assert page.locator(".qr").evaluate("image => image.naturalWidth") > 100
        phone = pyotp.TOTP(page.locator("#enrolment").inner_text())
        page.get_by_label("Code from your phone").fill(phone.at(int(time.time())))
        page.get_by_role("button", name="Switch it on").click()
        expect(page.locator(".codes li")).to_have_count(10)
        visitor.screenshot("recovery-codes-light")
        assert faults(page) == []
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()

        log_in_with_a_code(visitor.log_out(), phone)


@pytest.mark.parametrize("path", ["/password-reset", "/password-reset/set"])
def test_pages_of_a_forgotten_password_have_no_fault(visit, path):
    visitor = visit()
    page = visitor.open(path)
    visitor.screenshot(f"{path.strip('/').replace('/', '-')}-light")
    assert faults(page) == []
