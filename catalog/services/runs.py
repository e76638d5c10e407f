"""Runs of the synchronisation: asked for, taken up, ended, and kept with the supplier's answers.

A queued row is the request: the message that wakes a worker may be lost, and the next run of the clock finds it.
"""

import zlib
from functools import partial

import structlog
from django.utils import timezone
from django_subatomic.db import run_after_commit, transaction, transaction_if_not_already

from catalog.models import RawPage, SyncRun
from celery_app import app
from partners import services as partners

SYNC = "catalog.sync"
_RUNS_WITH_ANSWERS = 3
_log = structlog.get_logger(__name__)


@transaction_if_not_already
def request_sync(*, actor: str, trigger: str, reason: str = "", mode: str = "live") -> SyncRun:
    """Ask for a synchronisation and wake a worker; a request that still waits is returned again."""
    run, is_new = SyncRun.objects.get_or_create(
        mode=mode,
        status=SyncRun.Status.QUEUED,
        defaults={"actor": actor, "trigger": trigger, "reason": reason},
    )
    if is_new:
        partners.record_audit(action="catalog.sync", subject=f"sync:{run.pk}", actor=actor, reason=reason)
    run_after_commit(partial(wake, run.pk))
    return run


def wake(run_id: int) -> None:
    """Publish the wake-up, bounded in time and never raising: the request stands in the database."""
    try:
        app.send_task(SYNC, kwargs={"run_id": run_id}, queue="slow", confirm_timeout=1, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the next run of the clock finds the request
        _log.warning("sync_not_published", run_id=run_id, error=type(error).__name__)


def is_over(run_id: int) -> bool:
    """Tell whether a requested run was taken up already, by whatever came first."""
    return not SyncRun.objects.filter(pk=run_id, status=SyncRun.Status.QUEUED).exists()


def waiting(mode: str) -> int | None:
    """Return the request that waits, if there is one."""
    return SyncRun.objects.filter(mode=mode, status=SyncRun.Status.QUEUED).values_list("pk", flat=True).first()


@transaction
def begin(*, mode: str, trigger: str, actor: str, version: int) -> SyncRun:
    """Take up the request that waits, or open a run of one's own; the caller holds the lock of synchronisations."""
    now = timezone.now()
    # Whoever ran them is dead, or it would hold the lock.
    SyncRun.objects.filter(status=SyncRun.Status.RUNNING).update(
        status=SyncRun.Status.FAILED, finished_at=now, error="interrupted"
    )
    run = SyncRun.objects.select_for_update().filter(mode=mode, status=SyncRun.Status.QUEUED).first()
    run = run or SyncRun(mode=mode, trigger=trigger, actor=actor)
    run.status, run.started_at, run.version = SyncRun.Status.RUNNING, now, version
    run.save()
    return run


@transaction
def end(run: SyncRun, *, status: str, error: str = "") -> None:
    """Close a run with what it counted, and drop the answers of all but the last runs."""
    run.status, run.error, run.finished_at = status, error[:300], timezone.now()
    run.save()
    kept = SyncRun.objects.filter(raw_pages__isnull=False).distinct().order_by("-pk")[:_RUNS_WITH_ANSWERS]
    RawPage.objects.exclude(run__in=list(kept)).delete()


def keep(body: bytes, *, run: SyncRun, kind: str, index: int = 0) -> None:
    """Keep an answer as it came, before anybody tries to read it."""
    RawPage.objects.create(run=run, kind=kind, index=index, body=zlib.compress(body, 6), size=len(body))


def repeated_before(run: SyncRun) -> list[str]:
    """Return the brands that came on two pages in the last run that read to the end."""
    ended = (SyncRun.Status.SUCCEEDED, SyncRun.Status.INCOMPLETE)
    before = SyncRun.objects.filter(mode=run.mode, status__in=ended).exclude(pk=run.pk).order_by("-pk")
    repeated: list[str] | None = before.values_list("repeated", flat=True).first()
    return repeated or []
