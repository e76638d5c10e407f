"""The whole product on this machine: `make demo`, or `make demo ARGS=--once` for a single order.

It starts every process itself, sells a few cards of the imitation supplier to a partner, shows them and
where to look, and stops every process again. It keeps its database and its log-ins, and uses only the
published commands.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from dev.demo_environment import demo_environment
from dev.demo_shop import FINAL, Shop, ShopError
from dev.processes import Process, Processes, ProcessFailedError, accepts_connections
from steller import embedded
from steller.embedded import places

_PROJECT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_MANAGE = (sys.executable, "manage.py")
_WIDTH = 44
_ORDER_SECONDS = 120.0
_LEAST_FUNDS = Decimal(100)


class DemoError(RuntimeError):
    """The demo cannot go on; the message says what to do."""


class Demo:
    """One run: its processes, its log-ins and what it prints."""

    def __init__(self, processes: Processes, options: argparse.Namespace, environment: Mapping[str, str]) -> None:
        self._processes = processes
        self._environment = environment
        self._port: int = options.port
        self._supplier_port: int = options.supplier_port
        self._address = f"http://localhost:{self._port}"
        self._running: list[Process] = []

    def start(self) -> None:
        """Start everything, in the order in which one part needs another."""
        with _step("Database schema"):
            self._manage("migrate", "--no-input")
        with _step("Imitation supplier"):
            orders = places.local_directory() / "demo-supplier.sqlite3"
            supplier = self._start(
                *("supplier", *_MANAGE, "bamboo_sandbox", "--port", str(self._supplier_port)),
                *("--database", orders),
                *("--client-id", self._environment["BAMBOO_TEST_CLIENT_ID"]),
                *("--client-secret", self._environment["BAMBOO_TEST_CLIENT_SECRET"]),
            )
            supplier.wait_until(lambda: accepts_connections(self._supplier_port), seconds=30)
        with _step("Web, worker and beat"):
            web = self._start(
                *("web", _BIN / "gunicorn", "steller.wsgi", "--bind", f"127.0.0.1:{self._port}"),
                *("--workers", "1", "--threads", "8", "--graceful-timeout", "5"),
            )
            celery = (_BIN / "celery", "-A", "celery_app")
            self._start("worker", *celery, "worker", "--without-gossip", "--without-mingle", "-l", "info")
            schedule = places.local_directory() / "demo-schedule"
            self._start("beat", *celery, "beat", "--schedule", schedule, "--pidfile", "")
            web.wait_until(self._is_ready, seconds=90)
        with _step("The supplier's callbacks"):
            self._manage("bamboo_notification", "--url", f"http://127.0.0.1:{self._port}/bamboo/notification")
        with _step("Catalog") as notes:
            notes.append(", ".join(f"{count} {name}" for name, count in self._manage_json("sync_catalog").items()))

    def log_ins(self, file: Path) -> dict[str, Any]:
        """Return the kept log-ins if they still open the door and have funds, else new ones."""
        with _step("Staff user and two funded partners") as notes:
            if file.exists():
                kept: dict[str, Any] = json.loads(file.read_text())
                funds = Shop(self._address, kept["partners"][0]["api_key"]).usable_funds()
                if funds is not None and funds >= _LEAST_FUNDS:
                    notes.append("kept from the last run")
                    return kept
            made = self._make_log_ins(f"{int(time.time()):x}")
            file.touch(mode=0o600)
            file.write_text(json.dumps(made, indent=2))
            return made

    def sell(self, api_key: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Place one order and return it with its cards.

        Raises:
            DemoError: it did not end well, or not in time.

        """
        shop = Shop(self._address, api_key)
        with _step("An order over HTTP") as notes:
            order = shop.place_order(shop.products())
            notes.append(f"number {order['number']}, {order['sale_total']} {order['currency']}")
        with _step("Its cards, bought by the worker"):
            order = shop.wait_for(order["id"], seconds=_ORDER_SECONDS)
        if order["status"] != "succeeded":
            logs = "".join(process.log_tail(5) for process in self._running if process.name in {"worker", "beat"})
            reason = order["error"] if order["status"] in FINAL else f"still, after {_ORDER_SECONDS:.0f} s"
            raise DemoError(f"The order is {order['status']} ({reason}).{logs}")
        return order, shop.cards(order["id"])

    def watch(self) -> None:
        """Run until Ctrl-C.

        Raises:
            DemoError: one of the processes ended by itself.

        """
        while True:
            for process in self._running:
                if not process.is_running():
                    raise DemoError(f"{process.name} ended by itself.{process.log_tail()}")
            time.sleep(0.5)

    def show(self, order: Mapping[str, Any], cards: list[dict[str, Any]], log_ins: Mapping[str, Any]) -> None:
        """Print the cards, the addresses and the log-ins."""
        print(f"\n  Order {order['id']}: {order['status']}, {order['sale_total']} {order['currency']}\n")
        for card in cards:
            print(f"    serial {card['serial_number']}   code {card['card_code']}   pin {card['pin'] or '-'}")
        rows = [("Staff", f"{self._address}/staff/", log_ins["staff"]["email"], log_ins["staff"]["password"])]
        for partner in log_ins["partners"]:
            owner = partner["owner"]
            rows.append((partner["name"], f"{self._address}/", owner["email"], owner["password"]))
        print("\n  Who            Where                          E-mail and password")
        for who, where, email, password in rows:
            print(f"  {who:<14} {where:<30} {email}   {password}")
        print(f"\n  API            {self._address}/api/docs")
        print(f"  API key        {log_ins['partners'][0]['api_key']}")
        print(f"  Logs           {places.local_directory() / 'demo-logs'}")

    def _make_log_ins(self, run: str) -> dict[str, Any]:
        names = {"Acme Gifts": "acme", "Borealis": "borealis"}
        with ThreadPoolExecutor() as pool:
            staff = pool.submit(self._manage_json, "create_staff", f"staff-{run}@example.com", "--role", "admin")
            partners = [
                pool.submit(
                    self._manage_json,
                    *("create_partner", name, "--email", f"{short}-{run}@example.com", "--currency", "USD"),
                    *("--fund", "1000", "--api-key", "--owner", f"owner-{short}-{run}@example.com"),
                )
                for name, short in names.items()
            ]
        made = [{"name": name, **partner.result()} for name, partner in zip(names, partners, strict=True)]
        return {"staff": staff.result(), "partners": made}

    def _start(self, name: str, *command: str | Path) -> Process:
        process = self._processes.start(name, command, environment=self._environment, directory=_PROJECT)
        self._running.append(process)
        return process

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self._address}/health/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def _manage(self, *arguments: str) -> str:
        command = [*_MANAGE, *arguments]
        done = subprocess.run(
            command,
            env=self._environment,
            cwd=_PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode:
            raise DemoError(f"manage.py {arguments[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def _manage_json(self, *arguments: str) -> dict[str, Any]:
        output = self._manage(*arguments)
        found, _ = json.JSONDecoder().raw_decode(output[max(output.find("{"), 0) :])
        return dict(found)


@contextmanager
def _step(name: str) -> Iterator[list[str]]:
    """Print what is going on, how long it took, and the notes that the block leaves."""
    print(f"  {name} {'.' * (_WIDTH - len(name))} ", end="", flush=True)
    began = time.monotonic()
    notes: list[str] = []
    try:
        yield notes
    except BaseException:
        print("stopped")
        raise
    print(f"{time.monotonic() - began:5.1f} s  {', '.join(notes)}".rstrip(), flush=True)


@contextmanager
def _database(environment: Mapping[str, str]) -> Iterator[None]:
    """Run the embedded PostgreSQL, unless the developer's own is wanted; stop it only if this started it."""
    if environment.get("DATABASE_URL"):
        yield
        return
    with _step("Embedded PostgreSQL") as notes:
        started = embedded.start()
        notes.append("started" if started else "was running")
    try:
        yield
    finally:
        if started:
            embedded.stop()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the first order")
    parser.add_argument("--port", type=int, default=8000, help="of the web server (%(default)s)")
    parser.add_argument("--supplier-port", type=int, default=8900, help="of the imitation supplier (%(default)s)")
    parser.add_argument("--use-env", action="store_true", help="use DATABASE_URL and RABBITMQ_URL as configured")
    return parser.parse_args(arguments)


def _refuse_taken_ports(options: argparse.Namespace) -> None:
    for option, port in (("--port", options.port), ("--supplier-port", options.supplier_port)):
        if accepts_connections(port):
            raise DemoError(f"Port {port} is taken: end what uses it, or choose another with ARGS='{option} NUMBER'.")


def run(options: argparse.Namespace) -> None:
    """Run the demo."""
    local = places.local_directory()
    _refuse_taken_ports(options)
    environment = demo_environment(
        local / "demo.env",
        supplier_url=f"http://127.0.0.1:{options.supplier_port}",
        public_url=f"http://localhost:{options.port}",
        own_servers=options.use_env,
    )
    began = time.monotonic()
    with _database(environment), Processes(local / "demo-logs", seconds_to_stop=12) as processes:
        demo = Demo(processes, options, environment)
        demo.start()
        log_ins = demo.log_ins(local / "demo.json")
        order, cards = demo.sell(log_ins["partners"][0]["api_key"])
        demo.show(order, cards, log_ins)
        print(f"\nDEMO OK order={order['id']} cards={len(cards)}")
        print(f"({time.monotonic() - began:.1f} s in all)", flush=True)
        if not options.once:
            print("\nRunning until Ctrl-C.", flush=True)
            demo.watch()


def main() -> str | None:
    """Return None, or the complaint to end with."""
    options = _options(sys.argv[1:])
    # A script that starts this in the background has Ctrl-C ignored, and means to be able to send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("Steller demo\n")
    try:
        run(options)
    except KeyboardInterrupt:
        print("\nStopped, with every process that was started.")
    except (DemoError, ShopError, ProcessFailedError, embedded.EmbeddedPostgresError) as error:
        return f"\n{error}"
    return None


if __name__ == "__main__":
    sys.exit(main())
