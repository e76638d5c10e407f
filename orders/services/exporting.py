"""Reports as files, written in the background: asked for, taken by one worker under a lease, kept for some days.

Each part is committed with the progress that it makes, so nobody waits on a large report and a worker that dies
leaves a row that says how far it was. Whoever takes it then starts anew.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import batched

import structlog
from django.db import DatabaseError
from django.db.models import Q
from django_subatomic.db import durable, run_after_commit, transaction

from orders.models import ExportStatus, ReportExport, ReportExportPart
from orders.queries import exports
from orders.queries.exports import Table
from orders.services import wakeups
from partners import services as partners
from steller import database
from steller.spreadsheets import csv_text

KEPT = timedelta(days=7)
# Longer than the task may run (`orders.tasks`).
LEASE = timedelta(minutes=25)
MOST_ATTEMPTS = 3
MOST_ROWS = 1_000_000
_PART_ROWS = 2000
_log = structlog.get_logger(__name__)


class _LostLeaseError(Exception):
    """Another worker took the export over: leave it to that one."""


def request_export(
    *,
    report: str,
    parameters: Mapping[str, object],
    mode: str,
    actor: str,
    address: str | None = None,
    reference_id: str = "",
) -> ReportExport:
    """Ask for a report as CSV; `parameters` are checked by the caller and must be fit for JSON."""
    with transaction():
        export = ReportExport.objects.create(report=report, parameters=dict(parameters), mode=mode, requested_by=actor)
        partners.record_audit(
            action="report.export",
            subject=f"export:{export.pk}",
            actor=actor,
            after={"report": report, "mode": mode, "parameters": dict(parameters)},
            address=address,
            reference_id=reference_id,
        )
        run_after_commit(lambda: wakeups.export(export.pk))
    return export


def due() -> list[uuid.UUID]:
    """Return the exports that nobody works on, the oldest first."""
    late = Q(status=ExportStatus.RUNNING, lease_until__lt=database.now())
    waiting = ReportExport.objects.filter(Q(status=ExportStatus.QUEUED) | late)
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:20])


@durable
def write_export(export_id: uuid.UUID) -> None:
    """Write an export, unless another worker does or it is over."""
    export = _claim(export_id)
    if export is None:
        return
    try:
        table = exports.table(export.report, export.parameters, mode=export.mode)
        if table.total > MOST_ROWS:
            _fail(export, f"The report has {table.total:,} rows, more than {MOST_ROWS:,}: choose fewer days.")
        else:
            _write(export, table)
    except _LostLeaseError:
        _log.warning("export_lost_its_lease", export=str(export_id))
    except DatabaseError as error:
        # A statement that takes too long does so the next time too.
        _log.exception("export_failed", export=str(export_id), error=type(error).__name__)
        _fail(export, "The database did not answer in time: choose fewer days, or try again later.")


def _claim(export_id: uuid.UUID) -> ReportExport | None:
    with transaction():
        at = database.now()
        export = ReportExport.objects.select_for_update(skip_locked=True).filter(pk=export_id).first()
        if export is None or not (export.status == ExportStatus.QUEUED or _is_abandoned(export, at)):
            return None
        export.parts.all().delete()
        export.rows_done, export.size, export.rows_total = 0, 0, None
        if export.attempts >= MOST_ATTEMPTS:
            export.status, export.error, export.finished_at = ExportStatus.FAILED, "It failed three times.", at
            export.save()
            _log.error("export_given_up", export=str(export_id))
            return None
        export.status, export.attempts = ExportStatus.RUNNING, export.attempts + 1
        export.lease_token, export.lease_until = uuid.uuid4(), at + LEASE
        export.save()
    return export


def _is_abandoned(export: ReportExport, at: datetime) -> bool:
    return export.status == ExportStatus.RUNNING and export.lease_until is not None and export.lease_until < at


def _write(export: ReportExport, table: Table) -> None:
    _update(export, rows_total=table.total)
    written = 0
    _add_part(export, 0, [table.columns], done=0)
    for position, rows in enumerate(batched(table.rows, _PART_ROWS), start=1):
        written += len(rows)
        _add_part(export, position, rows, done=written)
    # Lines may have come or gone since they were counted.
    at = database.now()
    _update(
        export,
        status=ExportStatus.DONE,
        rows_total=written,
        rows_done=written,
        finished_at=at,
        expires_at=at + KEPT,
    )


def _add_part(export: ReportExport, position: int, rows: Iterable[Sequence[object]], *, done: int) -> None:
    content = csv_text(rows)
    export.size += len(content.encode())
    with transaction():
        _update(export, rows_done=done, size=export.size)
        ReportExportPart.objects.create(export=export, position=position, content=content)


def _update(export: ReportExport, **values: object) -> None:
    """Change the row while it is ours.

    Raises:
        _LostLeaseError: another worker took it over.

    """
    ours = ReportExport.objects.filter(pk=export.pk, status=ExportStatus.RUNNING, lease_token=export.lease_token)
    if not ours.update(**values, updated_at=database.now()):
        raise _LostLeaseError


def _fail(export: ReportExport, error: str) -> None:
    _update(export, status=ExportStatus.FAILED, error=error, finished_at=database.now())


@durable
def expire_exports() -> int:
    """Throw the content of old exports away; the answer is how many."""
    with transaction():
        old = ReportExport.objects.filter(status=ExportStatus.DONE, expires_at__lt=database.now())
        expired = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:100])
        ReportExportPart.objects.filter(export__in=expired).delete()
        ReportExport.objects.filter(pk__in=expired).update(status=ExportStatus.EXPIRED, updated_at=database.now())
    return len(expired)
