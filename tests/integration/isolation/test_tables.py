"""What PostgreSQL shows and takes when the code asks for everything."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django_subatomic.db import transaction

from steller import isolation
from steller.portal import policies
from steller.portal.policies import CLOSED, PROTECTED, SHARED

pytestmark = pytest.mark.django_db
MODELS = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
# Rules for everybody have no partner.
WITH_GENERAL = {"catalog_commissionrule", "catalog_catalogrule"}
WRITTEN = [
    (name, word) for name, table in PROTECTED.items() for word in ("UPDATE", "DELETE") if word in table.privileges
]


def ask(statement, values=None):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def rows(table):
    return {text for (text,) in ask(f"SELECT to_jsonb(t)::text FROM {table} t")}


def belongs_to_a_partner(model, seen=()):
    """Tell whether a row names a partner, or something that does; two ways round would have been seen."""
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model not in (model, *seen):
            target = field.related_model
            if target._meta.db_table == "partners_partner" or belongs_to_a_partner(target, (*seen, model)):
                return True
    return model._meta.db_table == "partners_partner"


class TestTheList:
    def test_names_each_table_once(self):
        assert sorted([*PROTECTED, *SHARED, *CLOSED]) == sorted(MODELS)

    @pytest.mark.parametrize("name", SHARED)
    def test_shares_no_table_that_names_a_partner(self, name):
        assert not belongs_to_a_partner(MODELS[name])

    @pytest.mark.parametrize("name", [*PROTECTED, *SHARED, *CLOSED])
    def test_is_what_the_database_grants(self, name):
        wanted = PROTECTED[name].privileges.split(", ") if name in PROTECTED else ["SELECT"] if name in SHARED else []
        granted = [
            word
            for word in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            if ask("SELECT has_table_privilege(%s, %s, %s)", [isolation.ROLE, name, word])[0][0]
        ]

        assert granted == wanted
        [(is_secured,)] = ask("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [name])
        assert is_secured == (name in PROTECTED)


class TestUnderTheRole:
    @pytest.mark.parametrize("name", PROTECTED)
    def test_a_table_shows_ones_own_rows_and_no_others(self, name, mine, other):
        everything = rows(name)
        with isolation.restricted_to(mine.partner.pk):
            own = rows(name)
        with isolation.restricted_to(other.partner.pk):
            others = rows(name)

        assert own, "the test has to fill this table"
        assert others
        assert own <= everything
        if name in WITH_GENERAL:
            assert all(f'"partner_id": {mine.partner.pk}' in row for row in own - others)
            assert own & others == {row for row in own if '"partner_id": null' in row}
            assert own - others
            assert others - own
        else:
            assert not own & others

    @pytest.mark.parametrize("name", PROTECTED)
    def test_a_partner_without_rows_sees_none(self, name, other):
        with isolation.restricted_to(0):
            seen = rows(name)

        assert not seen if name not in WITH_GENERAL else all('"partner_id": null' in row for row in seen)

    @pytest.mark.parametrize(("name", "word"), WRITTEN)
    def test_rows_of_others_are_not_changed(self, name, word, mine, other):
        key = MODELS[name]._meta.pk.column
        before = rows(name)
        with isolation.restricted_to(0):
            changed = ask(f"UPDATE {name} SET {key} = {key}" if word == "UPDATE" else f"DELETE FROM {name}")

        assert changed == 0
        assert rows(name) == before

    @pytest.mark.parametrize("name", [name for name, table in PROTECTED.items() if "INSERT" in table.privileges])
    def test_no_row_is_written_in_the_name_of_others(self, name, mine, other):
        with isolation.restricted_to(other.partner.pk):
            [(theirs,)] = ask(f"SELECT to_jsonb(t)::text FROM {name} t LIMIT 1")

        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            isolation.restricted_to(mine.partner.pk),
            transaction(),
        ):
            ask(f"INSERT INTO {name} SELECT * FROM jsonb_populate_record(NULL::{name}, %s::jsonb)", [theirs])

    def test_a_row_of_ones_own_is_not_given_away(self, mine, other):
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            isolation.restricted_to(mine.partner.pk),
            transaction(),
        ):
            ask("UPDATE orders_order SET partner_id = %s", [other.partner.pk])

    @pytest.mark.parametrize("name", CLOSED)
    def test_a_closed_table_is_refused(self, name, mine):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            isolation.restricted_to(mine.partner.pk),
            transaction(),
        ):
            ask(f"SELECT FROM {name}")

    @pytest.mark.parametrize("name", SHARED)
    def test_a_shared_table_is_read_and_not_written(self, name, mine):
        key = MODELS[name]._meta.pk.column
        everything = rows(name)
        with isolation.restricted_to(mine.partner.pk):
            assert rows(name) == everything
            with pytest.raises(ProgrammingError, match="permission denied"), transaction():
                ask(f"UPDATE {name} SET {key} = {key}")


class TestMigrating:
    def test_again_changes_nothing(self):
        assert policies.changes() == []

    def test_makes_whole_what_was_lost(self, mine, other):
        ask("SET CONSTRAINTS ALL IMMEDIATE")
        ask("DROP POLICY partners_see_their_own ON orders_card")
        ask(f"GRANT DELETE ON orders_card TO {isolation.ROLE}")
        ask("ALTER TABLE wallets_hold DISABLE ROW LEVEL SECURITY")

        policies.isolate_partners()

        with isolation.restricted_to(mine.partner.pk):
            assert (len(rows("orders_card")), len(rows("wallets_hold"))) == (1, 1)
            with pytest.raises(ProgrammingError, match="permission denied"), transaction():
                ask("DELETE FROM orders_card")


class TestMigratingWithoutTheRightToMakeRoles:
    def test_leaves_everything_as_it_is(self, monkeypatch):
        # A role that does not exist, and that the tests' own role may not make.
        monkeypatch.setattr(policies, "ROLE", "steller_unmade")

        policies.isolate_partners()

        assert ask("SELECT to_regrole('steller_unmade') IS NULL") == [(True,)]


class TestADatabaseWithoutTheRole:
    """The role cannot be dropped here, since other databases may use it: its right to the orders stands for it."""

    @pytest.fixture(autouse=True)
    def _without(self, db):
        ask(f"REVOKE SELECT ON orders_order FROM {isolation.ROLE}")

    def test_serves_partners_by_the_code_alone(self, mine, other):
        from tests.conftest import client_of

        answer = client_of(mine.raw_key).get("/api/order")

        assert [each["id"] for each in answer.json()["results"]] == [str(mine.order.pk)]

    def test_is_told_by_check_and_health(self, client, capsys):
        call_command("check", databases=["default"])

        assert "steller.W004" in capsys.readouterr().err
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["isolation"]) == (200, "away")

    def test_is_whole_after_the_next_migrate(self, capsys):
        policies.isolate_partners()

        call_command("check", databases=["default"])
        assert "steller.W004" not in capsys.readouterr().err
