"""How many cards of a partner wait for the supplier: too many, and new orders are refused for a while.

The figures are up to five seconds old and those of this process: an order is not asked to count. So a partner may pass
the limit by what it orders in that time.
"""

import time

from django.conf import settings

from orders import queries
from steller.background import Chore
from steller.errors import BacklogFullError

_EVERY_SECONDS = 5.0
# Partners that have not ordered for so long are not counted any more.
_FORGOTTEN_AFTER_SECONDS = 60.0
_RETRY_AFTER_SECONDS = 30

_asked: dict[int, float] = {}
_waiting: dict[tuple[int, str], int] = {}


def refuse_when_full(*, partner_id: int, mode: str) -> None:
    """Refuse an order of a partner that has too many cards waiting.

    Raises:
        BacklogFullError: more than the configured number wait.

    """
    _asked[partner_id] = time.monotonic()
    _counting.wake()
    waiting = _waiting.get((partner_id, mode), 0)
    if waiting > settings.BACKLOG_CARDS:
        raise BacklogFullError(
            f"{waiting} of your cards wait for the supplier; new orders are taken once there are fewer.",
            retry_after=_RETRY_AFTER_SECONDS,
        )


def count_waiting() -> None:
    """Count the waiting cards of those partners that ordered lately. One query."""
    since = time.monotonic() - _FORGOTTEN_AFTER_SECONDS
    for partner_id in [partner_id for partner_id, at in list(_asked.items()) if at < since]:
        _asked.pop(partner_id, None)
    found = queries.waiting_cards(list(_asked)) if _asked else {}
    for each in list(_waiting):
        if each not in found:
            _waiting.pop(each, None)
    _waiting.update(found)


def forget() -> None:
    """Drop the figures, for tests."""
    _asked.clear()
    _waiting.clear()


_counting = Chore("backlog", count_waiting, every=_EVERY_SECONDS)
