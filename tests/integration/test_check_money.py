"""`check_money` finds each kind of break, and nothing in sound books."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django_subatomic.db import transaction

from tests.shop import Shop, Supplier


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


class TestAnEntry:
    @pytest.mark.parametrize(
        "statement", ["UPDATE wallets_walletentry SET reason = 'x'", "DELETE FROM wallets_walletentry"]
    )
    def test_is_never_changed_or_deleted(self, shop, statement):
        with pytest.raises(DatabaseError, match="append-only"), transaction(), connection.cursor() as cursor:
            cursor.execute(statement)
