"""Accepted orders: how many a second beside two yardsticks, and what one asks of PostgreSQL."""

import json
import statistics
from typing import Any

from tests.bench import load, pgbench
from tests.bench.servers import WALLETS, Servers

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


def compare(servers: Servers, *, seconds: float, rounds: int) -> dict[str, dict[str, float | None]]:
    """Measure the site and the bare view, plain and prepared, in turn, round by round, and PostgreSQL alone."""
    for server in servers.urls:
        servers.accept(server, clients=8, wallets=WALLETS, seconds=seconds)
    print(_HEADING)
    return {
        f"accept_{clients}_clients_{wallets}_wallets": _compare(
            servers, clients=clients, wallets=wallets, seconds=seconds, rounds=rounds
        )
        for wallets in (WALLETS, 1)
        for clients in (1, 8, 32)
    }


def _compare(servers: Servers, *, clients: int, wallets: int, seconds: float, rounds: int) -> dict[str, float | None]:
    names = list(servers.urls) if wallets > 1 else ["site", "bare"]
    results = [
        {name: servers.accept(name, clients=clients, wallets=wallets, seconds=seconds) for name in names}
        for _ in range(rounds)
    ]
    alone = pgbench.rate(
        servers.site.database_url,
        servers.site.directory,
        shop=servers.shop,
        wallets=wallets,
        clients=clients,
        seconds=max(1, round(seconds)),
    )
    figures = _figures(results, alone=alone)
    print(_ROW.format(clients, wallets, *(_text(name, value) for name, value in figures.items())), flush=True)
    return figures


def _figures(results: list[dict[str, load.Result]], *, alone: float) -> dict[str, float | None]:
    own = load.Result(
        seconds=sum(each["site"].seconds for each in results),
        times=[time for each in results for time in each["site"].times],
    )
    figures: dict[str, float | None] = {
        "site": _median_rate(results, "site"),
        "p50_ms": own.percentile(50),
        "p99_ms": own.percentile(99),
        "bare": _median_rate(results, "bare"),
        "ratio": _median_ratio(results, "bare"),
        "prepared": None,
        "prepared_ratio": None,
        "pgbench": alone,
        "errors": sum(result.errors for each in results for result in each.values()),
    }
    if "prepared" in results[0]:
        figures["prepared"] = _median_rate(results, "prepared")
        figures["prepared_ratio"] = _median_ratio(results, "prepared")
    return figures


def _median_rate(results: list[dict[str, load.Result]], name: str) -> float:
    return statistics.median(each[name].rate for each in results)


def _median_ratio(results: list[dict[str, load.Result]], yardstick: str) -> float:
    return statistics.median(each["site"].rate / each[yardstick].rate for each in results)


def _text(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    digits = 2 if "ratio" in name else 1 if "ms" in name else 0
    return f"{value:.{digits}f}"


def count_statements(servers: Servers) -> list[str]:
    """Count what one accepted order asks of PostgreSQL; the answer is their first words."""
    product = servers.product
    line = {"product_id": product["id"], "face_value": product["min_face_value"], "quantity": 1}
    code = _STATEMENTS % {"key": servers.shop["keys"][0], "line": line}
    kinds: list[Any] = json.loads(servers.site.manage("shell", "--no-imports", "-c", code).splitlines()[-1])
    print(f"round trips per accepted order: {len(kinds)} ({', '.join(kinds)})")
    return kinds
