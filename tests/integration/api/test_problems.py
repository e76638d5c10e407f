"""Every error is a problem+json with a code, whatever went wrong and however it was asked for."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import Throttled

from orders import queries
from orders.services import placement
from tests.integration.api.asking import assert_problem, body_for

pytestmark = pytest.mark.django_db


class TestTheRequestItself:
    def test_an_address_that_does_not_exist(self, buyer):
        assert_problem(buyer.api.get("/api/nothing"), 404, "not_found")

    def test_a_malformed_order_id(self, buyer):
        assert_problem(buyer.api.get("/api/order/42"), 404, "not_found")

    def test_a_method_that_does_not_exist(self, buyer):
        answer = buyer.api.delete("/api/order")

        assert_problem(answer, 405, "invalid_request")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}

    @pytest.mark.parametrize("accept", ["text/html", "application/json; version=2", "nonsense"])
    def test_a_format_or_version_that_does_not_exist(self, buyer, accept):
        assert_problem(buyer.api.get("/api/order", headers={"Accept": accept}), 406, "invalid_request")

    @pytest.mark.parametrize("accept", ["application/json", "application/json; version=1", "*/*"])
    def test_version_1_is_the_default(self, buyer, accept):
        assert buyer.api.get("/api/order", headers={"Accept": accept}).status_code == 200


def driver_error(state):
    """Raise as Django does: its own error with the driver's as the cause."""
    error = OperationalError("lost")
    error.__cause__ = psycopg.errors.lookup(state)() if state else psycopg.OperationalError()
    return error


class TestWhatBreaksOnOurSide:
    @pytest.fixture
    def broken(self, monkeypatch):
        def break_with(error):
            def fail(*_args, **_kwargs):
                raise error

            monkeypatch.setattr(placement, "place_order", fail)
            monkeypatch.setattr(queries, "orders_of", fail)

        return break_with

    def test_a_lock_that_was_not_had_in_time(self, buyer, broken):
        broken(driver_error("55P03"))

        answer = buyer.api.post("/api/order", body_for(buyer.product))

        assert assert_problem(answer, 409, "request_in_progress")["retryable"] is True
        assert answer.headers["Retry-After"] == "1"

    def test_a_statement_that_took_too_long_stored_nothing(self, buyer, broken):
        broken(driver_error("57014"))

        answer = buyer.api.post("/api/order", body_for(buyer.product))

        assert assert_problem(answer, 503, "unavailable")["money"] == "none"
        assert answer.headers["Retry-After"]

    @pytest.mark.parametrize("error", [driver_error(None), InterfaceError("closed")])
    def test_a_connection_lost_while_placing_leaves_the_money_open(self, buyer, broken, error):
        broken(error)

        answer = buyer.api.post("/api/order", body_for(buyer.product))

        problem = assert_problem(answer, 503, "unavailable")
        assert problem["money"] is None
        assert problem["retryable"] is True

    def test_a_connection_lost_while_reading_moved_no_money(self, buyer, broken):
        broken(driver_error(None))

        assert assert_problem(buyer.api.get("/api/order"), 503, "unavailable")["money"] == "none"

    def test_what_nobody_foresaw_shows_no_details(self, buyer, broken):
        broken(RuntimeError("secret-detail"))

        answer = buyer.api.post("/api/order", body_for(buyer.product))

        assert_problem(answer, 500, "internal_error")
        assert b"secret-detail" not in answer.content

    def test_too_many_requests(self, buyer, broken):
        broken(Throttled(wait=2.5))

        answer = buyer.api.get("/api/order")

        assert_problem(answer, 429, "rate_limited")
        assert answer.headers["Retry-After"] == "3"


class TestHealth:
    def test_a_live_process_says_so_without_the_database(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert client.get("/health/live").json() == {"status": "ok"}

    def test_a_ready_process_reaches_its_database(self, client):
        answer = client.get("/health/ready")

        assert answer.status_code == 200
        assert answer.json()["database"] == "ok"

    def test_a_process_without_its_broker_is_ready(self, client, monkeypatch):
        monkeypatch.setattr("celery.current_app.connection_for_write", lambda **_options: 1 / 0)

        answer = client.get("/health/ready")

        assert (answer.status_code, answer.json()["broker"]) == (200, "away")


class TestTheDescription:
    def test_is_openapi_and_open_to_all(self, client):
        answer = client.get("/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"})

        assert answer.status_code == 200
        assert answer.json()["openapi"].startswith("3.1")
        assert {"/api/order", "/api/order/{order_id}/cards", "/api/auth/token"} <= answer.json()["paths"].keys()

    def test_has_pages_for_people(self, client):
        assert client.get("/api/docs").status_code == 200
