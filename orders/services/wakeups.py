"""Wake-ups: messages that carry an id and nothing else. Losing one costs time, never an order.

Publishing is bounded in time and never raises: an order that is committed stays accepted when the broker is
down, and the sweeps find it. A request does not wait for the broker at all: a thread of its process publishes. Since
a round buys for everybody, the orders of a crowded moment share one message.
"""

import threading
import time
import uuid

import structlog

from celery_app import app

ORDER_CREATED = "orders.order_created"
TICK = "purchasing.tick"
REQUEUE = "orders.requeue"
RECONCILE = "orders.reconcile"
EXPORT = "orders.export"

_FAILURES_UNTIL_PAUSE = 2
# A process publishes this many messages in a burst; then one each so many seconds is enough for everybody, since
# checkouts are ten times as far apart.
_BURST = 50.0
_REST_SECONDS = 0.05
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


def order_accepted(order_id: uuid.UUID, *, mode: str) -> None:
    """Wake a round soon, without waiting for the broker; call it after the commit."""
    _publisher.wake(order_id, mode=mode)


def order_created(order_id: uuid.UUID) -> bool:
    """Wake a round; the answer tells whether the broker took the message."""
    return _publish(ORDER_CREATED, queue="order-created", order_id=str(order_id))


def reconcile(run_id: int) -> bool:
    """Wake a comparison with the supplier's books."""
    return _publish(RECONCILE, queue="slow", run_id=run_id)


def export(export_id: uuid.UUID) -> bool:
    """Wake the writing of a report's file."""
    return _publish(EXPORT, queue="slow", export_id=str(export_id))


def _publish(task: str, *, queue: str, **ids: object) -> bool:
    if not _breaker.allows():
        return False
    try:
        app.send_task(task, kwargs=ids, queue=queue, confirm_timeout=1, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the row is safe without it
        _breaker.failed()
        _log.warning("wake_up_not_published", task=task, error=type(error).__name__, **ids)
        return False
    _breaker.succeeded()
    return True


class _Publisher:
    """Publishes from a thread of its own: a message for each order, and in a crowd one for each mode.

    A bucket of messages that fills slowly tells which it is: while it holds enough for all, each order gets its own.
    """

    def __init__(self) -> None:
        self._waiting: dict[uuid.UUID, str] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._allowed = _BURST
        self._filled_at = time.monotonic()

    def wake(self, order_id: uuid.UUID, *, mode: str) -> None:
        with self._news:
            self._waiting[order_id] = mode
            # A fork takes no threads along.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
                self._thread.start()
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting)
                waiting, self._waiting = self._waiting, {}
            latest = {mode: order_id for order_id, mode in waiting.items()}
            is_crowd = not self._holds(len(waiting))
            for order_id in latest.values() if is_crowd else waiting:
                order_created(order_id)
                self._allowed = max(self._allowed - 1, 0.0)
            if is_crowd:
                time.sleep(_REST_SECONDS)

    def _holds(self, messages: int) -> bool:
        """Fill the bucket for the time that has passed, and tell whether it holds so many messages."""
        now = time.monotonic()
        self._allowed = min(self._allowed + (now - self._filled_at) / _REST_SECONDS, _BURST)
        self._filled_at = now
        return messages <= self._allowed


_publisher = _Publisher()
