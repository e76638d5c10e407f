"""A partner looks up what its programs asked: collected beside the requests, stored later, kept for a month."""

from datetime import timedelta

import psycopg
import pytest
from django.db.models import F
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import RequestNote
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem, body_for

pytestmark = pytest.mark.django_db


class TestTheLog:
    def test_shows_what_was_asked_and_how_it_was_answered(self, buyer):
        placed = buyer.api.post("/api/order", body_for(buyer.product))
        buyer.api.get("/api/order/42")
        refused = buyer.api.post("/api/order", {"items": "none"})
        assert partners.store_requests() == 2

        latest, first = buyer.api.get("/api/request-log").json()["results"]

        assert (first["method"], first["path"], first["status"]) == ("POST", "/api/order", 202)
        assert first["reference_id"] == placed.headers["X-Reference-Id"]
        assert first["actor"].startswith("key:")
        assert first["duration_ms"] >= 0
        assert (latest["status"], latest["reference_id"]) == (400, refused.headers["X-Reference-Id"])

    @pytest.mark.parametrize(
        ("filters", "count"),
        [
            ("method=POST", 2),
            ("path=/api/wallet", 1),
            ("status=202", 1),
            ("failed=true", 1),
            ("actor=key:0", 0),
            ("after=2020-01-01T00:00:00Z", 3),
            ("before=2020-01-01T00:00:00Z", 0),
            ("reference_id=none", 0),
        ],
    )
    def test_can_be_filtered(self, buyer, filters, count):
        buyer.api.post("/api/order", body_for(buyer.product))
        buyer.api.post("/api/order", {})
        buyer.api.get("/api/wallet")
        partners.store_requests()

        assert len(buyer.api.get(f"/api/request-log?{filters}").json()["results"]) == count

    def test_shows_a_partner_its_own_mode_only_and_nobody_elses(self, buyer):
        buyer.api.get("/api/wallet")
        client_of(factories.make_key(partner=buyer.partner, mode="test")).get("/api/wallet")
        client_of(factories.make_key()).get("/api/wallet")
        partners.store_requests()

        assert RequestNote.objects.count() == 3
        assert len(buyer.api.get("/api/request-log").json()["results"]) == 1

    def test_needs_a_scope(self, buyer):
        key = factories.make_key(partner=buyer.partner, scopes=["order.read"])

        assert_problem(client_of(key).get("/api/request-log"), 403, "permission_denied")

    def test_costs_two_queries(self, buyer, django_assert_num_queries):
        buyer.api.get("/api/wallet")
        partners.store_requests()

        with django_assert_num_queries(2):
            buyer.api.get("/api/request-log")

    def test_is_forgotten_after_a_month(self, buyer):
        buyer.api.get("/api/wallet")
        partners.store_requests()
        RequestNote.objects.update(at=F("at") - timedelta(days=29))
        assert partners.forget_old() == 0
        RequestNote.objects.update(at=F("at") - timedelta(days=2))

        assert partners.forget_old() == 1
        assert not RequestNote.objects.exists()


class TestNoting:
    def test_costs_the_request_no_query(self, buyer, django_assert_num_queries):
        with django_assert_num_queries(2):
            buyer.api.get("/api/wallet")

    def test_passes_over_whom_nobody_knows(self, buyer):
        client_of().get("/api/wallet")
        client_of("stl_live_nonsense").get("/api/wallet")

        assert partners.store_requests() == 0

    def test_keeps_the_notes_when_the_database_is_away(self, buyer, monkeypatch):
        buyer.api.get("/api/wallet")
        monkeypatch.setattr("partners.services.requests._COPY", "COPY nothing FROM STDIN")

        with pytest.raises(psycopg.Error, match="nothing"), transaction():
            partners.store_requests()

        monkeypatch.undo()
        assert partners.store_requests() == 1
