"""Wake-ups: messages that carry an id and nothing else. Losing one costs time, never an order.

Publishing is bounded in time and never raises: an order that is committed stays accepted when the broker is
down, and the sweeps find it.
"""

import time
import uuid

import structlog

from celery_app import app

ORDER_CREATED = "orders.order_created"
TICK = "purchasing.tick"
REQUEUE = "orders.requeue"

_FAILURES_UNTIL_PAUSE = 2
_PAUSE_SECONDS = 30.0
_log = structlog.get_logger(__name__)


class _Breaker:
    """Stop trying for a while once the broker has failed twice in a row, so that no request waits for it."""

    def __init__(self) -> None:
        self.failures = 0
        self.open_until = 0.0

    def allows(self) -> bool:
        return time.monotonic() >= self.open_until

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= _FAILURES_UNTIL_PAUSE:
            self.open_until = time.monotonic() + _PAUSE_SECONDS


_breaker = _Breaker()


def order_created(order_id: uuid.UUID) -> bool:
    """Wake a round; the answer tells whether the broker took the message."""
    if not _breaker.allows():
        return False
    try:
        app.send_task(
            ORDER_CREATED,
            kwargs={"order_id": str(order_id)},
            queue="order-created",
            confirm_timeout=1,
            ignore_result=True,
        )
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the order is safe without it
        _breaker.failed()
        _log.warning("wake_up_not_published", order_id=str(order_id), error=type(error).__name__)
        return False
    _breaker.succeeded()
    return True
