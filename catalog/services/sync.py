"""One synchronisation with the supplier: read page after page, store each, withdraw what is gone.

The network is never used inside a transaction: each page is read, then stored in a transaction of its own.
What is absent is withdrawn only after a walk that saw everything that the supplier counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import structlog
from django.db import connection
from django.utils import timezone
from django_subatomic.db import durable, transaction

from bamboo import accounts, limits
from bamboo.client import BambooClient
from bamboo.errors import BambooError, OutcomeUnknown, RateLimited
from bamboo.schemas import CatalogPage
from catalog.services import storing
from catalog.services.rates import sync_rates
from catalog.services.reading import Walk
from catalog.services.storing import SyncCounts

_TRIES = 3
_PATIENCE_SECONDS = 120.0
_log = structlog.get_logger(__name__)


class SyncRunningError(RuntimeError):
    """Another process is synchronising right now: its result will do."""


@durable
def sync_catalog(client: BambooClient, *, mode: str = "live") -> SyncCounts:
    """Bring the catalog, then accounts and rates, to what the supplier says now; one process at a time.

    Accounts or rates that cannot be read are logged and keep their old values.

    Raises:
        BambooError: the catalog could not be read to its end; what was read is stored, nothing withdrawn.
        SyncRunningError: another process is at it.

    """
    with _alone():
        counts = _sync(client, mode)
        for name, refresh in (("accounts", accounts.refresh), ("rates", sync_rates)):
            try:
                refresh(client, mode=mode)
            except BambooError as error:
                _log.error("sync_part_failed", part=name, mode=mode, error_code=error.code)
    _log.info("catalog_synchronised", mode=mode, **asdict(counts))
    return counts


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the session's advisory lock; it goes with the connection, whatever happens to the process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('catalog.sync'))")
        (taken,) = cursor.fetchone() or (False,)
    if not taken:
        raise SyncRunningError("Another synchronisation is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('catalog.sync'))")


def _sync(client: BambooClient, mode: str) -> SyncCounts:
    counts, walk = SyncCounts(), Walk()
    with limits.call("other", mode=mode):
        categories = client.categories()
    with transaction():
        storing.store_categories(categories)
    while not walk.is_over:
        asked_at = timezone.now()
        rows = walk.take(_page(client, mode, walk.next_index))
        with transaction():
            storing.store_page(rows, counts=counts, asked_at=asked_at)
    if walk.is_complete:
        with transaction():
            storing.withdraw_unseen(walk, counts=counts)
    else:
        _log.error("catalog_walk_incomplete", mode=mode, pages=walk.next_index, brands=len(walk.brands))
    return counts


def _page(client: BambooClient, mode: str, index: int) -> CatalogPage:
    """Read a page, again when it did not come: each time waits for its turn at the limiter."""
    for left in reversed(range(_TRIES)):
        try:
            with limits.call("catalog_v2", mode=mode, max_wait=_PATIENCE_SECONDS):
                return client.catalog_page(page_index=index)
        except (RateLimited, OutcomeUnknown) as error:
            _log.warning("catalog_page_failed", page=index, error_code=error.code, tries_left=left)
            if not left:
                raise
    raise AssertionError("the last try returns or raises")
