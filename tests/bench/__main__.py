"""`make bench`: accepted orders a second beside two yardsticks, orders to cards, statements, memory."""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import tests.environment  # noqa: F401 - made-up secrets, before anything reads the settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")

import psutil
import psycopg

from dev.processes import accepts_connections, free_ports
from dev.rabbitmq import RabbitNode
from steller import embedded
from tests.bench import catalog, load, pgbench
from tests.e2e.site import BIN, ROOT, Partner, Site, wait_until

WALLETS = 100
_ROW = "{:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>9} {:>6} {:>9} {:>6}"
_HEADING = _ROW.format(
    *(
        "clients",
        "wallets",
        "site/s",
        "p50 ms",
        "p99 ms",
        "bare/s",
        "ratio",
        "prepared",
        "ratio",
        "pgbench/s",
        "errors",
    )
)
_SHOP = """
import json
from decimal import Decimal
from steller.portal import services as portal
new = [portal.open_partner(name=f"Bench {n}", email=f"bench{n}@example.com", currency="USD", fund=Decimal(10**8),
       actor="system:bench", with_key=True) for n in range(100)]
print(json.dumps({"partner_ids": [n.partner_id for n in new], "wallet_ids": [n.wallet_id for n in new],
                  "keys": [n.key.raw for n in new]}))
"""
_STATEMENTS = """
import json, uuid
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client = Client(headers={"X-Api-Key": %(key)r, "Host": "localhost"})
body = {"request_id": None, "currency": "USD", "items": [%(line)r]}
def post():
    return client.post("/api/order", body | {"request_id": str(uuid.uuid4())}, content_type="application/json")
post()
with CaptureQueriesContext(connection) as captured:
    assert post().status_code == 202
print(json.dumps([q["sql"].split()[0] for q in captured]))
"""


class Bench:
    """One run: the site, the bare view beside it, and what was measured."""

    def __init__(self, site: Site, *, seconds: float, rounds: int) -> None:
        self.site = site
        self.seconds = seconds
        self.rounds = rounds
        self.figures: dict[str, Any] = {}
        self.shop: dict[str, Any] = {}
        self.product: dict[str, Any] = {}
        self.urls: dict[str, str] = {}

    def prepare(self) -> None:
        """Open 100 partners with funded wallets, and serve the site and the bare view, plain and prepared."""
        self.site.start("supplier", "web", supplier=("--limits", "off"))
        self.site.manage("sync_catalog")
        self.shop = json.loads(self.site.manage("shell", "--no-imports", "-c", _SHOP).splitlines()[-1])
        partner = Partner(self.site, {"partner_id": 0, "api_key": self.shop["keys"][0]})
        self.product = partner.product()
        self.shop["product_id"] = self.product["id"]
        self.urls = {
            "site": self.site.url,
            "bare": self._serve("bare", "tests.bench.bare"),
            "prepared": self._serve("prepared", "tests.bench.bare", BARE_PREPARED="yes"),
        }

    def _serve(self, name: str, application: str, **environment: str) -> str:
        port = free_ports(1)[0]
        server = self.site.processes.start(
            name,
            [BIN / "gunicorn", application, "--bind", f"127.0.0.1:{port}"],
            environment=self.site.environment | environment,
            directory=ROOT,
        )
        server.wait_until(lambda: accepts_connections(port), seconds=30)
        return f"http://127.0.0.1:{port}"

    def accept(self, server: str, *, clients: int, wallets: int) -> load.Result:
        """Place orders at one of the servers for a while."""
        return load.run(
            self.urls[server] + "/api/order",
            clients=clients,
            seconds=self.seconds,
            headers=[{"X-Api-Key": key} for key in self.shop["keys"][:wallets]],
            body=load.order_body(self.product),
        )

    def compare(self) -> None:
        """Measure the site and the bare view, plain and prepared, in turn, round by round, and PostgreSQL alone."""
        for server in self.urls:
            self.accept(server, clients=8, wallets=WALLETS)
        print(_HEADING)
        for wallets in (WALLETS, 1):
            for clients in (1, 8, 32):
                self._compare(clients=clients, wallets=wallets)

    def _compare(self, *, clients: int, wallets: int) -> None:
        servers = list(self.urls) if wallets > 1 else ["site", "bare"]
        rounds = [
            {server: self.accept(server, clients=clients, wallets=wallets) for server in servers}
            for _ in range(self.rounds)
        ]
        alone = pgbench.rate(
            self.site.database_url,
            self.site.directory,
            shop=self.shop,
            wallets=wallets,
            clients=clients,
            seconds=max(1, round(self.seconds)),
        )
        times = [time for each in rounds for time in each["site"].times]
        own = load.Result(seconds=sum(each["site"].seconds for each in rounds), times=times)
        figures: dict[str, float | None] = {
            "site": statistics.median(each["site"].rate for each in rounds),
            "p50_ms": own.percentile(50),
            "p99_ms": own.percentile(99),
            "bare": statistics.median(each["bare"].rate for each in rounds),
            "ratio": statistics.median(each["site"].rate / each["bare"].rate for each in rounds),
            "prepared": None,
            "prepared_ratio": None,
            "pgbench": alone,
            "errors": sum(result.errors for each in rounds for result in each.values()),
        }
        if "prepared" in servers:
            figures["prepared"] = statistics.median(each["prepared"].rate for each in rounds)
            figures["prepared_ratio"] = statistics.median(each["site"].rate / each["prepared"].rate for each in rounds)
        self.figures[f"accept_{clients}_clients_{wallets}_wallets"] = figures
        texts = [
            "-"
            if value is None
            else f"{value:.2f}"
            if "ratio" in name
            else f"{value:.1f}"
            if "ms" in name
            else f"{value:.0f}"
            for name, value in figures.items()
        ]
        print(_ROW.format(clients, wallets, *texts), flush=True)

    def count_statements(self) -> None:
        """Count what one accepted order asks of PostgreSQL."""
        line = {"product_id": self.product["id"], "face_value": self.product["min_face_value"], "quantity": 1}
        code = _STATEMENTS % {"key": self.shop["keys"][0], "line": line}
        kinds = json.loads(self.site.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
        self.figures["round_trips_per_order"] = kinds
        print(f"round trips per accepted order: {len(kinds)} ({', '.join(kinds)})")

    def deliver(self, orders: int) -> None:
        """Place orders into an empty queue and time them to their cards, with all limits off."""
        with psycopg.connect(self.site.database_url, autocommit=True) as connection:
            connection.execute("UPDATE orders_orderitem SET status = 'on_hold' WHERE status = 'waiting'")
        self.site.start("worker", "beat")
        time.sleep(4)
        partners = [Partner(self.site, {"partner_id": 0, "api_key": key}) for key in self.shop["keys"][:4]]
        started = time.monotonic()
        single = partners[0].order(self.product).json()["id"]
        partners[0].wait_for(single)
        alone = time.monotonic() - started
        started = time.monotonic()
        ids = [partners[n % 4].order(self.product).json()["id"] for n in range(orders)]
        wait_until(
            lambda: (
                self.site.rows(
                    f"SELECT count(*) FROM orders_order WHERE status = 'succeeded' AND id IN ({', '.join(map(repr, ids))})"
                )
                == [(orders,)]
            ),
            seconds=120,
        )
        seconds = time.monotonic() - started
        waits = self.site.rows(
            "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - created_at))"
            f" FROM orders_order WHERE id IN ({', '.join(map(repr, ids))})"
        )[0][0]
        self.figures["order_to_cards"] = {
            "alone_s": alone,
            "orders_per_s": orders / seconds,
            "p50_s": waits[0],
            "p99_s": waits[1],
        }
        print(
            f"order to cards, limits off: one alone {alone:.2f} s; {orders} orders at {orders / seconds:.0f}/s,"
            f" p50 {waits[0]:.2f} s, p99 {waits[1]:.2f} s (the supplier's own time is milliseconds)"
        )

    def memory(self) -> dict[str, list[float]]:
        """Return the resident memory of each process in MiB, by role."""
        found = {}
        for name, process in self.site.running.items():
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            found[name] = sorted(round(each.memory_info().rss / 2**20, 1) for each in family)
        return found


def main() -> None:
    """Run everything and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="about 80 seconds; the default")
    length.add_argument("--full", action="store_true", help="some five minutes")
    options = parser.parse_args()
    embedded.start()
    name = f"steller_bench_{os.getpid()}"
    with psycopg.connect(embedded.database_url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        url = urlunsplit(urlsplit(embedded.database_url())._replace(path=f"/{name}"))
        _measure(url, full=options.full)
    finally:
        with psycopg.connect(embedded.database_url(), autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(database_url: str, *, full: bool) -> None:
    with tempfile.TemporaryDirectory() as directory, RabbitNode(Path(directory) / "rabbit") as rabbit:
        site = Site(Path(directory), rabbit, database_url, BAMBOO_LIMITS="off", LOG_DIR="")
        with site:
            bench = Bench(site, seconds=4.0 if full else 1.2, rounds=5 if full else 2)
            bench.prepare()
            bench.count_statements()
            before = bench.memory()
            bench.compare()
            after = bench.memory()
            bench.deliver(1000 if full else 150)
            bench.figures["catalog"] = catalog.run()
            bench.figures["memory_mib"] = {"before": before, "after": after, "end": bench.memory()}
            for role, sizes in bench.memory().items():
                print(f"memory {role:>9}: {sizes} MiB" + (f", before {before[role]}" if role in before else ""))
    target = Path(ROOT) / ".local" / "bench" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bench.figures, indent=1))
    print(f"kept in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
