"""The whole site as an operator runs it: real processes, real RabbitMQ, the supplier over HTTP.

A test talks to it as a partner does (HTTP) or as an operator does (commands, signals). The database is looked at only
to check what no partner may see.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import psycopg
import requests

from dev.processes import Process, Processes, accepts_connections, free_ports
from dev.rabbitmq import RabbitNode

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
FINAL = {"succeeded", "partially_failed", "failed", "cancelled"}


class Partner:
    """A partner's own client: an API key and the published addresses."""

    def __init__(self, site: "Site", opened: dict[str, Any]) -> None:
        self.id: int = opened["partner_id"]
        self.key: str = opened["api_key"]
        self._site = site
        self.http = requests.Session()
        self.http.headers["X-Api-Key"] = self.key

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.http.get(self._site.url + path, params=params, timeout=15)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.http.post(self._site.url + path, json=body, timeout=45)

    def product(self, **filters: Any) -> dict[str, Any]:
        results = self.get("/api/product", **filters).json()["results"]
        usable = [p for p in results if p["in_stock"] and p["price"] and p["currency"] == "USD"]
        return next(p for p in usable if p["min_face_value"] == p["max_face_value"])

    def order(self, product: dict[str, Any], quantity: int = 1, **more: Any) -> requests.Response:
        line = {"product_id": product["id"], "face_value": product["min_face_value"], "quantity": quantity}
        body = {"request_id": str(uuid.uuid4()), "currency": "USD", "items": [line], **more}
        return self.post("/api/order", body)

    def wait_for(self, order_id: str, *, seconds: float = 60) -> dict[str, Any]:
        order: dict[str, Any] = {}

        def is_final() -> bool:
            nonlocal order
            order = self.get(f"/api/order/{order_id}").json()
            return order["status"] in FINAL

        wait_until(is_final, seconds=seconds, what=lambda: f"order is {order.get('status')}")
        return order

    def cards(self, order_id: str) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = self.get(f"/api/order/{order_id}/cards").json()["results"]
        return results


class Site:
    """Everything that runs, with the means to stop and kill each part."""

    def __init__(self, directory: Path, rabbit: RabbitNode, database_url: str, **environment: str) -> None:
        self.directory = directory
        self.logs = directory / "logs"
        self.rabbit = rabbit
        web_port, supplier_port = free_ports(2)
        self.url = f"http://127.0.0.1:{web_port}"
        self.supplier_url = f"http://127.0.0.1:{supplier_port}"
        self._ports = {"web": web_port, "supplier": supplier_port}
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "RABBITMQ_URL": rabbit.url,
            "BAMBOO_BASE_URL": self.supplier_url,
            "LOG_DIR": str(self.logs / "json"),
            **environment,
        }
        self.database_url = database_url
        self.processes = Processes(self.logs)
        self.running: dict[str, Process] = {}

    def __enter__(self) -> Self:
        self.processes.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self.processes.__exit__(None, None, None)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *names: str, supplier: tuple[str, ...] = ()) -> None:
        commands: dict[str, list[str | Path]] = {
            "supplier": [
                *(sys.executable, "manage.py", "bamboo_sandbox", "--port", str(self._ports["supplier"])),
                *("--database", str(self.directory / "supplier.sqlite3"), *supplier),
            ],
            "web": [BIN / "gunicorn", "steller.wsgi", "--bind", f"127.0.0.1:{self._ports['web']}"],
            "worker": [BIN / "celery", "-A", "celery_app", "worker"],
            "beat": [BIN / "celery", "-A", "celery_app", "beat", "-s", str(self.directory / "beat")],
        }
        for name in names:
            label = f"{name}-{uuid.uuid4().hex[:6]}"
            self.running[name] = self.processes.start(
                label, commands[name], environment=self.environment, directory=ROOT
            )
        for name in set(names) & set(self._ports):
            self.running[name].wait_until(partial(accepts_connections, self._ports[name]), seconds=30)

    def kill(self, name: str) -> None:
        self.running.pop(name).kill()

    def partner(self, name: str = "", *, fund: str = "1000") -> Partner:
        name = name or f"Partner {uuid.uuid4().hex[:8]}"
        email = f"{uuid.uuid4().hex[:10]}@example.com"
        printed = self.manage(
            *("create_partner", name, "--email", email, "--currency", "USD", "--fund", fund, "--api-key")
        )
        return Partner(self, json.loads(printed))

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(method, f"{self.supplier_url}/_control/{path}", json=body or None, timeout=15)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def purchases(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", "purchases")
        return found

    def rows(self, statement: str) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement).fetchall()

    def log_text(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in self.logs.rglob("*.log"))


def wait_until(condition: Callable[[], bool], *, seconds: float, what: Callable[[], str] = lambda: "") -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"still waiting after {seconds} s: {what()}"
        time.sleep(0.1)
