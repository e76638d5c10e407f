"""Wake-ups from the queue. Each is safe to run twice, late, or for an order that does not exist."""

import uuid

import structlog
from celery import shared_task

from bamboo import conf
from orders.services import bulk, exporting, purchasing, reconciling, ticking, wakeups

# Reading a report may take minutes, comparing a month of purchases some more; less than their leases.
_LONG_SECONDS = 20 * 60
_log = structlog.get_logger(__name__)
_BULK_SECONDS = 8.0


@shared_task(name=wakeups.ORDER_CREATED)
def order_created(*, order_id: str, **_later_arguments: object) -> None:
    """Start a round; which order asked for it decides only whose credentials buy."""
    if all(purchasing.is_known_covered(mode) for mode in conf.configured_modes()):
        return
    try:
        mode = purchasing.order_mode(uuid.UUID(order_id))
    except (ValueError, TypeError, AttributeError):
        # Not even a text: messages come from wherever the queue is open to.
        mode = None
    if mode is None:
        _log.warning("order_unknown", order_id=str(order_id)[:36])
        return
    purchasing.run_round(client=conf.client(mode), mode=mode)


@shared_task(name=wakeups.TICK)
def tick(*, mode: str | None = None, **_later_arguments: object) -> None:
    """Do what is due this second, for one mode or for each that has credentials."""
    for each in conf.configured_modes():
        if mode in (None, each):
            ticking.tick(client=conf.client(each), mode=each)


@shared_task(name=wakeups.REQUEUE)
def requeue(**_later_arguments: object) -> None:
    """Find the orders that no message woke."""
    ticking.requeue()


@shared_task(name=wakeups.RECONCILE, time_limit=_LONG_SECONDS)
def reconcile(*, run_id: int, **_later_arguments: object) -> None:
    """Compare some days with the supplier's books."""
    mode = reconciling.mode_of(run_id)
    if mode is None or mode not in conf.configured_modes():
        _log.warning("reconciliation_unknown", run=run_id)
        return
    reconciling.reconcile(client=conf.client(mode), run_id=run_id)


@shared_task(name="orders.reconcile_nightly")
def reconcile_nightly(**_later_arguments: object) -> None:
    """Ask for the nightly comparison; asked several times a night, since a report may fail."""
    for mode in conf.configured_modes():
        reconciling.request_nightly(mode=mode, actor="system:beat")


@shared_task(name=wakeups.EXPORT, time_limit=_LONG_SECONDS)
def export(*, export_id: str, **_later_arguments: object) -> None:
    """Write a report's file."""
    exporting.write_export(uuid.UUID(export_id))


@shared_task(name="orders.find_errands")
def find_errands(**_later_arguments: object) -> None:
    """Wake the comparisons and exports that no message woke, and throw old exports away."""
    for mode in conf.configured_modes():
        for run_id in reconciling.due(mode=mode):
            wakeups.reconcile(run_id)
    for export_id in exporting.due():
        wakeups.export(export_id)
    exporting.expire_exports()


@shared_task(name=bulk.PLACE_BULK)
def place_bulk(**_later_arguments: object) -> None:
    """Place the orders of confirmed files that wait."""
    bulk.place_due(seconds=_BULK_SECONDS)
