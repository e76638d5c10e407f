"""Every process is killed while orders are under way: nothing is lost, nothing is bought or charged twice.

One site for all of it, on a PostgreSQL of its own that may be killed too. Limits are off: they are not the point.
"""

import os
import random
import shutil
import signal
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from steller import embedded
from steller.embedded import places
from tests.e2e.site import FINAL, Site, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SEED = 20261122
FUND = 5000
LEASE = 6
KILLED = ("web", "worker", "beat")
OPEN = "SELECT count(*) FROM orders_purchase WHERE status IN ('placing', 'placed', 'unknown')"


class Server:
    """A PostgreSQL for this file alone."""

    def __init__(self) -> None:
        self.url = embedded.database_url()
        self.owner = places.account()
        self.data = places.data_directory(self.owner)

    def restart_at_once(self) -> None:
        """Restart it as after a power cut: no checkpoint, every session is cut off."""
        pg_ctl = places.programs(self.owner, self.data) / "pg_ctl"
        done = self.owner.run([pg_ctl, "restart", "-D", self.data, "-m", "immediate", "-w", "-l", "/dev/null"])
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def server():
    local = Path(tempfile.mkdtemp(prefix="steller-kills-"))
    local.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STELLER_LOCAL_DIR", str(local))
        embedded.start()
        try:
            yield Server()
        finally:
            embedded.stop()
            shutil.rmtree(places.socket_directory(), ignore_errors=True)
            shutil.rmtree(local)


@pytest.fixture(scope="module")
def running_site(rabbit, server, tmp_path_factory):
    clocks = {"PURCHASE_LEASE_SECONDS": str(LEASE), "PURCHASE_GRACE_SECONDS": "3"}
    directory = tmp_path_factory.mktemp("site")
    with Site(directory, rabbit, server.url, BAMBOO_LIMITS="off", WORKER_CONCURRENCY="4", **clocks) as site:
        site.start("supplier", supplier=("--limits", "off", "--issue-after", "300", "--latency", "100"))
        site.manage("sync_catalog")
        yield site


@pytest.fixture
def site(running_site):
    """The site with all that a test before may have left dead."""
    missing = [name for name in KILLED if name not in running_site.running]
    running_site.start(*missing)
    return running_site


def insist(partner, product):
    """Place one order as a careful client does: the same request again until there is an answer."""
    line = {"product_id": product["id"], "face_value": product["min_face_value"], "quantity": 1}
    body = {"request_id": str(uuid.uuid4()), "currency": "USD", "items": [line]}
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        try:
            answer = partner.post("/api/order", body)
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code < 500:
            assert answer.status_code in {200, 202}, answer.text
            return answer.json()["id"]
        time.sleep(0.1)
    raise AssertionError("no answer within a minute")


class Clients:
    """Partners that place orders at a steady pace while something is going on."""

    def __init__(self, partners, *, each):
        self.product = partners[0].product()
        self.placed = {partner.id: [] for partner in partners}
        self._each = each
        self._pool = ThreadPoolExecutor(len(partners))
        self._futures = [self._pool.submit(self._place, partner) for partner in partners]

    def _place(self, partner):
        for _ in range(self._each):
            self.placed[partner.id].append(insist(partner, self.product))
            time.sleep(0.15)

    def wait_for(self, count):
        wait_until(lambda: sum(map(len, self.placed.values())) >= count, seconds=60)

    def finish(self):
        with self._pool:
            for future in self._futures:
                future.result()
        return self.placed


def check(site, placed):
    """Assert that all is delivered and nothing is doubled: orders, holds, purchases, cards."""
    started = time.monotonic()
    wait_until(
        lambda: site.rows("SELECT count(*) FROM orders_order WHERE settled_at IS NULL") == [(0,)],
        seconds=60,
        what=lambda: str(site.rows("SELECT status, doubt, sends, error_code FROM orders_purchase")[-5:]),
    )
    seconds = time.monotonic() - started
    assert {"succeeded"} <= FINAL
    for partner_id, orders in placed.items():
        rows = site.rows(f"SELECT id::text, status, sale_total FROM orders_order WHERE partner_id = {partner_id}")
        assert sorted(row[0] for row in rows) == sorted(orders)
        assert {row[1] for row in rows} == {"succeeded"}
        wallet = site.rows(f"SELECT available, held FROM wallets_wallet WHERE partner_id = {partner_id}")
        assert wallet == [(FUND - sum(row[2] for row in rows), 0)]
    purchases = site.purchases()
    assert len({purchase["request_id"] for purchase in purchases}) == len(purchases)
    delivered = site.rows("SELECT count(*), count(DISTINCT code_index) FROM orders_card WHERE item_id IS NOT NULL")
    sold = sum(purchase["sold"] for purchase in purchases)
    assert delivered == [(sold, sold)]
    assert site.rows("SELECT sum(quantity) FROM orders_orderitem") == [(sold,)]
    assert "BROKEN" not in site.manage("check_money")
    return seconds


def test_killing_web_worker_and_beat_in_a_seeded_order_loses_and_doubles_nothing(site):
    partners = [site.partner(fund=str(FUND)) for _ in range(2)]
    victims = [*KILLED, "worker"]
    random.Random(SEED).shuffle(victims)

    clients = Clients(partners, each=15)
    for number, victim in enumerate(victims):
        clients.wait_for(4 + 7 * number)
        if victim == "worker":
            wait_until(lambda: site.rows(OPEN) != [(0,)], seconds=30)
        site.kill(victim)
        site.start(victim)

    placed = clients.finish()
    seconds = check(site, placed)
    print(f"\nseed {SEED}, killed {victims}: 30 orders, all final {seconds:.1f} s after the last was placed")


def test_a_worker_frozen_between_checkout_and_answer_for_longer_than_its_lease_buys_once(site):
    partner = site.partner(fund=str(FUND))
    product = partner.product()
    before = {purchase["request_id"] for purchase in site.purchases()}
    site.control("POST", "faults", fault="slow_accept", delay=1.5)

    placed = [insist(partner, product)]
    wait_until(lambda: len(site.purchases()) > len(before), seconds=30)
    frozen = site.running.pop("worker")
    os.killpg(frozen.pid, signal.SIGSTOP)
    try:
        assert site.rows("SELECT count(*) FROM orders_purchase WHERE status = 'placing'") == [(1,)]
        site.start("worker")
        partner.wait_for(placed[0])
        late = f"SELECT max(last_sent_at) + interval '{LEASE + 1} s' < clock_timestamp() FROM orders_purchase"
        wait_until(lambda: site.rows(late) == [(True,)], seconds=30)
    finally:
        os.killpg(frozen.pid, signal.SIGCONT)
    # Alone again, it works on as if nothing had been.
    site.kill("worker")
    site.running["worker"] = frozen
    placed.append(insist(partner, product))

    check(site, {partner.id: placed})
    bought = {purchase["request_id"] for purchase in site.purchases()} - before
    sends = [call["request_id"] for call in site.control("GET", "requests") if call["endpoint"] == "checkout"]
    assert [sends.count(request_id) for request_id in bought] == [1, 1]


def test_a_purged_queue_and_a_killed_broker_delay_orders_and_lose_none(site):
    partner = site.partner(fund=str(FUND))
    product = partner.product()
    site.kill("worker")
    placed = [insist(partner, product) for _ in range(5)]
    site.rabbit.control("purge_queue", "order-created")
    site.rabbit.kill()
    placed += [insist(partner, product) for _ in range(2)]
    site.rabbit.start()
    site.start("worker")

    check(site, {partner.id: placed})


def test_an_immediate_restart_of_postgresql_under_orders_charges_and_buys_each_once(site, server):
    partners = [site.partner(fund=str(FUND)) for _ in range(2)]

    clients = Clients(partners, each=15)
    clients.wait_for(8)
    wait_until(lambda: site.rows(OPEN) != [(0,)], seconds=30)
    server.restart_at_once()
    clients.wait_for(20)
    server.restart_at_once()

    check(site, clients.finish())


def test_two_workers_and_two_beats_at_once_are_harmless(site):
    first = [site.running[name] for name in ("worker", "beat")]
    site.start("worker", "beat")
    for process in (site.running["worker"], *first):
        process.wait_until(lambda: True, seconds=1)
    partners = [site.partner(fund=str(FUND)) for _ in range(2)]

    check(site, Clients(partners, each=8).finish())
    for process in first:
        process.kill()
