"""Passwords: asked for by mail, set by an invitation, changed by their owner; nothing tells who has an account."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import AuditEntry, Email, User
from partners.services.links import Door, token_for
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import PASSWORD, client_for, content_of, token_in

pytestmark = pytest.mark.django_db
ASK, SET, ACCEPT = "/api/auth/password-reset", "/api/auth/password-reset/confirm", "/api/auth/invitation"
NEW = "a new long password 1"


@pytest.fixture
def user():
    return factories.UserFactory(email="ann@example.test")


def ask(email):
    return client_of().post(ASK, {"email": email})


def set_password(token, password=NEW, path=SET, **more):
    return client_of().post(path, {"token": token, "password": password, **more})


def log_in(email, password=PASSWORD):
    return client_of().post("/api/auth/token", {"email": email, "password": password})


def statements(run):
    """Return what was asked of the database, without the values."""
    with CaptureQueriesContext(connection) as captured:
        run()
    return [re.sub(r"'[^']*'|\d+|NULL", "?", query["sql"]) for query in captured]


class TestAReset:
    def test_sends_a_link_that_sets_a_password_once(self, user):
        tokens = log_in(user.email).json()
        assert ask("ANN@example.test").status_code == 202
        email = Email.objects.get()
        token = token_in(email)

        assert (email.to, email.kind, email.status) == ("ann@example.test", "password_reset", "queued")
        assert set_password(token).status_code == 204
        assert log_in(user.email, NEW).status_code == 200
        assert log_in(user.email).status_code == 401
        assert_problem(client_of(token=tokens["access"]).get("/api/partner/me"), 401, "authentication_failed")
        assert_problem(set_password(token, "another one 22"), 400, "link_invalid")
        assert AuditEntry.objects.get().action == "user.reset_password"
        assert Email.objects.get(kind="password_changed").to == user.email

    def test_ends_other_links_of_the_same_person(self, user):
        ask(user.email), ask(user.email)
        first, second = (token_in(email) for email in Email.objects.all())

        assert set_password(second).status_code == 204
        assert_problem(set_password(first), 400, "link_invalid")

    def test_is_refused_with_a_weak_password_and_the_link_goes_on(self, user):
        token = token_for(user, Door.PASSWORD_RESET)

        assert "password" in assert_problem(set_password(token, "12345678"), 400, "invalid_request")["errors"]
        assert set_password(token).status_code == 204

    def test_is_over_after_an_hour(self, user):
        with mock.patch("django.core.signing.time.time", return_value=timezone.now().timestamp() - 3601):
            token = token_for(user, Door.PASSWORD_RESET)

        assert_problem(set_password(token), 400, "link_invalid")

    @pytest.mark.parametrize("token", ["x", "a:b:c", "é", ":::"])
    def test_is_refused_with_a_made_up_link(self, db, token):
        assert_problem(set_password(token), 400, "link_invalid")

    def test_is_refused_to_who_was_kept_out_meanwhile(self, user):
        token = token_for(user, Door.PASSWORD_RESET)
        User.objects.update(is_active=False)

        assert_problem(set_password(token), 400, "link_invalid")


class TestAskingForAReset:
    @pytest.mark.parametrize("change", [{}, {"is_active": False}, {"deleted_at": timezone.now()}])
    def test_tells_nobody_who_has_an_account(self, user, change):
        known = ask(user.email)
        User.objects.update(**change)
        other = ask(user.email if change else "nobody@example.test")

        assert (known.status_code, known.content) == (other.status_code, other.content) == (202, b"")
        assert [email.status for email in Email.objects.order_by("created_at")] == ["queued", "failed"]

    def test_does_the_same_work_either_way(self, user):
        known = statements(lambda: ask(user.email))

        assert statements(lambda: ask("nobody@example.test")) == known
        sizes = [len(content_of(email)) for email in Email.objects.all()]
        assert abs(sizes[0] - sizes[1]) < 10

    def test_writes_to_nobody_who_has_no_account(self, db):
        ask("nobody@example.test")

        email = Email.objects.get()
        assert (email.status, email.error) == ("failed", "nobody has this address")
        assert_problem(set_password(token_in(email)), 400, "link_invalid")

    def test_is_slowed_down(self, user):
        answers = [ask(user.email).status_code for _ in range(21)]

        assert answers == [202] * 20 + [429]


class TestAnInvitation:
    @transaction
    def invite(self, **fields):
        partner = factories.PartnerFactory(name="Acme")
        return partners.invite_user(
            email="new@example.test", role="buyer", partner_id=partner.pk, actor="user:1", **fields
        )

    def test_lets_a_person_choose_the_first_password_once(self):
        user_id = self.invite()
        email = Email.objects.get()
        assert "Acme" in email.subject
        assert log_in("new@example.test", "").status_code == 400
        token = token_in(email)

        assert set_password(token, path=ACCEPT, name="Nora").status_code == 204

        assert User.objects.get(pk=user_id).name == "Nora"
        assert client_of(token=log_in("new@example.test", NEW).json()["access"]).get("/api/order").status_code == 200
        assert_problem(set_password(token, path=ACCEPT), 400, "link_invalid")
        actions = AuditEntry.objects.order_by("id").values_list("action", "actor")
        assert list(actions) == [("user.invite", "user:1"), ("user.accept", f"user:{user_id}")]

    def test_is_over_after_a_week(self):
        self.invite()
        moment = timezone.now() - timedelta(days=7, minutes=1)
        with mock.patch("django.core.signing.time.time", return_value=moment.timestamp()):
            token = token_for(User.objects.get(), Door.INVITATION)

        assert_problem(set_password(token, path=ACCEPT), 400, "link_invalid")

    def test_that_is_sent_again_ends_the_one_before(self):
        user_id = self.invite()
        first = token_in(Email.objects.get())

        partners.invite_again(user_id=user_id, actor="user:1")

        assert_problem(set_password(first, path=ACCEPT), 400, "link_invalid")
        assert set_password(token_in(Email.objects.first()), path=ACCEPT).status_code == 204


class TestChangingOnesOwn:
    def test_ends_every_token_but_the_pair_that_it_answers(self, user):
        api = client_for(user)

        pair = api.post("/api/auth/password", {"current_password": PASSWORD, "password": NEW})

        assert (pair.status_code, pair.headers["Cache-Control"]) == (200, "no-store")
        assert_problem(api.get("/api/partner/me"), 401, "authentication_failed")
        assert client_of(token=pair.json()["access"]).get("/api/partner/me").status_code == 200

    def test_takes_the_old_one(self, user):
        answer = client_for(user).post("/api/auth/password", {"current_password": "x", "password": NEW})

        assert_problem(answer, 401, "authentication_failed")
        assert log_in(user.email).status_code == 200

    def test_is_for_people_only(self, user):
        key = factories.make_key(partner=user.partner)

        answer = client_of(key).post("/api/auth/password", {"current_password": PASSWORD, "password": NEW})

        assert answer.status_code == 401


class TestThePages:
    def test_reset_a_password(self, user, client):
        page = client.post("/password-reset", {"email": user.email}, follow=True)
        assert "a link is on its way" in page.content.decode()
        assert client.post("/password-reset", {"email": "x"}).status_code == 200
        token = token_in(Email.objects.get())

        assert token in client.get("/password-reset/set", {"token": token}).content.decode()
        fields = {"token": token, "password": NEW, "again": NEW}
        assert "differ" in client.post("/password-reset/set", {**fields, "again": "x"}).content.decode()
        assert client.post("/password-reset/set", fields).url == "/login"
        assert "used before" in client.post("/password-reset/set", fields).content.decode()
        assert client.post("/login", {"username": user.email, "password": NEW}).url == "/"

    def test_tell_at_once_that_a_link_has_ended(self, user, client):
        client.post("/password-reset", {"email": user.email})
        token = token_in(Email.objects.get())
        client.post("/password-reset/set", {"token": token, "password": NEW, "again": NEW})

        for address in ("/password-reset/set", "/invitation"):
            for ended in (token, "made-up", ""):
                shown = client.get(address, {"token": ended}).content.decode()
                assert "This link has ended" in shown
                assert "<form" not in shown

    def test_accept_an_invitation(self, client):
        TestAnInvitation().invite()
        token = token_in(Email.objects.get())

        assert "Welcome" in client.get("/invitation", {"token": token}).content.decode()
        fields = {"token": token, "password": NEW, "again": NEW, "name": "Nora"}
        assert client.post("/invitation", fields).url == "/login"
        assert User.objects.get().name == "Nora"

    def test_change_ones_own_and_stay_logged_in(self, user, client):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        fields = {"current_password": PASSWORD, "password": NEW, "again": NEW}

        assert client.post("/account/password", {**fields, "current_password": "x"}).status_code == 200
        assert client.post("/account/password", fields).url == "/account"
        assert client.get("/").status_code == 200

    @pytest.mark.parametrize("path", ["/account/password", "/account/second-factor"])
    def test_of_ones_own_account_are_for_who_is_logged_in(self, db, client, path):
        assert client.get(path).url == f"/login?next={path}"
