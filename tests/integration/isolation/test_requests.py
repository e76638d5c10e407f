"""Requests one after the other on one connection: none inherits whom the one before served, however that ended."""

import itertools
import re
import uuid
from contextlib import suppress

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_subatomic.db import transaction

from orders.models import Order
from partners.models import ApiKey
from steller import isolation
from tests import factories
from tests.conftest import client_of
from tests.integration.identity.people import client_for, staff_client
from tests.integration.isolation.estates import Estate

pytestmark = pytest.mark.urls("tests.integration.isolation.forgetful")


def serves():
    """Return what the server says of its session, asked without anything of ours in between."""
    with connection.connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('steller.partner_id', true)")
        return tuple(cursor.fetchone())


def fails_in_a_transaction(read):
    """Return what was read in a transaction that was rolled back afterwards."""
    found = []
    with suppress(RuntimeError), transaction():
        found.append(read())
        raise RuntimeError
    return found[0]


class Crowd:
    """Two partners and one of our staff, each by every way in. A way answers the orders that it saw, or nothing."""

    def __init__(self):
        factories.CommissionRuleFactory()
        estates = [Estate("aardvark"), Estate("zyzzyva")]
        self.staff = staff_client("admin")
        self.everything = sorted(str(estate.order.pk) for estate in estates)
        self.ways = {"our staff": (lambda: self._seen(self.staff.get("/api/staff")), self.everything)}
        for estate in estates:
            ways = self._ways_of(estate, [str(estate.order.pk)])
            self.ways |= {f"{estate.word}'s {name}": way for name, way in ways.items()}
        self.ways["a stranger"] = (lambda: self._seen(Client().get("/anybody")), self.everything)
        self.ways["an unknown key"] = (lambda: self._refused(client_of(f"stl_live_{'x' * 43}")), None)

    def _ways_of(self, estate, own):
        key, person = client_of(estate.raw_key), client_for(estate.user)
        ended = factories.make_key(partner=estate.partner)
        ApiKey.objects.filter(prefix=ended[:15]).update(revoked_at=timezone.now())
        browser = Client(raise_request_exception=False)
        browser.force_login(estate.user, backend="django.contrib.auth.backends.ModelBackend")
        return {
            "key": (lambda: self._seen(key.get("/api/orders")), own),
            "transaction": (lambda: self._seen(key.get("/api/transaction")), own),
            "token": (lambda: self._seen(person.get("/api/orders")), own),
            "page": (lambda: self._seen(browser.get("/page")), own),
            "stream": (lambda: b"".join(browser.get("/streaming").streaming_content).decode().split(), own),
            "broken": (lambda: self._broken(key.get("/api/breaking")), None),
            "broken page": (lambda: self._broken(browser.get("/breaking")), None),
            "ended key": (lambda: self._refused(client_of(ended)), None),
        }

    @staticmethod
    def _seen(answer):
        assert answer.status_code == 200, answer.content
        return answer.json()

    @staticmethod
    def _broken(answer):
        assert answer.status_code == 500

    @staticmethod
    def _refused(api):
        assert api.get("/api/orders").status_code == 401


def refuse_to_leak(crowd):
    """Take each way before and after each other one; what it sees depends on itself alone."""
    before = "nothing"
    for after in itertools.chain.from_iterable(itertools.combinations(crowd.ways, 2)):
        ask, expected = crowd.ways[after]
        assert ask() == expected, f"{after} after {before}"
        before = after


class TestForgottenFilters:
    def test_show_ones_own_rows_whoever_came_before(self, committing_db):
        refuse_to_leak(Crowd())

    def test_show_them_inside_a_transaction_as_well(self, db):
        refuse_to_leak(Crowd())

    def test_show_them_when_the_connection_is_new(self, committing_db):
        crowd = Crowd()
        for ask, expected in crowd.ways.values():
            connection.close()
            assert ask() == expected


class TestAConnection:
    def test_serves_its_partner_until_the_next_statement_and_nobody_afterwards(self, committing_db):
        mine = Estate("aardvark")
        client_of(mine.raw_key).get("/api/orders")

        assert serves() == (isolation.ROLE, str(mine.partner.pk))
        assert Order.objects.count() == 1
        assert serves()[1] == ""
        assert serves()[0] != isolation.ROLE

    def test_follows_when_a_rollback_takes_the_role_back(self, committing_db):
        mine, other = Estate("aardvark"), Estate("zyzzyva")
        isolation.restrict_to(mine.partner.pk)

        assert fails_in_a_transaction(Order.objects.get) == mine.order

        assert serves()[0] != isolation.ROLE
        assert Order.objects.get() == mine.order
        isolation.lift()
        assert fails_in_a_transaction(Order.objects.count) == 2
        assert serves() == (isolation.ROLE, str(mine.partner.pk))
        assert Order.objects.count() == 2
        with isolation.restricted_to(other.partner.pk):
            assert Order.objects.get() == other.order

    def test_is_watched_even_when_others_watch_it_for_a_while(self, committing_db):
        mine = Estate("aardvark")
        connection.execute_wrappers.clear()
        with connection.execute_wrapper(lambda execute, *rest: execute(*rest)):
            isolation.restrict_to(mine.partner.pk)

        with isolation.restricted_to(0):
            assert not Order.objects.exists()


@pytest.mark.urls("steller.urls")
class TestAnOrder:
    def test_takes_eight_round_trips_whoever_came_before(self, committing_db, tmp_path):
        factories.CommissionRuleFactory()
        mine, other = Estate("aardvark"), Estate("zyzzyva")

        def order(estate):
            line = {"product_id": estate.line.product_id, "face_value": "10.00", "quantity": 1}
            body = {"request_id": str(uuid.uuid4()), "currency": "USD", "items": [line]}
            answer = client_of(estate.raw_key).post("/api/order", body)
            assert answer.status_code == 202, answer.content

        # What a process reads once is read by then, and what a connection prepares is prepared.
        for _ in range(4):
            order(mine)
        for estate in (mine, other, other):
            assert round_trips(tmp_path / "trace", lambda estate=estate: order(estate)) == 8


def round_trips(trace, act):
    """Count how often the client waits for the server, by the protocol's own words."""
    raw = connection.connection.pgconn
    with trace.open("w") as file:
        raw.trace(file.fileno())
        act()
        raw.untrace()
    return len(re.findall(r"\tF\t\d+\t(?:Sync|Query)\b", trace.read_text()))
