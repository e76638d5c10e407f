"""One synchronisation with the supplier: read page after page, store each, withdraw what is gone.

The network is never used inside a transaction: each page is read and kept as it came, then stored in a transaction
of its own. What is absent is withdrawn only after a walk that saw everything that the supplier counts.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from itertools import batched

import structlog
from django.conf import settings
from django.utils import timezone
from django_subatomic.db import durable, transaction

from bamboo import accounts, limits
from bamboo.client import BambooClient, Keep
from bamboo.errors import BambooError, OutcomeUnknown, RateLimited
from bamboo.schemas import CatalogPage
from catalog.models import SyncRun
from catalog.services import announcing, runs, storing
from catalog.services.rates import sync_rates
from catalog.services.reading import Walk
from catalog.services.storing import SyncCounts
from steller import database

_TRIES = 3
# Answers of a supplier that has no such endpoint, or has it no more: version 1 is announced to end.
_NOT_SERVED = frozenset({404, 405, 410, 501})
_OTHER_VERSION = {1: 2, 2: 1}
_PATIENCE_SECONDS = 120.0
# A body of version 1 is stored in parts of so many brands: as much as a page of version 2 has.
_BRANDS_AT_ONCE = 100
_log = structlog.get_logger(__name__)


class SyncRunningError(RuntimeError):
    """Another process is synchronising right now: its result will do."""


@durable
def sync_catalog(
    client: BambooClient,
    *,
    mode: str = "live",
    trigger: str = SyncRun.Trigger.BEAT,
    actor: str = "system:beat",
) -> SyncCounts:
    """Bring the catalog, then accounts and rates, to what the supplier says now; one process at a time.

    A request that waits is served by it. Accounts or rates that cannot be read are logged and keep their old values.

    Raises:
        BambooError: the catalog could not be read to its end; what was read is stored, nothing withdrawn.
        SyncRunningError: another process is at it.

    """
    with database.alone("catalog.sync") as free:
        if not free:
            raise SyncRunningError("Another synchronisation is running")
        run = runs.begin(mode=mode, trigger=trigger, actor=actor, version=settings.CATALOG_VERSION)
        began = timezone.now()
        try:
            counts = _recorded(run, client, mode)
        finally:
            announcing.announce_changes(since=began)
        for name, refresh in (("accounts", accounts.refresh), ("rates", sync_rates)):
            try:
                refresh(client, mode=mode)
            except BambooError as error:
                _log.error("sync_part_failed", part=name, mode=mode, error_code=error.code)
    _log.info("catalog_synchronised", mode=mode, run_id=run.pk, status=run.status, **asdict(counts))
    # Whoever asked while this run was under way wants a later look than its own.
    if (asked := runs.waiting(mode)) is not None:
        runs.wake(asked)
    return counts


def _recorded(run: SyncRun, client: BambooClient, mode: str) -> SyncCounts:
    """Synchronise and close the run, whatever comes of it."""
    counts, walk = SyncCounts(), Walk(is_whole=run.version == 1)
    try:
        is_complete = _sync(run, client, mode, walk=walk, counts=counts)
    except Exception as error:
        _note(run, walk, counts)
        code = error.code if isinstance(error, BambooError) else type(error).__name__
        runs.end(run, status=SyncRun.Status.FAILED, error=code)
        raise
    _note(run, walk, counts)
    runs.end(run, status=SyncRun.Status.SUCCEEDED if is_complete else SyncRun.Status.INCOMPLETE)
    return counts


def _note(run: SyncRun, walk: Walk, counts: SyncCounts) -> None:
    run.pages, run.brands, run.unreadable = walk.next_index, len(walk.brands), walk.unreadable
    run.repeated = sorted(walk.repeated)
    run.inserted, run.updated = counts.inserted, counts.updated
    run.unchanged, run.withdrawn = counts.unchanged, counts.withdrawn


def _sync(run: SyncRun, client: BambooClient, mode: str, *, walk: Walk, counts: SyncCounts) -> bool:
    _sync_lists(run, client, mode)
    while not walk.is_over:
        asked_at = timezone.now()
        try:
            page = _page(run, client, mode, walk.next_index)
        except OutcomeUnknown as error:
            if error.http_status not in _NOT_SERVED or walk.next_index:
                raise
            page = _other_version(run, client, mode, walk=walk)
        rows = walk.take(page)
        for part in batched(rows, _BRANDS_AT_ONCE):
            with transaction():
                storing.store_page(part, counts=counts, asked_at=asked_at)
    is_complete = walk.is_complete(known_repeats=runs.repeated_before(run))
    with transaction():
        storing.name_countries()
        if is_complete:
            storing.withdraw_unseen(walk, counts=counts)
    if not is_complete:
        _log.error("catalog_walk_incomplete", mode=mode, pages=walk.next_index, brands=len(walk.brands))
    return is_complete


def _other_version(run: SyncRun, client: BambooClient, mode: str, *, walk: Walk) -> CatalogPage:
    """Read the catalog of the other version: the supplier does not serve the one that the settings name."""
    _log.warning("catalog_version_not_served", mode=mode, version=run.version)
    run.version = _OTHER_VERSION[run.version]
    walk.is_whole = run.version == 1
    return _page(run, client, mode, 0)


def _sync_lists(run: SyncRun, client: BambooClient, mode: str) -> None:
    """Read categories and the names of countries; a catalog without them is still one."""
    _sync_list(run, mode, "categories", client.categories, storing.store_categories)
    _sync_list(run, mode, "countries", client.countries, storing.store_countries)


def _sync_list[Row](
    run: SyncRun, mode: str, kind: str, read: Callable[..., Row], store: Callable[[Row], object]
) -> None:
    try:
        with limits.call("other", mode=mode):
            rows = read(keep=partial(runs.keep, run=run, kind=kind))
        with transaction():
            store(rows)
    except BambooError as error:
        _log.warning("sync_part_failed", part=kind, mode=mode, error_code=error.code)


def _page(run: SyncRun, client: BambooClient, mode: str, index: int) -> CatalogPage:
    """Read a page, again when it did not come: each time waits for its turn at the limiter."""
    keep = partial(runs.keep, run=run, kind="catalog", index=index)
    key, read = _reader(client, run.version, index, keep)
    # The whole catalog in one body may be asked for twice an hour: the next run is its second try.
    tries = _TRIES if run.version > 1 else 1
    for left in reversed(range(tries)):
        try:
            with limits.call(key, mode=mode, max_wait=_PATIENCE_SECONDS):
                return read()
        except (RateLimited, OutcomeUnknown) as error:
            _log.warning("catalog_page_failed", page=index, error_code=error.code, tries_left=left)
            if not left or error.http_status in _NOT_SERVED:
                raise
    raise AssertionError("the last try returns or raises")


def _reader(client: BambooClient, version: int, index: int, keep: Keep) -> tuple[str, Callable[[], CatalogPage]]:
    """Return the limit that a page falls under, and how to read it."""
    if version == 1:
        return "catalog", partial(client.catalog_v1, keep=keep)
    return "catalog_v2", partial(client.catalog_page, page_index=index, keep=keep)
