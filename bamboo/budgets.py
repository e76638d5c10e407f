"""How much of the supplier's limits is used, for people to look at. Reads only; booking is in `bamboo.limits`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from bamboo.limits import WIDE_SECONDS
from bamboo.models import Limiter


@dataclass(frozen=True, slots=True)
class Budget:
    """One endpoint's limit: `calls` in `seconds`.

    `used` of them in the last period, where the limiter keeps a log of them; `busy_seconds` is how far ahead its slots
    are booked, or how long a 429 holds everybody back. An open breaker says why in `blocked_reason`.
    """

    key: str
    calls: int
    seconds: float
    used: int | None
    busy_seconds: float
    blocked_until: datetime | None
    blocked_reason: str


def budgets(*, mode: str, at: datetime) -> Sequence[Budget]:
    """Return all limits that are in force, used or not. One query."""
    rows = {row.key: row for row in Limiter.objects.filter(mode=mode)}
    limits = settings.BAMBOO_LIMITS
    # The product's limit is kept by slots of its own.
    return [_budget(key, rows.get(key), at) for key in sorted(limits) if key != "product"]


def _budget(key: str, row: Limiter | None, at: datetime) -> Budget:
    limit = settings.BAMBOO_LIMITS[key]
    wide = limit.seconds >= WIDE_SECONDS
    if row is None:
        return Budget(key, limit.calls, limit.seconds, 0 if wide else None, 0.0, None, "")
    since = (at - timedelta(seconds=limit.seconds)).timestamp()
    # By spacing, the row's time is one spacing after the last send.
    ahead = (row.next_at - at).total_seconds() - (0.0 if wide else limit.spacing)
    return Budget(
        key=key,
        calls=limit.calls,
        seconds=limit.seconds,
        used=sum(sent > since for sent in row.sent) if wide else None,
        busy_seconds=round(max(0.0, ahead), 3),
        blocked_until=row.blocked_until,
        blocked_reason=row.reason if row.blocked_until else "",
    )
