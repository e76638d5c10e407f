"""Careful clients who order all the while, and what must hold once everything is over."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.e2e.site import FINAL, wait_until


@contextmanager
def crowd(site, *, partners: int = 2) -> Iterator[list[str]]:
    """Let partners order until the block is over; the list grows by each order that was accepted."""
    people = [site.partner(fund="5000") for _ in range(partners)]
    product = people[0].product()
    stop = threading.Event()
    placed: list[str] = []
    clients = [threading.Thread(target=place, args=[partner, product, stop, placed]) for partner in people]
    for client in clients:
        client.start()
    try:
        yield placed
    finally:
        stop.set()
        for client in clients:
            client.join()


def place(partner, product, stop, placed):
    """Place orders as a careful client does: repeat the same request until there is an answer."""
    line = {"product_id": product["id"], "face_value": product["min_face_value"], "quantity": 1}
    while not stop.is_set():
        body = {"request_id": str(uuid.uuid4()), "currency": "USD", "items": [line]}
        while True:
            try:
                answer = partner.post("/api/order", body)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code in {200, 202}:
                placed.append(answer.json()["id"])
                break
            time.sleep(0.2)
        time.sleep(0.15)


def check(site, placed):
    wait_until(
        lambda: site.rows("SELECT count(*) FROM orders_order WHERE settled_at IS NULL") == [(0,)],
        seconds=120,
        what=lambda: str(site.rows("SELECT status, count(*) FROM orders_order GROUP BY status")),
    )
    assert site.rows("SELECT count(*) FROM orders_order") == [(len(set(placed)),)]
    statuses = {row[0] for row in site.rows("SELECT DISTINCT status FROM orders_order")}
    assert statuses == {"succeeded"} <= FINAL
    assert sum(purchase["sold"] for purchase in site.purchases()) == len(placed)
    assert site.rows("SELECT count(*), count(DISTINCT code_index) FROM orders_card") == [(len(placed), len(placed))]
    assert "BROKEN" not in site.manage("check_money")
