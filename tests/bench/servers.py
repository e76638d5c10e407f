"""What is measured: the site with a hundred partners that can order, and the bare view beside it."""

import json
from typing import Any

import psutil

from dev.processes import accepts_connections, free_ports
from tests.bench import load
from tests.e2e.site import BIN, ROOT, Partner, Site

WALLETS = 100
_SHOP = """
import json
from decimal import Decimal
from steller.portal import services as portal
new = [portal.open_partner(name=f"Bench {n}", email=f"bench{n}@example.com", currency="USD", fund=Decimal(10**8),
       actor="system:bench", with_key=True) for n in range(100)]
print(json.dumps({"partner_ids": [n.partner_id for n in new], "wallet_ids": [n.wallet_id for n in new],
                  "keys": [n.key.raw for n in new]}))
"""


class Servers:
    """The servers of one run, with what they sell to whom."""

    def __init__(self, site: Site) -> None:
        """Open 100 partners with funded wallets, and serve the site and the bare view, plain and prepared."""
        self.site = site
        site.start("supplier", "web", supplier=("--limits", "off"))
        site.manage("sync_catalog")
        self.shop: dict[str, Any] = json.loads(site.manage("shell", "--no-imports", "-c", _SHOP).splitlines()[-1])
        partner = Partner(site, {"partner_id": 0, "api_key": self.shop["keys"][0]})
        self.product: dict[str, Any] = partner.product()
        self.shop["product_id"] = self.product["id"]
        self.urls = {
            "site": site.url,
            "bare": self._serve("bare"),
            "prepared": self._serve("prepared", BARE_PREPARED="yes"),
        }

    def _serve(self, name: str, **environment: str) -> str:
        port = free_ports(1)[0]
        server = self.site.processes.start(
            name,
            [BIN / "gunicorn", "tests.bench.bare", "--bind", f"127.0.0.1:{port}"],
            environment=self.site.environment | environment,
            directory=ROOT,
        )
        server.wait_until(lambda: accepts_connections(port), seconds=30)
        return f"http://127.0.0.1:{port}"

    def accept(self, server: str, *, clients: int, wallets: int, seconds: float) -> load.Result:
        """Place orders at one of the servers for a while."""
        return load.run(
            self.urls[server] + "/api/order",
            clients=clients,
            seconds=seconds,
            headers=[{"X-Api-Key": key} for key in self.shop["keys"][:wallets]],
            body=load.order_body(self.product),
        )

    def memory(self) -> dict[str, list[float]]:
        """Return the resident memory of each process in MiB, by role."""
        found = {}
        for name, process in self.site.running.items():
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            found[name] = sorted(round(each.memory_info().rss / 2**20, 1) for each in family)
        return found
