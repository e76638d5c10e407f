"""Starts the imitation from a command line; both `manage.py bamboo_sandbox` and `python -m bamboo.sandbox` use it."""

import argparse
import os
import signal
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from bamboo.sandbox.app import create_app, sandbox_of
from bamboo.sandbox.seed import START_BALANCE
from bamboo.sandbox.server import SandboxServer
from bamboo.sandbox.settings import CardIds, ErrorStyle, SandboxSettings, UnknownOrder
from bamboo.sandbox.store import MEMORY


class CannotListen(Exception):
    """The address is taken or not ours; the message says so in plain words."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare all options."""
    defaults = SandboxSettings()
    add = parser.add_argument
    add("--port", type=int, default=8910, help="0 picks a free port (default: 8910)")
    add("--host", default="127.0.0.1")
    add("--database", default=MEMORY, help="SQLite file; without it nothing survives the end")
    add("--brands", type=int, default=0, help="generate a catalog of this size, 2700 being the real one's")
    add("--balance", type=Decimal, default=START_BALANCE, help="of each account in a new database")
    add("--limits", default="1", metavar="off|SCALE", help="'off', or how many times faster the limits pass")
    add("--created", type=int, default=0, metavar="MS", help="how long an order stays Created")
    add("--issue-after", type=int, default=0, metavar="MS", help="how long until an order is final")
    add("--drip", action="store_true", help="hand cards over one after the other")
    add("--latency", type=int, default=0, metavar="MS", help="pause before each answer")
    add("--client-id", default=os.environ.get("BAMBOO_CLIENT_ID") or defaults.sandbox_client_id)
    add("--client-secret", default=os.environ.get("BAMBOO_CLIENT_SECRET") or defaults.sandbox_client_secret)
    add("--live-client-id", default=defaults.live_client_id)
    add("--live-client-secret", default=defaults.live_client_secret)
    add("--allowed-addresses", default="", help="comma-separated; others get 403")
    _add_readings(parser, defaults)


def _add_readings(parser: argparse.ArgumentParser, defaults: SandboxSettings) -> None:
    """Declare the options that choose between readings of the contract."""
    add = parser.add_argument
    add("--error-style", choices=[each.value for each in ErrorStyle], default=defaults.error_style.value)
    add("--retry-after", action="store_true", help="send the Retry-After header")
    add("--too-many-as-text", action="store_true", help="answer 429 as plain text")
    add("--unknown-order", type=int, choices=[400, 404], default=defaults.unknown_order_status)
    add("--no-such-order", choices=[each.value for each in UnknownOrder], default=defaults.unknown_order.value)
    add("--card-ids", choices=[each.value for each in CardIds], default=defaults.card_ids.value)
    add("--untidy", action="store_true", help="write orders and accounts as loosely as the contract allows")
    add("--too-many-status", type=int, default=defaults.too_many_status, help="instead of 429")
    add("--stock-before-duplicates", action="store_true")


def settings_from(options: dict[str, Any]) -> SandboxSettings:
    """Turn parsed options into settings.

    Raises:
        ValueError: the limits are neither "off" nor a number.

    """
    return SandboxSettings(
        sandbox_client_id=options["client_id"],
        sandbox_client_secret=options["client_secret"],
        live_client_id=options["live_client_id"],
        live_client_secret=options["live_client_secret"],
        allowed_addresses=options["allowed_addresses"],
        limit_scale=0.0 if options["limits"] == "off" else float(options["limits"]),
        retry_after_header=options["retry_after"],
        too_many_as_text=options["too_many_as_text"],
        error_style=ErrorStyle(options["error_style"]),
        unknown_order=UnknownOrder(options["no_such_order"]),
        unknown_order_status=options["unknown_order"],
        card_ids=CardIds(options["card_ids"]),
        untidy=options["untidy"],
        too_many_status=options["too_many_status"],
        stock_before_duplicates=options["stock_before_duplicates"],
        created_ms=options["created"],
        issue_after_ms=options["issue_after"],
        drip=options["drip"],
        latency_ms=options["latency"],
    )


def run(options: dict[str, Any], *, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `say` gets one line when callers may come.

    Raises:
        CannotListen: the port is taken.

    """
    database = options["database"]
    app = create_app(
        database=database if database == MEMORY else Path(database),
        settings=settings_from(options),
        brands=options["brands"],
        balance=options["balance"],
    )
    try:
        server = SandboxServer(options["host"], options["port"], app)
    except OSError as error:
        sandbox_of(app).close()
        raise CannotListen(f"Cannot listen on {options['host']}:{options['port']}: {error.strerror}") from None
    asked_to_stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: asked_to_stop.set())
    serving = threading.Thread(target=server.serve_forever, name="sandbox-server")
    serving.start()
    say(f"Bamboo sandbox on {server.url}")
    asked_to_stop.wait()
    server.shutdown()
    serving.join()
    server.server_close()
    sandbox_of(app).close()
