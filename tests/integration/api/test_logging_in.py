"""Tokens for people: logging in, the next pair, logging out."""

import pytest
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from partners.models import User
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def user(db):
    return factories.UserFactory(email="Ann@Example.test")


def log_in(email, password=PASSWORD):
    return client_of().post("/api/auth/token", {"email": email, "password": password})


def refresh(token):
    return client_of().post("/api/auth/refresh", {"refresh": token})


class TestLoggingIn:
    def test_gives_a_pair_that_names_the_partner(self, user):
        answer = log_in("ann@example.TEST")

        assert answer.status_code == 200
        assert answer.json().keys() == {"access", "refresh"}
        assert answer.headers["Cache-Control"] == "no-store"
        claims = AccessToken(answer.json()["access"]).payload
        assert claims["partner"] == user.partner_id
        assert (claims["iss"], claims["aud"]) == ("steller", "steller-api")

    def test_lets_the_user_in_with_two_queries(self, user, django_assert_num_queries):
        api = client_of(token=log_in(user.email).json()["access"])

        with django_assert_num_queries(2):
            me = api.get("/api/partner/me").json()

        assert (me["id"], me["actor"]) == (user.partner_id, f"user:{user.pk}")

    @pytest.mark.parametrize(("email", "password"), [("ann@example.test", "wrong"), ("nobody@example.test", PASSWORD)])
    def test_is_refused_with_one_answer_for_both_mistakes(self, user, email, password):
        answer = log_in(email, password)

        problem = assert_problem(answer, 401, "authentication_failed")
        assert problem["detail"] == "The e-mail or the password is wrong."

    @pytest.mark.parametrize("changes", [{"is_active": False}, {"deleted_at": timezone.now()}])
    def test_is_refused_to_users_that_were_ended(self, user, changes):
        User.objects.update(**changes)

        assert_problem(log_in(user.email), 401, "authentication_failed")

    def test_is_refused_to_users_of_a_deleted_partner(self, user):
        user.partner.deleted_at = timezone.now()
        user.partner.save()

        assert_problem(log_in(user.email), 401, "authentication_failed")

    def test_names_what_is_missing(self, db):
        answer = client_of().post("/api/auth/token", {"email": "x"})

        assert assert_problem(answer, 400, "invalid_request")["errors"].keys() == {"password"}

    def test_is_slowed_down_after_many_tries(self, user):
        for _ in range(20):
            log_in(user.email, "wrong")

        answer = log_in(user.email)

        assert_problem(answer, 429, "rate_limited")
        assert int(answer.headers["Retry-After"]) > 0
        assert log_in("nobody@example.test").status_code == 401

    def test_of_staff_opens_no_partners_data(self, db):
        boss = factories.UserFactory(partner=None, is_staff=True, role="admin")
        tokens = log_in(boss.email).json()

        assert "partner" not in AccessToken(tokens["access"]).payload
        assert_problem(client_of(token=tokens["access"]).get("/api/order"), 403, "permission_denied")


class TestATokenInUse:
    def test_stops_with_its_user(self, user):
        api = client_of(token=log_in(user.email).json()["access"])
        User.objects.update(is_active=False)

        assert_problem(api.get("/api/partner/me"), 401, "authentication_failed")

    def test_stops_when_its_user_moves_to_another_partner(self, user):
        api = client_of(token=log_in(user.email).json()["access"])
        User.objects.update(partner=factories.PartnerFactory())

        assert_problem(api.get("/api/partner/me"), 401, "authentication_failed")

    @pytest.mark.parametrize("token", ["x", "a.b.c", ""])
    def test_is_refused_when_it_was_made_up(self, db, token):
        answer = client_of().get("/api/partner/me", headers={"Authorization": f"Bearer {token}"})

        assert_problem(answer, 401, "authentication_failed")

    def test_is_refused_when_it_is_a_refresh_token(self, user):
        api = client_of(token=log_in(user.email).json()["refresh"])

        assert_problem(api.get("/api/partner/me"), 401, "authentication_failed")


class TestRefreshing:
    def test_gives_another_pair_of_the_same_partner(self, user):
        answer = refresh(log_in(user.email).json()["refresh"])

        assert answer.status_code == 200
        assert AccessToken(answer.json()["access"]).payload["partner"] == user.partner_id
        assert refresh(answer.json()["refresh"]).status_code == 200

    def test_uses_a_token_up(self, user):
        used = log_in(user.email).json()["refresh"]
        refresh(used)

        assert_problem(refresh(used), 401, "authentication_failed")

    def test_ends_with_logging_out(self, user):
        token = log_in(user.email).json()["refresh"]

        assert client_of().post("/api/auth/logout", {"refresh": token}).status_code == 204
        assert_problem(refresh(token), 401, "authentication_failed")

    def test_ends_with_the_user(self, user):
        token = log_in(user.email).json()["refresh"]
        User.objects.update(deleted_at=timezone.now())

        assert_problem(refresh(token), 401, "authentication_failed")

    def test_is_refused_with_a_token_that_was_made_up(self, db):
        assert_problem(refresh("nonsense"), 401, "authentication_failed")
