"""Ticks: two at once for each mode, however many workers and beats there are."""

import pytest
from django.db import connection

from orders import tasks
from orders.services import ticking


@pytest.fixture
def busy_live_seats():
    """Two ticks of live orders that hang elsewhere."""
    other = connection.copy()
    with other.cursor() as cursor:
        for seat in ticking._SEATS["live"]:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [ticking._TICK_LOCKS, seat])
        yield
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()


def accounts_read(shop):
    return len(shop.supplier.calls("accounts"))


class TestWhileTwoTicksOfLiveOrdersHang:
    def test_a_third_leaves(self, shop, busy_live_seats):
        before = accounts_read(shop)
        ticking.tick(client=shop.supplier.client, mode="live")
        assert accounts_read(shop) == before

    def test_one_of_test_orders_does_its_work(self, shop, busy_live_seats):
        before = accounts_read(shop)
        ticking.tick(client=shop.supplier.client, mode="test")
        assert accounts_read(shop) == before + 1


class TestTheTask:
    @pytest.fixture
    def ticked(self, monkeypatch):
        modes = []
        monkeypatch.setattr("bamboo.conf.configured_modes", lambda: ["live", "test"])
        monkeypatch.setattr("bamboo.conf.client", lambda mode: mode)
        monkeypatch.setattr(ticking, "tick", lambda **asked: modes.append(asked["mode"]))
        return modes

    def test_serves_the_mode_that_it_is_told(self, ticked):
        tasks.tick(mode="test")
        assert ticked == ["test"]

    def test_serves_every_mode_when_it_is_told_none(self, ticked):
        tasks.tick()
        assert ticked == ["live", "test"]

    def test_leaves_a_mode_without_credentials_alone(self, ticked, monkeypatch):
        monkeypatch.setattr("bamboo.conf.configured_modes", lambda: ["live"])
        tasks.tick(mode="test")
        assert ticked == []
