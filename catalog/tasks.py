"""The catalog's wake-ups. Two at a time are harmless: the service lets one work and sends the other home."""

import structlog
from celery import shared_task

from bamboo import accounts, conf
from catalog import services

# A full catalog is read in about two minutes; a 429 in between may cost as much again.
_SYNC_SECONDS = 20 * 60
# Five products, each with its wait for a slot and its answer.
_REFRESH_SECONDS = 5 * 60
_log = structlog.get_logger(__name__)


@shared_task(name=services.SYNC, time_limit=_SYNC_SECONDS)
def sync(*, run_id: int | None = None, **_ignored: object) -> None:
    """Synchronise catalog, accounts and rates; further credentials only have accounts of their own.

    With `run_id` it is asked for by staff, and there is nothing to do if that request was served already.
    """
    if run_id is not None and services.is_over(run_id):
        return
    for position, mode in enumerate(conf.configured_modes()):
        client = conf.client(mode)
        if position:
            accounts.refresh(client, mode=mode)
            continue
        try:
            services.sync_catalog(client, mode=mode)
        except services.SyncRunningError:
            _log.info("sync_already_running", mode=mode)


@shared_task(name="catalog.sync_rates")
def sync_rates(**_ignored: object) -> None:
    """Read the exchange rates."""
    for mode in conf.configured_modes()[:1]:
        services.sync_rates(conf.client(mode), mode=mode)


@shared_task(name="catalog.refresh_hinted", time_limit=_REFRESH_SECONDS)
def refresh_hinted(**_ignored: object) -> None:
    """Read the products again that the supplier says have changed."""
    for mode in conf.configured_modes()[:1]:
        services.refresh_hinted(conf.client(mode), mode=mode)
