"""Each key and each person has a window of requests of its own, and every answer shows how it stands."""

import re

import pytest
from django.core.cache import cache

from partners.authentication.tokens import new_tokens
from steller.configuration import Limit
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for

pytestmark = pytest.mark.django_db
HOUR = 3600.0


@pytest.fixture
def narrow(settings):
    settings.API_RATE = Limit(3, HOUR)


class TestAKey:
    def test_may_send_so_many_requests_and_is_told_how_it_stands(self, buyer, narrow):
        answers = [buyer.api.get("/api/wallet") for _ in range(4)]

        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert {each.headers["RateLimit-Policy"] for each in answers} == {'"api";q=3;w=3600'}
        left = [re.fullmatch(r'"api";r=(\d+);t=\d+', each.headers["RateLimit"])[1] for each in answers]
        assert left == ["2", "1", "0", "0"]
        assert_problem(answers[-1], 429, "rate_limited")
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= HOUR

    def test_does_not_use_up_what_others_have(self, buyer, narrow):
        other = client_of(factories.make_key(partner=buyer.partner))
        for _ in range(4):
            buyer.api.get("/api/wallet")

        assert other.get("/api/wallet").status_code == 200

    def test_has_room_again_in_the_next_window(self, buyer, narrow, monkeypatch):
        for _ in range(4):
            buyer.api.get("/api/wallet")
        # Counts are kept by the window's number: a new window finds none.
        cache.clear()

        assert buyer.api.get("/api/wallet").status_code == 200

    def test_that_is_refused_placed_no_order(self, buyer, settings):
        settings.API_RATE = Limit(1, HOUR)
        buyer.api.get("/api/wallet")

        problem = assert_problem(buyer.api.post("/api/order", body_for(buyer.product)), 429, "rate_limited")

        assert (problem["money"], problem["retryable"]) == ("none", True)

    def test_is_not_counted_when_the_limit_is_off(self, buyer, settings):
        settings.API_RATE = None

        answer = buyer.api.get("/api/wallet")

        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers

    def test_is_let_in_when_the_cache_is_away(self, buyer, narrow, monkeypatch):
        monkeypatch.setattr(cache, "incr", lambda *_: 1 / 0)

        assert buyer.api.get("/api/wallet").status_code == 200


class TestAPerson:
    def test_is_counted_apart_from_keys(self, buyer, narrow):
        user = factories.UserFactory(partner=buyer.partner)
        person = client_of(token=new_tokens(user)["access"])
        for _ in range(4):
            buyer.api.get("/api/wallet")

        assert person.get("/api/wallet").status_code == 200

    def test_of_our_staff_is_counted_too(self, narrow):
        user = factories.UserFactory(partner=None, is_staff=True, is_superuser=True, role="admin")
        person = client_of(token=new_tokens(user)["access"])

        assert [person.get("/api/staff/role").status_code for _ in range(4)] == [200, 200, 200, 429]


class TestTheDoor:
    def test_takes_so_many_tries_from_one_address(self, settings):
        settings.LOGIN_RATE = Limit(2, HOUR)
        tries = [
            client_of().post("/api/auth/token", {"email": f"nobody{n}@example.com", "password": "x"}) for n in range(3)
        ]

        assert [each.status_code for each in tries] == [401, 401, 429]
        assert_problem(tries[-1], 429, "rate_limited")
        assert tries[0].headers["RateLimit-Policy"] == '"login";q=2;w=3600'
