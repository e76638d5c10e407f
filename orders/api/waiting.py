"""Letting a request wait for its cards, without letting the waiting take the web threads away from others."""

import threading
import time
from uuid import UUID

from django.conf import settings

from orders import queries

_SHORTEST_SLEEP, _LONGEST_SLEEP = 0.05, 0.25
# A quarter of this process's threads may wait; when none is free the answer goes out at once.
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))


def wait_until_final(order_id: UUID, *, seconds: float) -> bool:
    """Wait until an order is final or the time is over; False when it did not wait at all."""
    if seconds <= 0 or not _places.acquire(blocking=False):
        return False
    try:
        give_up_at = time.monotonic() + seconds
        sleep = _SHORTEST_SLEEP
        while not queries.is_final(order_id) and (left := give_up_at - time.monotonic()) > 0:
            time.sleep(min(sleep, left))
            sleep = min(sleep * 1.5, _LONGEST_SLEEP)
    finally:
        _places.release()
    return True
