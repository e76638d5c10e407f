"""The imitation's state in SQLite: one connection, one writer at a time, a transaction for each change.

A RequestId is unique by constraint, so of two equal checkouts exactly one is accepted, whatever the threads do.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

MEMORY = ":memory:"

_TABLES = """
create table if not exists accounts (
    id integer primary key, mode text not null, currency text not null, balance text not null,
    is_active integer not null
);
create table if not exists brands (
    id integer primary key, internal_id text not null, name text not null, country text not null,
    currency text not null, modified text not null, categories text not null
);
create table if not exists products (
    id integer primary key, brand_id integer not null references brands, name text not null,
    face_min text not null, face_max text not null, count integer, price_min text, price_max text,
    price_currency text not null, is_deleted integer not null default 0, hidden integer not null default 0,
    modified text not null
);
create index if not exists products_of_brand on products (brand_id);
create table if not exists orders (
    id integer primary key autoincrement, mode text not null, request_id text not null, account_id integer not null,
    currency text not null, accepted_at real not null, script text not null, settle_at real not null,
    settled integer not null default 0, notified integer not null default 0, cost text not null, total text,
    unique (mode, request_id)
);
create index if not exists orders_to_settle on orders (settle_at) where settled = 0;
create index if not exists orders_to_notify on orders (id) where settled = 1 and notified = 0;
create table if not exists lines (
    order_id integer not null references orders, position integer not null, product_id integer not null,
    product_name text not null, brand_name text not null, country text not null, face_currency text not null,
    face_value text not null, quantity integer not null, unit_cost text not null,
    primary key (order_id, position)
) without rowid;
create table if not exists cards (
    id integer primary key autoincrement, order_id integer not null references orders, line integer not null,
    serial text not null, code text not null, pin text not null, expires_at text not null,
    sold_ms integer, failed_ms integer, paused_until_ms integer, code_ms integer
);
create index if not exists cards_of_order on cards (order_id, line);
create table if not exists ledger (
    id integer primary key autoincrement, mode text not null, order_id integer not null unique, at real not null,
    amount text not null, balance_after text not null, currency text not null
);
create table if not exists movements (
    id integer primary key autoincrement, mode text not null, at real not null, type text not null,
    amount text not null, balance_after text not null, currency text not null, comment text
);
create table if not exists notifications (
    mode text primary key, url text not null, url_sandbox text not null, secret text not null
);
"""

# The supplier's numbers have seven and eight digits, ours begin in the same region.
_FIRST_NUMBERS = (("orders", 6_800_000), ("cards", 24_160_000), ("ledger", 7_700_000), ("movements", 7_900_000))


class Store:
    """A connection that threads share."""

    def __init__(self, database: Path | str) -> None:
        """Open the database, and create it if it does not exist. `:memory:` keeps nothing."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(str(database), isolation_level=None, check_same_thread=False)
        # Whoever drops the store without a word leaves no open database behind.
        weakref.finalize(self, self._connection.close)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute("pragma busy_timeout = 10000")
        self._connection.executescript(_TABLES)
        for table, number in _FIRST_NUMBERS:
            self._connection.execute(
                "insert into sqlite_sequence (name, seq) select ?, ?"
                " where not exists (select 1 from sqlite_sequence where name = ?)",
                (table, number, table),
            )

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen at once, or not at all. May not be nested."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, if there is one."""
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def change(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return how many rows it changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """Insert a row; return its number.

        Raises:
            sqlite3.IntegrityError: there is such a row already.

        """
        with self._lock:
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def insert_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Insert many rows."""
        with self._lock:
            self._connection.executemany(sql, rows)
