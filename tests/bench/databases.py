"""Databases made for one run and dropped after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier

from steller import embedded

# Only connections of clients are ours to end: PostgreSQL ends its own autovacuum for whoever drops the database.
_END_CLIENTS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@contextmanager
def database_for_a_run(purpose: str) -> Iterator[str]:
    """Make an empty database on the embedded PostgreSQL and give its address; what was measured outlives its end."""
    embedded.start()
    name = f"steller_{purpose}_{os.getpid()}"
    with psycopg.connect(embedded.database_url(), autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield urlunsplit(urlsplit(embedded.database_url())._replace(path=f"/{name}"))
    finally:
        _drop(name)


def _drop(name: str) -> None:
    try:
        with psycopg.connect(embedded.database_url(), autocommit=True) as server:
            server.execute(_END_CLIENTS, [name])
            server.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
    except psycopg.Error as error:
        print(f"the database {name} is left behind: {error}".strip(), flush=True)
