"""What a tick finds by itself: whatever a dead process left behind, and whatever is due."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django_subatomic.db import transaction

from bamboo import limits
from bamboo.models import Account
from orders.models import Order, OrderItem, Purchase
from orders.services import answers, checking, claiming, purchasing, ticking, wakeups
from orders.states import LineStatus, OrderStatus, PurchaseStatus
from partners import services as partners
from partners.models import Event
from steller import database
from tests import factories
from tests.shop import check_books


@pytest.fixture
def woken(monkeypatch):
    """Record the orders for which a message would be published: the broker is not under test."""
    orders = []
    monkeypatch.setattr(wakeups, "order_created", lambda order_id: orders.append(order_id) is None)
    return orders


def tick(shop):
    ticking.tick(client=shop.supplier.client, mode="live")


class TestATick:
    def test_calls_the_outcome_of_an_expired_lease_unknown_and_reads_it(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        send = claiming.claim("live")
        answer = purchasing._checkout(shop.supplier.client, send)
        assert answer.readable
        shop.pass_time(61)

        tick(shop)
        shop.pass_time(2)
        tick(shop)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        assert len(shop.supplier.purchases) == 1
        check_books()

    def test_leaves_a_lease_alone_that_still_runs(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 1))
        claiming.claim("live")
        shop.pass_time(5)

        tick(shop)

        assert Purchase.objects.get().status == PurchaseStatus.PLACING

    def test_settles_lines_whose_reader_died_between_cards_and_money(self, shop):
        shop.order(shop.partner(), (shop.products()[0], 2))
        send = claiming.claim("live")
        answers.record(send, purchasing._checkout(shop.supplier.client, send))
        view = shop.supplier.client.order(request_id=send.request_id)
        checking.record_view(send.purchase_id, view)
        line = OrderItem.objects.get()
        assert (line.status, line.decided_at is not None) == (LineStatus.PURCHASING, True)

        tick(shop)

        assert Order.objects.get().status == OrderStatus.SUCCEEDED
        check_books()

    def test_wakes_a_round_when_lines_wait_and_none_when_nothing_does(self, shop, woken):
        tick(shop)
        assert woken == []

        placed = shop.order(shop.partner(), (shop.products()[0], 1))
        tick(shop)

        assert set(woken) == {placed.order.pk}

    def test_reads_the_accounts_once_a_minute(self, shop):
        before = len(shop.supplier.calls("accounts"))
        for _ in range(3):
            tick(shop)
        assert len(shop.supplier.calls("accounts")) == before

        shop.pass_time(61)
        for _ in range(3):
            tick(shop)
        assert len(shop.supplier.calls("accounts")) == before + 1

    def test_stores_the_new_balance(self, shop):
        shop.supplier.balance(9001, "4321")
        shop.pass_time(61)

        tick(shop)

        assert Account.objects.get(supplier_id=9001).balance == 4321

    def test_survives_accounts_that_cannot_be_read(self, shop):
        partner = shop.partner()
        shop.order(partner, (shop.products()[0], 1))
        shop.work()
        shop.supplier.fault("500", endpoint="accounts", times=None)
        shop.pass_time(61)

        tick(shop)

        assert Event.objects.get(partner=partner).number == 1, "events are numbered all the same"

    def test_probes_an_open_breaker_when_its_time_has_come_and_not_before(self, shop):
        limits.block("checkout", reason="http_401")
        tick(shop)
        assert limits.blocked("checkout")

        shop.pass_time(31)
        tick(shop)

        assert not limits.blocked("checkout")

    def test_keeps_a_breaker_open_while_accounts_is_rejected_too(self, shop):
        shop.supplier.fault("401", endpoint="accounts", times=None)
        limits.block("checkout", reason="http_401")
        shop.pass_time(31)

        tick(shop)

        assert limits.blocked("checkout")


class TestRequeue:
    def test_wakes_at_most_twenty_orders(self, shop, woken):
        partner = shop.partner()
        placed = [shop.order(partner, (shop.products()[0], 1)).order.pk for _ in range(25)]
        woken.clear()

        assert ticking.requeue() == 20
        assert set(woken) < set(placed)
        assert len(woken) == 20

    def test_prefers_the_last_day(self, shop, woken):
        partner, product = shop.partner(), shop.products()[0]
        old = [shop.order(partner, (product, 1)).order.pk for _ in range(3)]
        Order.objects.update(created_at=database.now() - timedelta(days=2))
        new = shop.order(partner, (product, 1)).order.pk
        woken.clear()

        ticking.requeue()
        assert woken == [new]

        Order.objects.filter(pk=new).update(status=OrderStatus.PROCESSING)
        woken.clear()
        ticking.requeue()
        assert sorted(woken) == sorted(old)

    def test_wakes_nobody_for_orders_that_were_taken_up(self, shop, woken):
        shop.order(shop.partner(), (shop.products()[0], 1))
        shop.work()
        woken.clear()

        assert ticking.requeue() == 0
        assert woken == []


class TestEventNumbers:
    def test_are_counted_per_partner_in_the_order_of_writing(self, db):
        first, second = factories.PartnerFactory(), factories.PartnerFactory()
        for partner in (first, second, first, first):
            record(partner)

        assert partners.number_events() == 4
        assert partners.number_events() == 0

        assert numbers(first) == [1, 2, 3]
        assert numbers(second) == [1]

    @pytest.mark.races
    def test_have_no_gap_and_no_twin_when_many_number_at_once(self, committing_db):
        partner = factories.PartnerFactory()
        barrier = threading.Barrier(6)

        def work():
            barrier.wait()
            for _ in range(20):
                record(partner)
                partners.number_events()
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        partners.number_events()

        assert sorted(numbers(partner)) == list(range(1, 121))

    @pytest.mark.races
    def test_pass_over_an_event_that_is_not_committed_and_give_it_the_next_number(self, committing_db):
        partner = factories.PartnerFactory()
        written, numbered = threading.Event(), threading.Event()

        def write_slowly():
            with transaction():
                partners.record_event(partner_id=partner.pk, kind="slow", body={}, actor="system:test")
                written.set()
                numbered.wait(10)
            connection.close()

        slow = threading.Thread(target=write_slowly)
        slow.start()
        written.wait(10)
        record(partner)
        partners.number_events()
        numbered.set()
        slow.join()
        partners.number_events()

        assert list(Event.objects.order_by("number").values_list("kind", "number")) == [("quick", 1), ("slow", 2)]


@pytest.mark.races
class TestSeats:
    def test_let_two_ticks_work_and_send_a_third_home(self, committing_db):
        entered, leave, found = threading.Barrier(3), threading.Event(), []

        def sit():
            with ticking._seat() as free:
                found.append(free)
                entered.wait(10)
                leave.wait(10)
            connection.close()

        sitting = [threading.Thread(target=sit) for _ in range(2)]
        for thread in sitting:
            thread.start()
        entered.wait(10)
        started = time.monotonic()
        with ticking._seat() as free:
            found.append(free)
        waited = time.monotonic() - started
        leave.set()
        for thread in sitting:
            thread.join()

        assert found == [True, True, False]
        assert waited < 1, "it does not queue for a seat"
        with ticking._seat() as free:
            assert free, "seats are given back"


def record(partner):
    with transaction():
        partners.record_event(partner_id=partner.pk, kind="quick", body={}, actor="system:test")


def numbers(partner):
    return list(Event.objects.filter(partner=partner).order_by("pk").values_list("number", flat=True))
