"""The queue `order-created` as programs that are not ours use it, well or badly."""

import json
import uuid
from typing import Any

import pytest
from kombu import Connection, Producer

from tests.e2e.site import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

QUEUE = "order-created"
TASK = "orders.order_created"
EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def _headers(**changes: Any) -> dict[str, Any]:
    number = str(uuid.uuid4())
    headers = {"lang": "py", "task": TASK, "id": number, "root_id": number, "parent_id": None, "group": None, **changes}
    return {name: value for name, value in headers.items() if value is not ...}


def _message(**kwargs: object) -> str:
    return json.dumps([[], kwargs, EMBED])


STRAY = [
    ("an id that nobody has", _headers(), _message(order_id=str(uuid.uuid4()))),
    ("no UUID", _headers(), _message(order_id="7")),
    ("no text", _headers(), _message(order_id=7)),
    ("no arguments", _headers(), _message()),
    ("a text", _headers(), '"hello"'),
    ("a number", _headers(), "5"),
    ("null", _headers(), "null"),
    ("an object", _headers(), '{"order_id": "x"}'),
    ("two parts", _headers(), "[[], {}]"),
    ("arguments of other types", _headers(), '[5, "x", 7]'),
    ("no JSON", _headers(), "{"),
    ("no id of the task", _headers(id=...), _message(order_id="x")),
    ("a list for the task's name", _headers(task=["x"]), _message(order_id="x")),
    ("a task that nobody has", _headers(task="orders.nothing"), _message(order_id="x")),
    ("no headers", {}, _message(order_id="x")),
    ("an end that is no time", _headers(expires=["x"]), _message(order_id="x")),
    ("a start that is no time", _headers(eta=5), _message(order_id="x")),
    ("limits that are no pair", _headers(timelimit=5), _message(order_id="x")),
]


def _publish(producer: Producer, headers: dict[str, Any], body: str) -> None:
    producer.publish(
        body,
        routing_key=QUEUE,
        headers=headers,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
    )


def test_no_message_stops_the_worker_and_a_plain_one_buys(site):
    site.start("supplier", "web", "worker")
    site.manage("sync_catalog")
    partner = site.partner()
    worker = site.running["worker"]
    with Connection(site.rabbit.url) as connection:
        channel = connection.channel()
        producer = Producer(channel)

        def waiting() -> int:
            return int(channel.queue_declare(QUEUE, passive=True).message_count)

        wait_until(lambda: "ready." in site.log_text(), seconds=30)
        for _name, headers, body in STRAY:
            _publish(producer, headers, body)
        wait_until(lambda: waiting() == 0, seconds=30, what=lambda: f"{waiting()} messages wait")
        order = partner.order(partner.product()).json()
        _publish(producer, _headers(), _message(order_id=order["id"], tenant="what nobody knows yet"))

        wait_until(lambda: len(site.purchases()) == 1, seconds=30)
        assert waiting() == 0
    assert worker.is_running
    log = site.log_text()
    assert log.count('"message_refused"') >= 8
    assert "order_unknown" in log
