"""Wake-ups from the queue. Each is safe to run twice, late, or for an order that does not exist."""

import uuid

import structlog
from celery import shared_task

from bamboo import conf
from orders.services import purchasing, ticking, wakeups

_log = structlog.get_logger(__name__)


@shared_task(name=wakeups.ORDER_CREATED)
def order_created(*, order_id: str, **_later_arguments: object) -> None:
    """Start a round; which order asked for it decides only whose credentials buy."""
    if all(purchasing.is_known_covered(mode) for mode in conf.configured_modes()):
        return
    try:
        mode = purchasing.order_mode(uuid.UUID(order_id))
    except ValueError:
        mode = None
    if mode is None:
        _log.warning("order_unknown", order_id=order_id)
        return
    purchasing.run_round(client=conf.client(mode), mode=mode)


@shared_task(name=wakeups.TICK)
def tick(**_later_arguments: object) -> None:
    """Do what is due this second."""
    for mode in conf.configured_modes():
        ticking.tick(client=conf.client(mode), mode=mode)


@shared_task(name=wakeups.REQUEUE)
def requeue(**_later_arguments: object) -> None:
    """Find the orders that no message woke."""
    ticking.requeue()
