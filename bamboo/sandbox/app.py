"""Puts the imitation together as a WSGI application."""

import re
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from bamboo.sandbox.api import api
from bamboo.sandbox.control import control
from bamboo.sandbox.notifications import Notifier
from bamboo.sandbox.pages import pages
from bamboo.sandbox.seed import START_BALANCE, seed
from bamboo.sandbox.settings import SandboxSettings
from bamboo.sandbox.state import Sandbox
from bamboo.sandbox.store import MEMORY, Store

_VERSION = re.compile(r"/v(\d)/")


def create_app(
    *,
    database: Path | str = MEMORY,
    settings: SandboxSettings | None = None,
    brands: int = 0,
    balance: Decimal = START_BALANCE,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """Make an imitation. `brands` and `balance` (of each account) count only for a database that is still empty."""
    store = Store(database)
    seed(store, brands=brands, balance=balance)
    chosen = settings or SandboxSettings()
    running = Sandbox(store=store, settings=chosen, clock=clock, notifier=Notifier(store, chosen))
    app = Flask(__name__, static_folder=None)
    app.extensions["bamboo_sandbox"] = running
    for blueprint in (api, control, pages):
        app.register_blueprint(blueprint)
    app.wsgi_app = _any_casing(app.wsgi_app)  # type: ignore[method-assign, assignment]
    running.notifier.start_if_needed()
    return app


def sandbox_of(app: Flask) -> Sandbox:
    """Return what runs inside an application, for tests and for the command that serves it."""
    running: Sandbox = app.extensions["bamboo_sandbox"]
    return running


def _any_casing(inner: Callable[..., Any]) -> WSGIApplication:
    """Make paths of the supplier's API insensitive to casing, and `v1` the same as `v1.0`."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.lower().startswith("/api/"):
            environ["bamboo.sandbox.path"] = path
            environ["PATH_INFO"] = _VERSION.sub(r"/v\1.0/", path.lower())
        answer: Iterable[bytes] = inner(environ, start_response)
        return answer

    return application
