"""Wake-ups leave a request without keeping it: every order is followed by a message, a crowd's orders share one."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from queue import Empty
from typing import Any

import pytest
from kombu.simple import SimpleQueue

from celery_app import app
from orders.services import wakeups
from tests.e2e.site import wait_until

MODE = "live"


@pytest.fixture(autouse=True)
def _rested_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with a full bucket, whatever earlier tests have published."""
    monkeypatch.setattr(wakeups, "_publisher", wakeups._Publisher())


@pytest.fixture
def queue() -> Iterator[SimpleQueue]:
    with app.connection_for_read() as broker:
        # The stubs know a name only, where a declared queue is taken too.
        declared: Any = app.amqp.queues["order-created"]
        queue = broker.SimpleQueue(declared)
        queue.clear()
        yield queue
        queue.close()


def woken(queue):
    """Take every message; return the orders named in them."""
    names = []
    while True:
        try:
            message = queue.get(block=False)
        except Empty:
            return names
        message.ack()
        _arguments, keywords, _embedded = json.loads(message.body)
        names.append(uuid.UUID(keywords["order_id"]))


class TestAnAcceptedOrder:
    def test_wakes_a_round(self, queue):
        order_id = uuid.uuid4()

        wakeups.order_accepted(order_id, mode=MODE)

        wait_until(queue.qsize, seconds=5)
        assert woken(queue) == [order_id]

    def test_has_a_message_of_its_own_while_few_come(self, queue):
        few = [uuid.uuid4() for _ in range(40)]

        for order_id in few:
            wakeups.order_accepted(order_id, mode=MODE)

        seen: list[uuid.UUID] = []
        wait_until(lambda: seen.extend(woken(queue)) or len(seen) >= len(few), seconds=5)
        assert sorted(seen) == sorted(few)

    def test_is_followed_by_a_message_even_in_a_crowd(self, queue):
        crowd = [uuid.uuid4() for _ in range(1000)]
        threads = [
            threading.Thread(
                target=lambda part: [wakeups.order_accepted(each, mode=MODE) for each in part], args=[part]
            )
            for part in (crowd[:500], crowd[500:])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = uuid.uuid4()
        wakeups.order_accepted(last, mode=MODE)

        seen: list[uuid.UUID] = []
        wait_until(lambda: seen.extend(woken(queue)) or last in seen, seconds=5)
        assert len(seen) < 150

    def test_shares_its_message_in_a_crowd_that_comes_one_by_one(self, queue):
        for _order in range(200):
            wakeups.order_accepted(last := uuid.uuid4(), mode=MODE)
            time.sleep(0.004)

        seen: list[uuid.UUID] = []
        wait_until(lambda: seen.extend(woken(queue)) or last in seen, seconds=5)
        assert len(seen) < 120

    def test_of_another_mode_gets_a_message_of_its_own(self, queue):
        orders = {uuid.uuid4(): "live", uuid.uuid4(): "test"}

        for order_id, mode in orders.items():
            wakeups.order_accepted(order_id, mode=mode)

        seen: set[uuid.UUID] = set()
        wait_until(lambda: seen.update(woken(queue)) or seen == set(orders), seconds=5)
