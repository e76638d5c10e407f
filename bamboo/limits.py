"""The one limiter of all processes: who may call which of the supplier's endpoints, and when.

A caller books a time to send, then sleeps until it; nobody polls. PostgreSQL's clock is the only clock, and
it is `clock_timestamp()`, because `now()` stands still while a statement waits for the row. Each booking is
one short statement of its own, never part of a transaction: a row lock held for longer would stop every
worker.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django_subatomic.db import in_transaction

from bamboo.breakers import (
    Breaker,
    block,
    blocked,
    due_probe,
    forget_blocks,
    make_row,
    open_breakers,
    resume,
    stop,
    unblock,
)
from bamboo.errors import RateLimited
from steller.configuration import Limit

__all__ = [
    "Breaker",
    "Slot",
    "block",
    "blocked",
    "book",
    "booked_ahead",
    "call",
    "due_probe",
    "forget_blocks",
    "open_breakers",
    "pause",
    "product_limit",
    "push_back",
    "put_off",
    "resume",
    "stop",
    "take_turn",
    "unblock",
]

# A limit this wide is kept by a log of the latest sends: spacing would part two calls by half an hour.
WIDE_SECONDS = 600.0
WIDE_MARGIN_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
_SHORTEST_PUSH = 1.0
_LONGEST_GUESS = 600.0
# Stands in for a limit that is lifted.
_NO_LIMIT = Limit(calls=1, seconds=1.0)


@dataclass(frozen=True, slots=True)
class Slot:
    """A booked time to send: `wait` seconds from the booking, `due` by this process's monotonic clock."""

    wait: float
    due: float

    def sleep(self, *, lead: float = 0.0) -> None:
        """Sleep until the slot, or until `lead` seconds before it. Never with a transaction open."""
        time.sleep(max(0.0, self.due - lead - time.monotonic()))

    def late(self) -> float:
        """Return by how many seconds the slot is missed; 0 while it lies ahead."""
        return max(0.0, time.monotonic() - self.due)


def book(key: str, *, mode: str = "live", max_wait: float, probe: bool = False) -> Slot | None:
    """Book the next time to call; None when it is over `max_wait` seconds away or the breaker is open.

    A `probe` may pass an open breaker, never a kill switch: it finds out whether the trouble is over.

    Raises:
        RuntimeError: a transaction is open.

    """
    if in_transaction():
        raise RuntimeError("a slot is never booked inside a transaction")
    if not settings.BAMBOO_LIMITS:
        return Slot(0.0, time.monotonic())
    limit = settings.BAMBOO_LIMITS[key]
    wait = _book(key, mode, limit, max_wait=max_wait, probe=probe)
    # The row is made once in the life of the database; who loses that race hears no, and asks again some day.
    if wait is None and make_row(key, mode=mode):
        wait = _book(key, mode, limit, max_wait=max_wait, probe=probe)
    return None if wait is None else Slot(wait, time.monotonic() + wait)


@contextmanager
def call(key: str, *, mode: str = "live", max_wait: float = PATIENCE_SECONDS, probe: bool = False) -> Iterator[None]:
    """Wait for a slot, then let the caller make its one call; a 429 holds every process back.

    For those who have time: synchronisations and reads of accounts and rates.

    Raises:
        RateLimited: no slot within `max_wait` seconds (`no_slot`), or the supplier's own 429.

    """
    slot = book(key, mode=mode, max_wait=max_wait, probe=probe)
    if slot is None:
        raise RateLimited("no_slot", http_status=None)
    slot.sleep()
    try:
        yield
    except RateLimited as error:
        push_back(key, mode=mode, seconds=error.retry_after)
        raise


def booked_ahead(key: str, *, mode: str = "live") -> float:
    """Return how many seconds from now the latest booked slot lies; 0 when nobody waits for one."""
    limit = settings.BAMBOO_LIMITS.get(key)
    if limit is None:
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, {"key": key, "mode": mode, "spacing": limit.spacing})
        row = cursor.fetchone()
    return max(0.0, row[0]) if row else 0.0


def push_back(key: str, *, mode: str = "live", seconds: float | None) -> None:
    """Hold every process back for so many seconds, because the supplier said "too many requests".

    Never longer than the limit's own period, whatever the answer claims; a guess when it claims nothing.
    """
    if not settings.BAMBOO_LIMITS:
        return
    make_row(key, mode=mode)
    with connection.cursor() as cursor:
        cursor.execute(_PUSH_BACK, {"key": key, "mode": mode, "seconds": pause(key, seconds)})


def pause(key: str, seconds: float | None) -> float:
    """Return how long a "too many requests" holds callers back, whatever it asked for: see `push_back`."""
    return _push(settings.BAMBOO_LIMITS.get(key, _NO_LIMIT), seconds)


def take_turn(key: str, *, mode: str = "live", every: float) -> bool:
    """Tell one caller of all processes that it is time for what happens every so many seconds; the others hear no."""
    values = {"key": key, "mode": mode, "seconds": every}
    return _moved(_TAKE_TURN, values) or (make_row(key, mode=mode) and _moved(_TAKE_TURN, values))


def put_off(key: str, *, mode: str = "live", seconds: float) -> None:
    """Let the next turn come in so many seconds, since this one led to nothing."""
    _moved(_PUT_OFF, {"key": key, "mode": mode, "seconds": seconds})


def product_limit() -> Limit | None:
    """Return how many checkouts one product takes, a limit that `orders` keeps; None: limits are lifted."""
    return settings.BAMBOO_LIMITS.get("product")


_TAKE_TURN = """
UPDATE bamboo_limiter SET next_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE mode = %(mode)s AND key = %(key)s AND next_at <= clock_timestamp()
"""
_PUT_OFF = """
UPDATE bamboo_limiter SET next_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE mode = %(mode)s AND key = %(key)s
"""
_AHEAD = """
SELECT extract(epoch FROM next_at - make_interval(secs => %(spacing)s) - clock_timestamp())::float8
FROM bamboo_limiter WHERE mode = %(mode)s AND key = %(key)s
"""
_PUSH_BACK = """
UPDATE bamboo_limiter
SET next_at = greatest(next_at, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE mode = %(mode)s AND key = %(key)s
"""
_OPEN = "mode = %(mode)s AND key = %(key)s AND stopped_at IS NULL AND (blocked_until IS NULL OR %(probe)s)"
_BY_SPACING = f"""
UPDATE bamboo_limiter
SET next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => %(spacing)s)
WHERE {_OPEN} AND next_at <= clock_timestamp() + make_interval(secs => %(max_wait)s)
RETURNING extract(epoch FROM next_at - make_interval(secs => %(spacing)s) - clock_timestamp())::float8
"""
# `sent ->> -calls` is the send that must be a period ago; NULL, which greatest() skips, if there were fewer.
_NEXT_BY_LOG = """
greatest(clock_timestamp(), next_at,
         to_timestamp((sent ->> -%(calls)s::int)::float8) + make_interval(secs => %(period)s))
"""
_BY_LOG = f"""
UPDATE bamboo_limiter
SET next_at = {_NEXT_BY_LOG},
    sent = CASE WHEN jsonb_array_length(sent) >= %(calls)s THEN sent - 0 ELSE sent END
           || to_jsonb(extract(epoch FROM {_NEXT_BY_LOG})::float8)
WHERE {_OPEN} AND {_NEXT_BY_LOG} <= clock_timestamp() + make_interval(secs => %(max_wait)s)
RETURNING extract(epoch FROM next_at - clock_timestamp())::float8
"""


def _moved(statement: str, values: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return bool(cursor.rowcount > 0)


def _book(key: str, mode: str, limit: Limit, *, max_wait: float, probe: bool) -> float | None:
    values: dict[str, Any] = {"key": key, "mode": mode, "max_wait": max_wait, "probe": probe}
    if limit.seconds < WIDE_SECONDS:
        statement = _BY_SPACING
        values["spacing"] = limit.spacing
    else:
        statement = _BY_LOG
        values |= {"calls": limit.calls, "period": limit.seconds + WIDE_MARGIN_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return None if row is None else max(0.0, row[0])


def _push(limit: Limit, seconds: float | None) -> float:
    if seconds is None or not math.isfinite(seconds):
        seconds = min(3 * limit.spacing, _LONGEST_GUESS)
    longest = max(60.0, limit.seconds + WIDE_MARGIN_SECONDS)
    return min(max(seconds, _SHORTEST_PUSH), longest)
