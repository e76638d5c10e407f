"""The breakers: an endpoint that rejects our credentials is left alone until accounts answers well.

A breaker is open while its row has a `blocked_until`; when that time has come, one process may probe. The kill switch
beside it (`stopped_at`) is a person's: no answer of the supplier lifts it.
Endpoints and credentials are apart: trouble with one does not stop the others.

A good answer of accounts proves the credentials, not that a checkout would be taken (its account may be the wrong one).
So the checkout's breaker remembers how long it was open until a checkout is taken: opened again, it stays open longer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from bamboo.models import Limiter

SHORTEST_BLOCK_SECONDS = 30.0
LONGEST_BLOCK_SECONDS = 300.0
_CHECKOUT = "checkout"


@dataclass(frozen=True, slots=True)
class Breaker:
    """An open breaker: what is blocked, why, and when the next probe is due."""

    key: str
    reason: str
    probe_at: datetime


def block(key: str, *, mode: str = "live", reason: str) -> bool:
    """Open a breaker and return whether this call opened it; one that is open stays as it is."""
    make_row(key, mode=mode)
    return _changed(_BLOCK, key=key, mode=mode, reason=reason[:100])


def unblock(mode: str = "live", key: str | None = None) -> int:
    """Close one breaker, or all of these credentials; return how many were open."""
    rows = Limiter.objects.filter(mode=mode, blocked_until__isnull=False)
    if key is not None:
        rows = rows.filter(key=key)
    remembered = Case(When(key=_CHECKOUT, then=F("blocked_for")), default=Value(0.0))
    return rows.update(blocked_until=None, blocked_for=remembered, reason="")


def forget_blocks(key: str, *, mode: str = "live") -> None:
    """Let the next trouble with an endpoint begin with the shortest pause: a call was just taken."""
    Limiter.objects.filter(mode=mode, key=key, blocked_until__isnull=True, blocked_for__gt=0).update(blocked_for=0)


def blocked(key: str, *, mode: str = "live") -> bool:
    """Tell whether the endpoint's breaker is open, or a person stopped it."""
    closed = Q(blocked_until__isnull=True, stopped_at__isnull=True)
    return Limiter.objects.filter(mode=mode, key=key).exclude(closed).exists()


def stop(key: str, *, mode: str = "live", actor: str, reason: str) -> bool:
    """Throw an endpoint's kill switch and return whether this call threw it; callers that hold a slot still go."""
    make_row(key, mode=mode)
    rows = Limiter.objects.filter(mode=mode, key=key, stopped_at__isnull=True)
    return bool(rows.update(stopped_at=Now(), stopped_by=actor, stop_reason=reason))


def resume(key: str, *, mode: str = "live") -> bool:
    """Lift an endpoint's kill switch and return whether it was thrown."""
    rows = Limiter.objects.filter(mode=mode, key=key, stopped_at__isnull=False)
    return bool(rows.update(stopped_at=None, stopped_by="", stop_reason=""))


def open_breakers(mode: str = "live") -> list[Breaker]:
    """Return the open breakers of these credentials."""
    rows = Limiter.objects.filter(mode=mode, blocked_until__isnull=False).order_by("key")
    return [Breaker(row.key, row.reason, row.blocked_until) for row in rows if row.blocked_until]


def due_probe(mode: str = "live") -> bool:
    """Tell one caller that it is time to read accounts; the others, and the next ones for a while, hear no.

    Each probe doubles the time to the next one.
    """
    # Looks before it writes: this is asked every second.
    if not Limiter.objects.filter(mode=mode, blocked_until__lte=Now()).exists():
        return False
    return _changed(_TAKE_PROBE, mode=mode)


def make_row(key: str, *, mode: str) -> bool:
    """Create the endpoint's limiter row and return whether it was missing."""
    return _changed(_MAKE_ROW, key=key, mode=mode)


_MAKE_ROW = """
INSERT INTO bamboo_limiter (mode, key, next_at, sent, blocked_for, reason)
SELECT %(mode)s, %(key)s, clock_timestamp(), '[]', 0, ''
WHERE NOT EXISTS (SELECT FROM bamboo_limiter WHERE mode = %(mode)s AND key = %(key)s)
ON CONFLICT (mode, key) DO NOTHING
"""
_BLOCK = """
UPDATE bamboo_limiter
SET blocked_for = least(greatest(blocked_for * 2, %(shortest)s), %(longest)s), reason = %(reason)s,
    blocked_until = clock_timestamp()
                    + make_interval(secs => least(greatest(blocked_for * 2, %(shortest)s), %(longest)s))
WHERE mode = %(mode)s AND key = %(key)s AND blocked_until IS NULL
"""
_TAKE_PROBE = """
UPDATE bamboo_limiter
SET blocked_for = least(blocked_for * 2, %(longest)s),
    blocked_until = clock_timestamp() + make_interval(secs => least(blocked_for * 2, %(longest)s))
WHERE mode = %(mode)s AND blocked_until <= clock_timestamp()
"""


def _changed(statement: str, **values: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"shortest": SHORTEST_BLOCK_SECONDS, "longest": LONGEST_BLOCK_SECONDS})
        changed: int = cursor.rowcount
    return changed > 0
