"""`manage.py reconcile` prints figures that a program can read."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bamboo import conf


@pytest.fixture
def connected(books, monkeypatch):
    """Let the command find the sandbox: which supplier the settings mean is not under test."""
    monkeypatch.setattr(conf, "client", lambda _mode: books.shop.supplier.client)
    return books


def run(*arguments):
    out = StringIO()
    call_command("reconcile", *arguments, stdout=out)
    return json.loads(out.getvalue())


class TestTheCommand:
    def test_prints_the_figures_of_each_currency(self, connected, purchases):
        connected.defect("change_amount", purchases[0], amount=str(purchases[0].total + 2))

        body = run()

        total = sum(purchase.total for purchase in purchases)
        assert body["figures"]["USD"] == {
            "charged": str(total + 2),
            "recorded": str(total),
            "other": "0.0000",
            "timing": "0.0000",
            "resolved": "0.0000",
            "unexplained": "2.0000",
        }
        assert (body["status"], body["differences"]) == ("done", {"price": 1})

    def test_prints_the_last_run_without_asking_the_supplier(self, connected, purchases):
        first = run()

        assert run("--last") == first
        assert len(connected.shop.supplier.calls("transactions")) == 1

    def test_fails_when_the_report_cannot_be_read(self, connected):
        connected.shop.supplier.fault("500", endpoint="transactions")

        with pytest.raises(CommandError, match="http_500"):
            run()

    def test_fails_on_impossible_days(self, connected):
        with pytest.raises(CommandError, match="before the first"):
            run("--from", "2026-02-02", "--to", "2026-02-01")

    def test_has_nothing_to_print_before_the_first_run(self, connected):
        with pytest.raises(CommandError, match="No reconciliation"):
            run("--last")
