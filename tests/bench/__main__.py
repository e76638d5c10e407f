"""`make bench`: accepted orders a second beside two yardsticks, orders to cards, statements, memory."""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import tests.environment  # noqa: F401 - made-up secrets, before anything reads the settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")

from dev.rabbitmq import RabbitNode
from tests.bench import accepting, catalog, delivering
from tests.bench.databases import database_for_a_run
from tests.bench.servers import Servers
from tests.e2e.site import ROOT, Site


def main() -> None:
    """Run everything and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="about 80 seconds; the default")
    length.add_argument("--full", action="store_true", help="some five minutes")
    options = parser.parse_args()
    with database_for_a_run("bench") as url:
        _keep(_measured(url, full=options.full))


def _measured(database_url: str, *, full: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory, RabbitNode(Path(directory) / "rabbit") as rabbit:
        site = Site(Path(directory), rabbit, database_url, BAMBOO_LIMITS="off", LOG_DIR="")
        with site:
            site.manage("migrate", "--verbosity=0")
            servers = Servers(site)
            figures: dict[str, Any] = {"round_trips_per_order": accepting.count_statements(servers)}
            before = servers.memory()
            figures |= accepting.compare(servers, seconds=4.0 if full else 1.2, rounds=5 if full else 2)
            after = servers.memory()
            figures["order_to_cards"] = delivering.deliver(servers, 1000 if full else 150)
            figures["catalog"] = catalog.run()
            figures["memory_mib"] = {"before": before, "after": after, "end": servers.memory()}
            for role, sizes in servers.memory().items():
                print(f"memory {role:>9}: {sizes} MiB" + (f", before {before[role]}" if role in before else ""))
    return figures


def _keep(figures: dict[str, Any]) -> None:
    target = Path(ROOT) / ".local" / "bench" / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=1))
    print(f"kept in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
