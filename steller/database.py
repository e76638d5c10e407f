"""What every table shares: who wrote a row and when, and the actor's spelling.

An actor is text that stays true when its row is gone: `user:12`, `key:7`, `system:tick`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from django.db import InterfaceError, OperationalError, connection, models
from django.db.backends.utils import CursorWrapper


class Recorded(models.Model):
    """A row that changes: when and by whom it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.CharField(max_length=64, default="system")
    updated_by = models.CharField(max_length=64, default="system")

    class Meta:
        abstract = True


class Mode(models.TextChoices):
    """Which pair of supplier credentials and which kind of wallet a row belongs to."""

    LIVE = "live"
    TEST = "test"


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount in major units, exact to four decimals: `numeric(18,4)`."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Fix the precision; everything else is a DecimalField."""
        kwargs.update(max_digits=18, decimal_places=4)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Tell whether nobody else is inside a block of this name; a dead process leaves it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        (free,) = cursor.fetchone() or (False,)
        try:
            yield free
        finally:
            if free:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def now() -> datetime:
    """Read PostgreSQL's clock, the only one that leases, slots and schedules go by; it moves in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment


def first_read[T](read: Callable[[], T]) -> T:
    """Run the first read of a request, which takes the place of asking beforehand whether the connection is alive.

    A connection that the server closed meanwhile is opened anew, and the read repeated, once: a read may be.
    """
    # Django asks before the first statement unless this is set; its type stubs do not know the attribute.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return read()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return read()


def prepared_cursor() -> CursorWrapper:
    """Return a cursor whose statements PostgreSQL parses and plans once a connection, not once an order.

    For the few statements that every order runs. Their parameters travel apart from the text, so a bare one needs a
    cast where PostgreSQL could not tell its type.
    """
    cursor = connection.cursor()
    cursor.cursor = psycopg.Cursor(connection.connection)
    return cursor
