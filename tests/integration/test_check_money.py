"""`check_money` finds each kind of break, and nothing in sound books."""

import base64
import secrets
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django_subatomic.db import transaction

from steller.portal import books
from tests import factories
from tests.integration.wallets.conftest import unguarded
from tests.shop import Shop, Supplier
from wallets import services as wallets


@pytest.fixture
def shop(db, settings):
    settings.BAMBOO_LIMITS = {}
    shop = Shop(Supplier()).open()
    partner = shop.partner()
    shop.order(partner, (shop.products()[0], 2))
    shop.work()
    shop.order(partner, (shop.products()[0], 1))
    return shop


def run():
    out = StringIO()
    try:
        call_command("check_money", stdout=out)
    except CommandError:
        return False, out.getvalue()
    return True, out.getvalue()


def change(statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE wallets_walletentry DISABLE TRIGGER USER")
        cursor.execute(statement)


class TestSoundBooks:
    def test_are_reported_line_by_line_as_ok(self, shop):
        sound, text = run()

        assert sound
        assert all(line.endswith(" OK") for line in text.splitlines())
        assert "wallets_that_differ_from_their_entries=0 OK" in text


class TestEachBreak:
    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("UPDATE wallets_wallet SET available = available + 1", "wallets_that_differ_from_their_entries"),
            (
                "UPDATE wallets_walletentry SET available_delta = 7, available_after = 7 WHERE version = 1",
                "entries_out_of_sequence=1 BROKEN wallet:",
            ),
            ("DELETE FROM wallets_walletentry WHERE version = 2", "entries_out_of_sequence"),
            (
                "DELETE FROM wallets_hold WHERE settled_at IS NULL",
                "wallets_that_differ_from_their_open_holds",
            ),
            (
                "UPDATE wallets_hold SET captured = 0, released = amount WHERE settled_at IS NOT NULL",
                "lines_that_differ_from_their_holds",
            ),
            ("DELETE FROM orders_card", "lines_that_differ_from_their_cards"),
        ],
    )
    def test_is_named_and_fails_the_command(self, shop, statement, name):
        change(statement)

        sound, text = run()

        assert not sound
        line = next(line for line in text.splitlines() if line.startswith(name))
        assert " BROKEN" in line


# Two entries changed so that every sum and every running balance still fits.
_CONSISTENT = """
    UPDATE wallets_walletentry
    SET available_delta = available_delta + CASE version WHEN 1 THEN 5 ELSE -5 END,
        available_after = available_after + CASE version WHEN 1 THEN 5 ELSE 0 END
    WHERE wallet_id = %s AND version IN (1, 2)
"""


class TestAChangeThatKeepsTheSums:
    @pytest.fixture
    def wallet(self, db, settings, tmp_path):
        settings.LEDGER_SEAL_DIR = str(tmp_path)
        settings.LEDGER_SEAL_KEY = f"s1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
        wallet = factories.make_wallet(factories.PartnerFactory())
        with transaction():
            wallets.top_up(wallet_id=wallet.pk, amount=Decimal(20), reference="T-2", actor="user:1")
        wallets.seal_ledger()
        assert run()[0]
        return wallet

    def test_is_named_with_wallet_and_version_by_the_seal_alone(self, wallet):
        unguarded(_CONSISTENT, [wallet.pk])

        sound, text = run()

        broken = [line for line in text.splitlines() if "BROKEN" in line]
        assert not sound
        assert len(broken) == 1
        assert broken[0].startswith(f"entries_that_differ_from_their_seals=1 BROKEN wallet:{wallet.pk} version:1 ")

    def test_is_named_by_the_running_balance_when_that_was_forgotten(self, wallet):
        unguarded("UPDATE wallets_walletentry SET available_delta = available_delta + 5 WHERE version = 1")
        unguarded("UPDATE wallets_walletentry SET available_delta = available_delta - 5 WHERE version = 2")

        _, text = run()

        assert "wallets_that_differ_from_their_entries=0 OK" in text
        assert f"entries_out_of_sequence=2 BROKEN wallet:{wallet.pk} version:1 wallet:{wallet.pk} version:2" in text

    def test_of_a_seal_is_named(self, wallet, tmp_path):
        [file] = tmp_path.iterdir()
        file.chmod(0o644)
        file.write_text(file.read_text().replace("1020.0000", "1021.0000"))

        sound, text = run()

        assert not sound
        assert f"seals_that_we_did_not_sign=1 BROKEN {file.name}" in text


class TestRequestsAndRefunds:
    @pytest.fixture
    def wallet(self, db):
        wallet = factories.make_wallet(factories.PartnerFactory())
        wallets.record_top_up(wallet_id=wallet.pk, amount=Decimal(5), reference="INV-1", actor="user:1")
        wallets.record_adjustment(wallet_id=wallet.pk, amount=Decimal(-5), reference="A", actor="user:1", reason="x")
        with transaction():
            wallets.hold(wallet_id=wallet.pk, amounts={"R:1": Decimal(20)}, actor="key:1")
            wallets.settle(captured={"R:1": Decimal(10)}, actor="system:test")
            wallets.refund(hold_reference="R:1", amount=Decimal(10), actor="user:1", reason="Dead card")
        return wallet

    def test_are_sound(self, wallet):
        assert run()[0]

    @pytest.mark.parametrize(
        ("statement", "line"),
        [
            ("UPDATE wallets_topup SET amount = 6", "requests_that_differ_from_their_entries=1 BROKEN top_up:"),
            (
                "UPDATE wallets_topup SET status = 'pending', decided_at = NULL, decided_by = ''",
                "requests_that_differ_from_their_entries=1 BROKEN top_up:",
            ),
            (
                "UPDATE wallets_adjustment SET reference = 'B'",
                "requests_that_differ_from_their_entries=1 BROKEN adjustment:",
            ),
            (
                "UPDATE wallets_hold SET captured = 9, released = 11",
                "refunds_above_what_was_captured=1 BROKEN hold:R:1",
            ),
        ],
    )
    def test_that_differ_are_named(self, wallet, statement, line):
        change(statement)

        sound, text = run()

        assert not sound
        assert line in text


class TestAnEntry:
    @pytest.mark.parametrize(
        "statement", ["UPDATE wallets_walletentry SET reason = 'x'", "DELETE FROM wallets_walletentry"]
    )
    def test_is_never_changed_or_deleted(self, shop, statement):
        with pytest.raises(DatabaseError, match="append-only"), transaction(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("name", books._CHECKS)
def test_no_check_compares_each_row_with_each(db, name):
    """On tables that grew since their statistics were taken, such a plan took ten minutes for 2,000 orders."""
    with books._whole_tables(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {books._CHECKS[name]}", [])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Nested Loop" not in plan, plan
