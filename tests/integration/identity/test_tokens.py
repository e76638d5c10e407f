"""Tokens that were forged, altered, or made before their user changed."""

import base64
import json
from datetime import UTC, datetime

import jwt
import pytest
from django.conf import settings
from django_subatomic.db import transaction
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from partners import services as partners
from partners.authentication.tokens import new_tokens
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import staff_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return factories.UserFactory(role="viewer")


def claims_of(user, kind="access"):
    return jwt.decode(new_tokens(user)[kind], settings.JWT_SIGNING_KEY, algorithms=["HS256"], audience="steller-api")


def signed(claims, *, key=None, algorithm="HS256"):
    return jwt.encode(claims, key or settings.JWT_SIGNING_KEY, algorithm=algorithm)


def unsigned(claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def assert_refused(token, path="/api/partner/me"):
    assert_problem(client_of(token=token).get(path), 401, "authentication_failed")


class TestAnAccessToken:
    def test_that_is_repeated_as_it_was_is_taken(self, user):
        assert client_of(token=signed(claims_of(user))).get("/api/partner/me").status_code == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "somebody"},
            {"aud": "another-api"},
            {"exp": datetime(2026, 1, 1, tzinfo=UTC)},
            {"token_type": "refresh"},
            {"user_id": "0"},
            {"user_id": "x"},
            {"user_id": ["1"]},
            {"partner": 0},
            {"partner": None},
            {"staff": True},
            {"stamp": "0" * 32},
        ],
        ids=str,
    )
    def test_with_another_claim_is_refused(self, user, changes):
        assert_refused(signed({**claims_of(user), **changes}))

    @pytest.mark.parametrize("claim", ["iss", "aud", "exp", "jti", "token_type", "user_id", "partner", "stamp"])
    def test_without_a_claim_is_refused(self, user, claim):
        claims = claims_of(user)
        del claims[claim]

        assert_refused(signed(claims))

    def test_of_another_partner_is_refused(self, user):
        other = factories.UserFactory()

        assert_refused(signed({**claims_of(user), "partner": other.partner_id}))
        assert_refused(signed({**claims_of(user), "user_id": str(other.pk)}))

    def test_without_a_signature_is_refused(self, user):
        assert_refused(unsigned(claims_of(user)))

    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    def test_signed_by_another_algorithm_is_refused(self, user, algorithm):
        assert_refused(signed(claims_of(user), algorithm=algorithm))

    def test_signed_by_another_key_is_refused(self, user):
        assert_refused(signed(claims_of(user), key=settings.SECRET_KEY))

    def test_whose_body_was_altered_is_refused(self, user):
        head, _, signature = new_tokens(user)["access"].split(".")
        body = base64.urlsafe_b64encode(json.dumps({**claims_of(user), "user_id": "1"}).encode()).rstrip(b"=")

        assert_refused(f"{head}.{body.decode()}.{signature}")

    def test_lives_for_minutes(self, user):
        claims = claims_of(user)

        assert claims["exp"] - claims["iat"] == 300

    def test_of_staff_says_so_and_opens_nothing_of_partners(self):
        claims = claims_of(staff_user("support"))

        assert claims["staff"] is True
        assert "partner" not in claims
        assert client_of(token=signed(claims)).get("/api/staff/role").status_code == 200
        assert_problem(client_of(token=signed(claims)).get("/api/order"), 403, "permission_denied")
        assert_refused(signed({**claims, "staff": False}), "/api/staff/role")
        assert_refused(signed({**claims, "partner": 1}), "/api/staff/role")


class TestATokensEnd:
    def change_password(self, user):
        partners.change_password(user_id=user.pk, password="another long one 1")

    @transaction
    def change_role(self, user):
        partners.change_role(user_id=user.pk, role="buyer", actor="user:1")

    @transaction
    def deactivate_and_back(self, user):
        partners.deactivate_user(user_id=user.pk, actor="user:1")
        partners.reactivate_user(user_id=user.pk, actor="user:1")

    @transaction
    def remove(self, user):
        partners.remove_user(user_id=user.pk, actor="user:1")

    @pytest.mark.parametrize("change", ["change_password", "change_role", "deactivate_and_back", "remove"])
    def test_comes_with_a_change_of_its_user(self, user, change):
        tokens = new_tokens(user)

        getattr(self, change)(user)

        assert_refused(tokens["access"])
        refreshed = client_of().post("/api/auth/refresh", {"refresh": tokens["refresh"]})
        assert_problem(refreshed, 401, "authentication_failed")

    def test_comes_to_sessions_alike(self, user, client):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/orders").status_code == 200

        self.change_role(user)

        assert client.get("/orders").status_code == 302

    def test_leaves_nothing_in_the_table_that_opens_a_door(self, user):
        tokens = new_tokens(user)
        client_of().post("/api/auth/refresh", {"refresh": tokens["refresh"]})

        assert set(OutstandingToken.objects.values_list("token", flat=True)) == {""}
