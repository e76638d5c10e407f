"""Every process is killed while orders are under way: nothing is lost, nothing is bought or charged twice."""

import random
import time

import pytest

from tests.e2e.crowd import check, crowd
from tests.e2e.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SEED = 20261122


@pytest.fixture
def site(rabbit, database_url, tmp_path):
    clocks = {"PURCHASE_LEASE_SECONDS": "12", "PURCHASE_GRACE_SECONDS": "4"}
    with Site(tmp_path, rabbit, database_url, BAMBOO_LIMITS="off", **clocks) as site:
        site.start("supplier", "web", "worker", "beat", supplier=("--limits", "off", "--issue-after", "500"))
        site.manage("sync_catalog")
        yield site


def test_killing_web_worker_and_beat_in_turn_loses_and_doubles_nothing(site):
    with crowd(site) as placed:
        order = random.Random(SEED)
        victims = ["worker", "web", "beat", "worker", "worker", "web"]
        order.shuffle(victims)
        for victim in victims:
            time.sleep(order.uniform(0.5, 2.0))
            site.kill(victim)
            site.start(victim)

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
