"""Whose rows PostgreSQL shows to the request at hand: everything, or one partner's alone.

Code scopes each query to the partner by itself; this is the second fence, so that a forgotten filter shows nothing.
Once a request is known to be a partner's, the connection takes the role `steller_partner`, whose policies
(`steller/portal/policies.py`) let it see the partner in the setting `steller.partner_id` only.

What is wanted stands in a context variable that begins and ends with the request. What the connection does stands in
its `application_name`: set by the same statement as role and partner, undone by the same rollback, and reported by
PostgreSQL unasked whenever it changes. The two are compared before each statement, so no connection carries a partner
from one request into another, whatever the first one died of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.core.signals import request_finished, request_started
from django.db import connection
from django.dispatch import receiver

ROLE = "steller_partner"
_MARK = b" partner "
_EVERYTHING = b""
# The partner's id in digits, everything, or None while a statement is run that sets it itself.
_wanted: ContextVar[bytes | None] = ContextVar("partner", default=_EVERYTHING)

# Whether the session may take the role, and the policies were made: the table of orders is opened to it last.
_CAN_TAKE = f"""(pg_has_role(session_user, to_regrole('{ROLE}'), 'SET')
    AND has_table_privilege(to_regrole('{ROLE}'), to_regclass('orders_order'), 'SELECT'))"""


def serving(partner: str) -> str:
    """Write the three columns by which a statement has all later ones serve a partner; NULL: everything.

    Nothing but this text sets any of the three, so the name of the session always tells the other two.
    """
    return f"""
    set_config('role', CASE WHEN {partner} IS NOT NULL AND {_CAN_TAKE} THEN '{ROLE}' ELSE 'none' END, false),
    set_config('steller.partner_id', coalesce({partner}::text, ''), false),
    set_config('application_name', split_part(current_setting('application_name'), '{_MARK.decode()}', 1)
                                   || coalesce('{_MARK.decode()}' || {partner}::text, ''), false)"""


_SERVE = f"SELECT {serving('given.partner')} FROM (SELECT %s::bigint AS partner) given"


def restrict_to(partner_id: int) -> None:
    """Show nothing but this partner's rows until the request ends; the next statement brings it about."""
    _watch()
    _wanted.set(b"%d" % partner_id)


def lift() -> None:
    """Show everything again."""
    _wanted.set(_EVERYTHING)


def show_everything() -> None:
    """Show everything at once: before a COPY, which passes Django's wrappers by."""
    lift()
    connection.ensure_connection()
    if _served(connection):
        _serve(connection, _EVERYTHING)


@contextmanager
def restricted_to(partner_id: int) -> Iterator[None]:
    """Show nothing but this partner's rows inside."""
    restrict_to(partner_id)
    try:
        yield
    finally:
        lift()


@contextmanager
def setting_itself() -> Iterator[None]:
    """Run a statement that uses `serving`, whomever the connection serves yet; say whom to go on with afterwards."""
    _watch()
    _wanted.set(None)
    try:
        yield
    finally:
        lift()


def is_possible() -> bool:
    """Tell whether the database has the role and lets us take it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce({_CAN_TAKE}, false)")
        row = cursor.fetchone()
    return bool(row and row[0])


@receiver([request_started, request_finished], dispatch_uid="steller.isolation")
def _begin_with_everything(**_kwargs: object) -> None:
    lift()


def _watch() -> None:
    # Before all other wrappers: those that come and go are taken from the end.
    if _obey not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _obey)


def _obey(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
    wanted = _wanted.get()
    if wanted is not None and wanted != _served(context["connection"]):
        _serve(context["connection"], wanted)
    return execute(sql, params, many, context)


def _served(database: Any) -> bytes:
    name: bytes = database.connection.pgconn.parameter_status(b"application_name") or b""
    return name.partition(_MARK)[2]


def _serve(database: Any, wanted: bytes) -> None:
    with database.wrap_database_errors:
        psycopg.Cursor(database.connection).execute(_SERVE, [int(wanted) if wanted else None])
