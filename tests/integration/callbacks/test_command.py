"""`manage.py bamboo_notification` shows and sets where the supplier calls."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bamboo import conf
from bamboo.sandbox.app import sandbox_of
from tests.shop import Supplier

pytestmark = pytest.mark.django_db
URL = "https://oms.example/bamboo/notification"


@pytest.fixture
def supplier(settings, monkeypatch):
    settings.BAMBOO_NOTIFICATION_SECRET = "a-long-secret-of-ours"
    settings.BAMBOO_LIMITS = {}
    made = Supplier()
    monkeypatch.setattr(conf, "client", lambda _mode="live": made.client)
    yield made
    sandbox_of(made.app).notifier.stop()


def run(*arguments):
    out = StringIO()
    call_command("bamboo_notification", *arguments, stdout=out)
    return json.loads(out.getvalue())


class TestTheCommand:
    def test_shows_that_nothing_is_set(self, supplier):
        assert run() == {"url": "", "sandbox_url": "", "secret": "none"}

    def test_sets_the_address_for_both_kinds_of_orders_and_hides_the_secret(self, supplier):
        expected = {"url": URL, "sandbox_url": URL, "secret": "ours"}

        assert run("--url", URL) == expected
        assert run() == expected

    def test_sets_an_address_for_sandbox_orders(self, supplier):
        assert run("--url", URL, "--sandbox-url", f"{URL}?x")["sandbox_url"] == f"{URL}?x"

    def test_switches_callbacks_off(self, supplier):
        run("--url", URL)

        assert run("--off")["url"] == ""

    def test_tells_when_the_supplier_has_another_secret(self, supplier, settings):
        run("--url", URL)
        settings.BAMBOO_NOTIFICATION_SECRET = "a-newer-secret"

        assert run()["secret"] == "another than BAMBOO_NOTIFICATION_SECRET"

    @pytest.mark.parametrize(("secret", "arguments"), [("", ["--url", URL]), ("s", ["--off", "--url", URL])])
    def test_refuses(self, supplier, settings, secret, arguments):
        settings.BAMBOO_NOTIFICATION_SECRET = secret

        with pytest.raises(CommandError):
            run(*arguments)

    def test_tells_when_the_supplier_does_not_answer(self, supplier):
        supplier.fault("500", endpoint="notification")

        with pytest.raises(CommandError, match="could not be asked"):
            run()
