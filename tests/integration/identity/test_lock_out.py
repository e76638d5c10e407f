"""Guessing passwords and codes: counted for e-mail and address together, in the database, and forgotten in time."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F

from partners import services as partners
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.identity.people import PASSWORD, Phone, staff_client, wrong_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_tries(settings):
    settings.AXES_FAILURE_LIMIT = 3


@pytest.fixture
def user():
    return factories.UserFactory(email="ann@example.test")


def log_in(email="ann@example.test", password=PASSWORD, *, address=None, **more):
    headers = {"X-Forwarded-For": address} if address else {}
    return client_of().post("/api/auth/token", {"email": email, "password": password, **more}, headers=headers)


def lock(**how):
    return [log_in(password="wrong", **how) for _ in range(3)]


class TestGuessing:
    def test_locks_the_account_for_this_address(self, user):
        first, second, third = lock()

        assert first.status_code == second.status_code == 401
        problem = assert_problem(third, 429, "rate_limited")
        assert problem["retryable"] is True
        assert 880 <= int(third.headers["Retry-After"]) <= 900
        assert_problem(log_in(), 429, "rate_limited")
        assert_problem(log_in("ANN@example.test"), 429, "rate_limited")

    def test_locks_neither_others_nor_the_account_from_elsewhere(self, user, settings):
        settings.TRUSTED_PROXIES = ("127.0.0.1",)
        lock(address="203.0.113.7")

        assert log_in(address="203.0.113.7").status_code == 429
        assert log_in(address="198.51.100.1").status_code == 200
        assert log_in("bob@example.test", address="203.0.113.7").status_code == 401

    def test_cannot_hide_behind_a_made_up_address(self, user):
        for number in range(3):
            log_in(password="wrong", address=f"203.0.113.{number}")

        assert log_in(address="203.0.113.9").status_code == 429

    def test_locks_addresses_that_nobody_has_alike(self, db):
        assert [answer.status_code for answer in lock(email="nobody@example.test")] == [401, 401, 429]

    def test_is_forgotten_after_the_cool_off(self, user):
        lock()
        AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=16))

        assert log_in().status_code == 200

    def test_is_forgotten_when_it_ends_well(self, user):
        for _ in range(3):
            log_in(password="wrong")
            log_in(password="wrong")
            assert log_in().status_code == 200

    def test_is_forgiven_by_staff(self, user):
        lock()

        answer = staff_client("support").post(f"/api/staff/user/{user.pk}/unlock", {"reason": "Called us"})

        assert answer.status_code == 204
        assert log_in().status_code == 200

    def test_keeps_no_password_in_the_table(self, user, client):
        client.post("/login", {"username": user.email, "password": "a-wrong-password"})

        attempt = AccessAttempt.objects.get()
        assert "a-wrong-password" not in attempt.post_data
        assert attempt.ip_address == "127.0.0.1"


class TestGuessingCodes:
    def test_counts_like_guessing_passwords(self, user):
        phone = Phone(user)

        answers = [log_in(otp=wrong_code(phone)) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [401, 401, 429]
        phone.wait()
        assert log_in(otp=phone.code()).status_code == 429

    def test_stops_after_ten_wherever_it_comes_from(self, user, settings):
        settings.AXES_FAILURE_LIMIT = 100
        phone = Phone(user)
        phone.wait()

        tries = [partners.use_code(user_id=user.pk, code=wrong_code(phone)) for _ in range(10)]

        assert not any(tries)
        assert not partners.use_code(user_id=user.pk, code=phone.code())


class TestThePage:
    def test_says_how_long_to_wait(self, user, client):
        for _ in range(3):
            answer = client.post("/login", {"username": user.email, "password": "wrong"})

        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "wait 15 minutes" in answer.content.decode()
        assert client.post("/login", {"username": user.email, "password": PASSWORD}).status_code == 429
