"""PostgreSQL dies, a worker freezes: orders go on afterwards, none is lost, bought twice or charged twice."""

import os
import signal
import time

import pytest

from steller import embedded
from steller.embedded import places
from tests.e2e.crowd import check, crowd
from tests.e2e.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
LEASE_SECONDS = 12


@pytest.fixture
def own_database(tmp_path, monkeypatch):
    """A PostgreSQL for this test alone, which it may kill."""
    monkeypatch.setenv("STELLER_LOCAL_DIR", str(tmp_path / "local"))
    embedded.start()
    yield embedded.database_url()
    embedded.stop()


@pytest.fixture
def site(rabbit, request, tmp_path):
    database = "own_database" if "database" in request.node.name else "database_url"
    clocks = {"PURCHASE_LEASE_SECONDS": str(LEASE_SECONDS), "PURCHASE_GRACE_SECONDS": "4"}
    with Site(tmp_path, rabbit, request.getfixturevalue(database), BAMBOO_LIMITS="off", **clocks) as site:
        if database == "own_database":
            site.manage("migrate", "--verbosity=0")
        site.start("supplier", "web", "worker", "beat", supplier=("--limits", "off", "--issue-after", "500"))
        site.manage("sync_catalog")
        yield site


def kill_the_database():
    data = places.data_directory(places.account())
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)


def test_a_database_killed_twice_loses_and_doubles_nothing(site):
    with crowd(site) as placed:
        for _ in range(2):
            time.sleep(2)
            kill_the_database()
            time.sleep(0.5)
            embedded.start()
        time.sleep(2)

    started = time.monotonic()
    check(site, placed)
    print(f"\n{len(placed)} orders, PostgreSQL killed twice, all final {time.monotonic() - started:.1f} s after")


def test_a_worker_that_freezes_beyond_its_lease_buys_nothing_twice(site):
    with crowd(site) as placed:
        time.sleep(1.5)
        group = os.getpgid(site.running["worker"].pid)
        site.running["frozen"] = site.running.pop("worker")
        os.killpg(group, signal.SIGSTOP)
        site.start("worker")
        time.sleep(LEASE_SECONDS + 2)
        os.killpg(group, signal.SIGCONT)
        time.sleep(1)

    check(site, placed)
