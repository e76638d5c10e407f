"""Notes of partners' requests: collected in memory, stored some seconds later by a thread of the process.

A process that is killed loses the notes of its last seconds, and one that cannot reach the database keeps the newest
ten thousand. They are for looking something up; what counts (money, access, reveals) stands in the audit log.
"""

from collections import deque
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import connection

from steller import isolation
from steller.background import Chore

_EVERY_SECONDS = 2.0
_MOST_KEPT = 10_000
_COPY = """
COPY partners_requestnote (partner_id, mode, actor, at, method, path, status, duration_ms, reference_id) FROM STDIN
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """A request that was answered, in the order of the table's columns."""

    partner_id: int
    mode: str
    actor: str
    at: datetime
    method: str
    path: str
    status: int
    duration_ms: int
    reference_id: str


_notes: deque[Noted] = deque(maxlen=_MOST_KEPT)


def note_request(noted: Noted) -> None:
    """Keep a note until the next storing."""
    _notes.append(noted)
    _storing.wake()


def store_requests() -> int:
    """Store the notes that were kept; the answer is how many. In one statement, whatever their number."""
    taken = [_notes.popleft() for _ in range(len(_notes))]
    if not taken:
        return 0
    try:
        isolation.show_everything()
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for each in taken:
                copy.write_row(astuple(each))
    except Exception:
        _notes.extendleft(reversed(taken[: _MOST_KEPT - len(_notes)]))
        raise
    return len(taken)


def forget_requests() -> None:
    """Drop what is kept, for tests."""
    _notes.clear()


_storing = Chore("request-notes", store_requests, every=_EVERY_SECONDS, at_exit=True)
