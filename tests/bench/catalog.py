"""The catalog at the size of the real one: a synchronisation into an empty database, unchanged, with five percent changed.

Runs in a process and a database of its own, so that its memory is nobody else's. `python -m tests.bench.catalog` alone
does the same; the supplier is inside the process, and its memory is told apart by what was used before the first run.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tests.environment  # noqa: F401 - made-up secrets, before anything reads the settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")

import django

from tests.bench.databases import database_for_a_run

BRANDS = 2700
CHANGED_EVERY = 20
_MEBIBYTE = 1024


def run() -> dict[str, Any]:
    """Measure in a process of its own and an empty database; print and return the figures."""
    with database_for_a_run("bench_catalog") as url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.catalog", "--inside"],
            env=os.environ | {"DATABASE_URL": url},
            cwd=Path(__file__).resolve().parents[2],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    *lines, figures = done.stdout.splitlines()
    print("\n".join(lines), flush=True)
    measured: dict[str, Any] = json.loads(figures)
    return measured


def _inside() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from catalog.models import Product
    from tests.shop import Supplier

    settings.BAMBOO_LIMITS = {}
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    supplier = Supplier(brands=BRANDS)
    figures: dict[str, Any] = {}
    for name in ("empty", "unchanged", "changed", "in_one_body"):
        if name == "changed":
            _change(supplier, Product.objects.values_list("supplier_id", flat=True)[::CHANGED_EVERY])
        settings.CATALOG_VERSION = 1 if name == "in_one_body" else 2
        figures[f"sync_{name}"] = _synchronised(supplier, name)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    figures["reads_ms"] = _reads()
    print(json.dumps(figures))


def _change(supplier: Any, numbers: Any) -> None:
    for number in numbers:
        answer = supplier.control.post("/_control/price", json={"product_id": number, "min": 1, "max": 1})
        assert answer.status_code < 300, answer.text


def _synchronised(supplier: Any, name: str) -> dict[str, Any]:
    from django.db import connection

    from catalog import services
    from catalog.models import SyncRun

    statements: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql.split(maxsplit=1)[0])
        return execute(sql, params, many, context)

    before = _reset_peak()
    written = _rows_written()
    started = time.monotonic()
    with connection.execute_wrapper(count):
        services.sync_catalog(supplier.client)
    seconds = time.monotonic() - started
    found = SyncRun.objects.latest("pk")
    figures = {
        "seconds": round(seconds, 2),
        "statements": len(statements),
        "pages": found.pages,
        "brands": found.brands,
        "inserted": found.inserted,
        "updated": found.updated,
        "unchanged": found.unchanged,
        "withdrawn": found.withdrawn,
        "product_rows_written": _rows_written() - written,
        "memory_before_mib": before // _MEBIBYTE,
        "memory_peak_mib": _memory("VmHWM") // _MEBIBYTE,
    }
    print(f"catalog sync, {name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


def _rows_written() -> int:
    """Count the rows of products that were ever inserted or updated."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'catalog_product'")
        (rows,) = cursor.fetchone() or (0,)
    return int(rows)


def _reads() -> dict[str, float]:
    """Time what a partner asks for, at full size: fresh, and again with its ETag; and with a closed catalog."""
    from catalog import services
    from catalog.models import Brand
    from catalog.services import Author, Target
    from steller.portal import services as portal
    from tests.conftest import client_of

    new = portal.open_partner(
        name="Bench", email="bench@example.com", currency="USD", actor="system:bench", with_key=True
    )
    assert new.key is not None
    api = client_of(new.key.raw)
    etag = api.get("/api/product").headers["ETag"]
    figures = {name: _timed(api, path) for name, path in _PATHS.items()}
    figures["product_not_modified"] = _timed(api, "/api/product", **{"If-None-Match": etag})
    for target, effect in (
        (Target(partner_id=new.partner_id), "deny"),
        (Target(partner_id=new.partner_id, brand_id=Brand.objects.latest("pk").pk), "allow"),
    ):
        services.set_catalog_rule(target=target, effect=effect, author=Author("system:bench"))
    figures |= {f"closed_{name}": _timed(api, f"/api/{name}") for name in ("product", "brand", "category")}
    print("catalog reads, ms: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


_PATHS = {
    "product": "/api/product",
    "product_200_rows": "/api/product?page_size=200",
    "search_two_words": "/api/product?search=2077+50",
    "search_nothing": "/api/product?search=nosuchbrand",
    "product_by_country": "/api/product?country=DE&in_stock=true",
    "brand": "/api/brand",
    "category": "/api/category",
    "country": "/api/country",
}


def _timed(api: Any, path: str, **headers: str) -> float:
    """Return the median of nine answers, in milliseconds, none of them kept from the one before."""
    from django.core.cache import cache

    times = []
    for _ in range(9):
        cache.clear()
        started = time.perf_counter()
        answer = api.get(path, headers=headers)
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code in (200, 304), answer.content
    return round(statistics.median(times), 1)


def _reset_peak() -> int:
    """Forget the peak of this process's memory (Linux), and return what it uses now, in KiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


if __name__ == "__main__":
    if "--inside" in sys.argv:
        _inside()
    else:
        run()
