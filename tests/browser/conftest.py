"""A browser before the real site: served as gunicorn serves it, over committed rows, with the sandbox supplier.

Each module has one browser, one server and one shop; its tests have partners of their own. The browser lives no longer
than its module, because its event loop would be in the way of other tests.
"""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.test import override_settings
from django_subatomic.db import transaction
from playwright.sync_api import Browser, Page, sync_playwright

from partners import services as partners
from steller import static_files
from tests.shop import Shop, Supplier

SCREENSHOTS = Path(django_settings.BASE_DIR) / ".local" / "screenshots"
# They take as long as the checks themselves.
ARE_WANTED = bool(os.environ.get("SCREENSHOTS"))
PASSWORD = "a-long-enough-passphrase"
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module", autouse=True)
def db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Let rows be committed (pytest-django would roll back), and remove them when the module is done; what migrations seeded stays."""
    with django_db_blocker.unblock():
        empty = [table for table in connection.introspection.table_names() if not _has_rows(table)]
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(empty)}")
        connection.close()


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
        return bool(cursor.fetchone()[0])


@pytest.fixture(scope="module")
def shop(db) -> Iterator[Shop]:
    with override_settings(BAMBOO_LIMITS={}):
        yield Shop(Supplier()).open()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(db) -> Iterator[str]:
    """Serve the site, its static files by whitenoise as in production."""
    static_files.collect()
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, connections_override={})
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium: make tools installs it")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # Playwright's loop runs in this thread, though nothing here is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()
        # What was opened beside the loop cannot be reached when it is gone.
        connections.close_all()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visitor:
    """Somebody at a browser. Whatever the console complains of fails the test when it ends."""

    page: Page
    address: str
    shop: Shop
    partner: int | None
    email: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def log_in(self, home: str = "/") -> "Visitor":
        self.open("/login")
        self.page.get_by_label("E-mail address").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self.address}{home}")
        return self

    def log_out(self) -> "Visitor":
        self.page.get_by_role("button", name="Log out", exact=True).click()
        self.page.wait_for_url("**/login*")
        return self

    def screenshot(self, name: str) -> None:
        """Photograph the page for people to look at, if they want to: `make screenshots`."""
        if ARE_WANTED:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def visit(browser, address, shop):
    """Bring visitors: each with a context of its own, of a new partner unless one is named."""
    visitors: list[Visitor] = []
    contexts = []

    def come(*, role="owner", partner=None, fund="1000", is_staff=False, **options) -> Visitor:
        # Without motion nothing is looked at while it fades from one colour to another.
        still = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce"}
        options = still | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        partner = None if is_staff else partner or shop.partner(fund=fund)
        email = f"{role}-{uuid.uuid4().hex[:6]}@northwind.example"
        with transaction():
            partners.create_user(email=email, role=role, partner_id=partner, password=PASSWORD, actor="system:test")
        visitor = Visitor(page, address, shop, partner, email)
        page.on("console", lambda message: _note(visitor, message))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitors.append(visitor)
        return visitor

    yield come
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def staff(visit):
    """Bring one of our staff, in the role that is named."""

    def come(role, **options):
        return visit(role=role, is_staff=True, **options)

    return come


def _note(visitor: Visitor, message) -> None:
    if message.type in {"error", "warning"}:
        visitor.complaints.append(f"{message.text} ({message.location.get('url', '')})")
