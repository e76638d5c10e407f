"""Events get their numbers in the order of commits, without gaps, and are read by them."""

import json
import threading

import pytest
from django.db import connection, connections
from django_subatomic.db import transaction

from partners import services as partners
from partners.models import Event
from partners.queries import Scope
from partners.services import events
from tests import factories
from tests.conftest import client_of
from tests.integration.api.asking import assert_problem
from tests.integration.events.conftest import happen


def numbers_of(partner, mode="live"):
    return list(Event.objects.filter(partner=partner, mode=mode).order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
class TestNumbers:
    def test_count_per_partner_and_mode(self):
        first, second = factories.PartnerFactory.create_batch(2)
        for _ in range(3):
            happen(first, "order.succeeded")
            happen(second, "order.failed", "order.failed")
            happen(first, "order.succeeded", mode="test")

        assert numbers_of(first) == [1, 2, 3]
        assert numbers_of(second) == [1, 2, 3, 4, 5, 6]
        assert numbers_of(first, "test") == [1, 2, 3]

    def test_are_given_to_many_partners_in_a_fixed_number_of_queries(self, django_assert_max_num_queries):
        with transaction():
            for partner in factories.PartnerFactory.create_batch(30):
                partners.record_event(partner_id=partner.pk, kind="wallet.low", body={}, actor="x")

        with django_assert_max_num_queries(7):
            assert partners.number_events() == 30

    def test_are_not_given_when_there_is_nothing_to_number(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            assert partners.number_events() == 0

    def test_are_found_by_the_index_among_many(self, partner):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO partners_event (partner_id, mode, number, kind, body, created_at, actor)"
                " SELECT %s, 'live', n, 'order.succeeded', '{}', now(), 'x' FROM generate_series(1, 20000) n",
                [partner.pk],
            )
            cursor.execute("ANALYZE partners_event")
        with transaction():
            partners.record_event(partner_id=partner.pk, kind="wallet.low", body={}, actor="x")

        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {events._NUMBER_EVENTS}")
            plan = json.dumps(cursor.fetchone()[0])
        partners.number_events()

        assert "Seq Scan" not in plan
        assert "event_numbers_have_no_doubles" in plan
        assert Event.objects.get(kind="wallet.low").number == 20001


@pytest.mark.races
class TestNumbersOfTransactionsAtOnce:
    """Two writers, each with a connection of its own; which commits first decides."""

    def test_leave_no_gap_for_what_is_not_committed_or_rolled_back(self, committing_db):
        partner = factories.PartnerFactory()
        early_written, late_committed = threading.Event(), threading.Event()

        def write_early_and_commit_late():
            with transaction():
                record(partner, "early")
                early_written.set()
                late_committed.wait(10)
            connections.close_all()

        slow = threading.Thread(target=write_early_and_commit_late)
        slow.start()
        early_written.wait(10)
        write_and_roll_back(partner)
        with transaction():
            record(partner, "late")
        partners.number_events()
        seen_first = shown(partner)
        late_committed.set()
        slow.join()
        partners.number_events()

        assert seen_first == [(1, "late")]
        assert shown(partner) == [(1, "late"), (2, "early")]

    def test_are_unique_however_many_number_at_once(self, committing_db):
        partner = factories.PartnerFactory()
        start = threading.Barrier(4)

        def write_and_number():
            start.wait(10)
            for _ in range(10):
                with transaction():
                    record(partner, "x")
                partners.number_events()
            connections.close_all()

        threads = [threading.Thread(target=write_and_number) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        partners.number_events()

        assert numbers_of(partner) == list(range(1, 41))


def record(partner, name):
    partners.record_event(partner_id=partner.pk, kind="wallet.low", body={"name": name}, actor="x")


def write_and_roll_back(partner):
    def write():
        with transaction():
            record(partner, "never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()


def shown(partner):
    return [
        (each.number, each.body["name"])
        for each in Event.objects.filter(partner=partner, number__isnull=False).order_by("number")
    ]


@pytest.mark.django_db
class TestTheList:
    @pytest.fixture
    def api(self, partner):
        return client_of(factories.make_key(partner=partner))

    def test_shows_numbered_events_in_order(self, api, partner):
        happen(partner, "order.succeeded", "order.failed")
        with transaction():
            record(partner, "not numbered yet")

        body = api.get("/api/event").json()

        assert [(each["number"], each["type"], each["data"]) for each in body["results"]] == [
            (1, "order.succeeded", {"n": 0}),
            (2, "order.failed", {"n": 1}),
        ]
        assert set(body["results"][0]) == {"id", "number", "type", "created_at", "data"}
        assert body["next"] is None

    @pytest.mark.parametrize("size", ["limit", "page_size"])
    def test_is_walked_by_number(self, api, partner, size):
        happen(partner, *["order.succeeded"] * 5)

        pages, address = [], f"/api/event?{size}=2"
        while address:
            body = api.get(address).json()
            pages.append([each["number"] for each in body["results"]])
            address = body["next"]

        assert pages == [[1, 2], [3, 4], [5]]

    def test_goes_on_after_a_number(self, api, partner):
        happen(partner, *["order.succeeded"] * 3)

        assert [each["number"] for each in api.get("/api/event?after=2").json()["results"]] == [3]
        assert api.get("/api/event?after=3").json() == {"next": None, "results": []}

    def test_takes_two_queries_however_long_it_is(self, api, partner, django_assert_num_queries):
        happen(partner, *["order.succeeded"] * 30)

        with django_assert_num_queries(2):
            assert len(api.get("/api/event").json()["results"]) == 30

    def test_shows_nothing_of_other_partners_or_modes(self, api, partner):
        happen(factories.PartnerFactory(), "order.succeeded")
        happen(partner, "order.succeeded", mode="test")

        assert api.get("/api/event").json()["results"] == []

    @pytest.mark.parametrize(
        "query", ["after=x", "after=-1", f"after={2**63}", "limit=0", "limit=201", "page_size=0", "page_size=x"]
    )
    def test_refuses_numbers_that_mean_nothing(self, api, query):
        assert_problem(api.get(f"/api/event?{query}"), 400, "invalid_request")

    def test_needs_its_scope(self, partner):
        api = client_of(factories.make_key(partner=partner, scopes=[Scope.ORDER_READ]))

        assert_problem(api.get("/api/event"), 403, "permission_denied")
