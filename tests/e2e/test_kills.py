"""Every process is killed while orders are under way: nothing is lost, nothing is bought or charged twice."""

import random
import threading
import time
import uuid

import pytest
import requests

from tests.e2e.site import FINAL, Site, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SEED = 20261122


@pytest.fixture
def site(rabbit, database_url, tmp_path):
    clocks = {"PURCHASE_LEASE_SECONDS": "12", "PURCHASE_GRACE_SECONDS": "4"}
    with Site(tmp_path, rabbit, database_url, BAMBOO_LIMITS="off", **clocks) as site:
        site.start("supplier", "web", "worker", "beat", supplier=("--limits", "off", "--issue-after", "500"))
        site.manage("sync_catalog")
        yield site


def place(site, partner, product, stop, placed):
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


def test_killing_web_worker_and_beat_in_turn_loses_and_doubles_nothing(site):
    partners = [site.partner(fund="5000") for _ in range(2)]
    product = partners[0].product()
    stop, placed = threading.Event(), []
    clients = [threading.Thread(target=place, args=[site, partner, product, stop, placed]) for partner in partners]
    for client in clients:
        client.start()
    order = random.Random(SEED)
    victims = ["worker", "web", "beat", "worker", "worker", "web"]
    order.shuffle(victims)
    for victim in victims:
        time.sleep(order.uniform(0.5, 2.0))
        site.kill(victim)
        site.start(victim)
    stop.set()
    for client in clients:
        client.join()

    started = time.monotonic()
    check(site, placed)
    print(
        f"\nseed {SEED}: {len(placed)} orders, {len(victims)} kills, all final {time.monotonic() - started:.1f} s after"
    )


def test_a_killed_broker_with_a_purged_queue_loses_nothing(site):
    partner = site.partner(fund="5000")
    product = partner.product()
    placed = [partner.order(product).json()["id"] for _ in range(3)]
    site.kill("worker")
    placed += [partner.order(product).json()["id"] for _ in range(5)]
    site.rabbit.control("purge_queue", "order-created")
    site.rabbit.kill()
    site.rabbit.start()
    site.start("worker")

    check(site, placed)


def test_two_workers_and_two_beats_are_harmless(site):
    site.start("worker", "beat")
    partner = site.partner(fund="5000")
    product = partner.product()
    placed = [partner.order(product).json()["id"] for _ in range(20)]

    check(site, placed)
