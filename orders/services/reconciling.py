"""A run of the comparison with the supplier's books: asked for, taken by one worker under a lease, ended.

The report is read in one call, and all that follows is stored so that it may be repeated. A report that could not be
read stores nothing, and the row says why.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import structlog
from django.db import IntegrityError
from django.db.models import F, Min, Q, Sum
from django.db.models.functions import Abs
from django_subatomic.db import durable, run_after_commit, transaction

from bamboo import limits
from bamboo.client import BambooClient
from bamboo.errors import BambooError
from bamboo.schemas import TransactionReport
from orders.models import (
    DifferenceKind,
    Purchase,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationFigure,
    ReconciliationStatus,
)
from orders.services import importing, matching, wakeups
from orders.services.matching import Sums
from partners import services as partners
from steller import database
from steller.errors import InvalidRequestError

MOST_DAYS = 31
NIGHTLY_DAYS = 3
MOST_ATTEMPTS = 3
# Longer than the task may run (`orders.tasks`).
LEASE = timedelta(minutes=25)
_DAY = timedelta(days=1)
_UNFINISHED = [ReconciliationStatus.QUEUED, ReconciliationStatus.RUNNING]
_log = structlog.get_logger(__name__)


def request_reconciliation(
    *,
    mode: str,
    first_day: date,
    last_day: date,
    actor: str,
    address: str | None = None,
    reference_id: str = "",
) -> Reconciliation:
    """Ask for a comparison of these days, both included; asking again while it waits or runs is the same request.

    Raises:
        InvalidRequestError: the days are not in order, too many, or not over yet to come.

    """
    _require_days(first_day, last_day, today=database.now().astimezone(UTC).date())
    with transaction():
        same = Reconciliation.objects.filter(mode=mode, first_day=first_day, last_day=last_day, status__in=_UNFINISHED)
        run = same.first()
        if run is None:
            run = Reconciliation.objects.create(mode=mode, first_day=first_day, last_day=last_day, requested_by=actor)
            partners.record_audit(
                action="reconciliation.request",
                subject=f"reconciliation:{run.pk}",
                actor=actor,
                after={"mode": mode, "first_day": str(first_day), "last_day": str(last_day)},
                address=address,
                reference_id=reference_id,
            )
        run_id = run.pk
        run_after_commit(lambda: wakeups.reconcile(run_id))
    return run


def _require_days(first_day: date, last_day: date, *, today: date) -> None:
    problem = None
    if last_day < first_day:
        problem = "The last day lies before the first."
    elif last_day > today:
        problem = "The last day lies in the future."
    elif (last_day - first_day).days >= MOST_DAYS:
        problem = f"At most {MOST_DAYS} days at once."
    if problem:
        raise InvalidRequestError(problem, errors={"last_day": [problem]})


def request_nightly(*, mode: str, actor: str) -> Reconciliation | None:
    """Ask for the comparison of the days before today, unless it was made today or is on its way."""
    today = database.now().astimezone(UTC).date()
    first_day, last_day = today - NIGHTLY_DAYS * _DAY, today - _DAY
    made = Reconciliation.objects.filter(mode=mode, first_day=first_day, last_day=last_day)
    if made.exclude(status=ReconciliationStatus.FAILED).exists():
        return None
    return request_reconciliation(mode=mode, first_day=first_day, last_day=last_day, actor=actor)


def due(*, mode: str) -> list[int]:
    """Return the runs that nobody works on, the oldest first."""
    late = Q(status=ReconciliationStatus.RUNNING, lease_until__lt=database.now())
    waiting = Reconciliation.objects.filter(Q(status=ReconciliationStatus.QUEUED) | late, mode=mode)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:10])


def mode_of(run_id: int) -> str | None:
    """Return the mode of a run, None when there is no such run."""
    return Reconciliation.objects.filter(pk=run_id).values_list("mode", flat=True).first()


@durable
def reconcile(*, client: BambooClient, run_id: int) -> Reconciliation | None:
    """Do a run, unless another worker does it, it is over, or another run of its mode is under way."""
    run = _claim(run_id)
    if run is None:
        return None
    asked_from, asked_until = _days_to_ask_for(run)
    try:
        with limits.call("transactions", mode=run.mode):
            report = client.transactions(first_day=asked_from, last_day=asked_until)
    except BambooError as error:
        _log.warning("reconciliation_not_read", run=run.pk, error=type(error).__name__, error_code=error.code)
        _end(run, status=ReconciliationStatus.FAILED, error_code=error.code[:60])
        return run
    imported = importing.import_lines(report.transactions, mode=run.mode)
    since, until = _covered(run, report, asked_from, asked_until)
    matched = matching.match(run, imported, since=since, until=until)
    run.lines_read, run.lines_new = len(imported.lines), imported.new
    run.purchases_checked = len(matched.purchase_ids)
    _end(run, status=ReconciliationStatus.DONE, sums=matched.sums)
    return run


def _claim(run_id: int) -> Reconciliation | None:
    try:
        with transaction():
            return _take(run_id)
    except IntegrityError:
        # Another run of the mode was taken at the same moment; the sweep comes back to this one.
        return None


def _take(run_id: int) -> Reconciliation | None:
    at = database.now()
    run = Reconciliation.objects.select_for_update(skip_locked=True).filter(pk=run_id).first()
    if run is None or not (run.status == ReconciliationStatus.QUEUED or _is_abandoned(run, at)):
        return None
    if Reconciliation.objects.filter(mode=run.mode, status=ReconciliationStatus.RUNNING).exclude(pk=run_id).exists():
        return None
    if run.attempts >= MOST_ATTEMPTS:
        _log.error("reconciliation_given_up", run=run_id)
        run.status, run.error_code, run.finished_at = ReconciliationStatus.FAILED, "gave_up", at
        run.save()
        return None
    run.status, run.attempts = ReconciliationStatus.RUNNING, run.attempts + 1
    run.lease_token, run.lease_until = uuid.uuid4(), at + LEASE
    run.save()
    return run


def _is_abandoned(run: Reconciliation, at: datetime) -> bool:
    return run.status == ReconciliationStatus.RUNNING and run.lease_until is not None and run.lease_until < at


def _days_to_ask_for(run: Reconciliation) -> tuple[date, date]:
    """Ask for more than the days of the run: the supplier's days are in a zone that it does not tell.

    And from the day on which the first of the purchases was sent, since it may have been charged then.
    """
    since, until = _midnight(run.first_day), _midnight(run.last_day + _DAY)
    settled = Purchase.objects.filter(mode=run.mode, settled_at__gte=since, settled_at__lt=until)
    earliest: datetime | None = settled.aggregate(earliest=Min("first_sent_at"))["earliest"]
    first = run.first_day if earliest is None else min(run.first_day, earliest.astimezone(UTC).date())
    first = max(first, run.first_day - MOST_DAYS * _DAY)
    today = database.now().astimezone(UTC).date()
    return first - _DAY, max(run.last_day, min(run.last_day + _DAY, today))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _covered(
    run: Reconciliation, report: TransactionReport, asked_from: date, asked_until: date
) -> tuple[datetime, datetime]:
    """Return when purchases must have been settled to be missed in the report: on its days, if it tells fewer."""
    first, last = run.first_day, run.last_day
    if report.first_day and report.first_day > asked_from:
        first = max(first, report.first_day + _DAY)
    if report.last_day and report.last_day < asked_until:
        last = min(last, report.last_day)
    if (first, last) != (run.first_day, run.last_day):
        _log.warning("report_covers_less", run=run.pk, first_day=str(first), last_day=str(last))
    return _midnight(first), _midnight(last + _DAY)


def _end(
    run: Reconciliation,
    *,
    status: ReconciliationStatus,
    error_code: str = "",
    sums: Mapping[str, Sums] | None = None,
) -> None:
    """Write what a run came to, unless it lost its lease meanwhile."""
    run.status, run.error_code, run.finished_at = status, error_code, database.now()
    with transaction():
        ended = Reconciliation.objects.filter(
            pk=run.pk, status=ReconciliationStatus.RUNNING, lease_token=run.lease_token
        ).update(
            status=run.status,
            error_code=run.error_code,
            finished_at=run.finished_at,
            updated_at=run.finished_at,
            lines_read=run.lines_read,
            lines_new=run.lines_new,
            purchases_checked=run.purchases_checked,
        )
        if ended and sums is not None:
            _write_figures(run, sums)


def _write_figures(run: Reconciliation, sums: Mapping[str, Sums]) -> None:
    timing, resolved = Q(kind=DifferenceKind.TIMING), Q(resolved_at__isnull=False)
    rows = (
        ReconciliationDifference.objects.filter(runs=run)
        .order_by()
        .values_list("currency")
        .annotate(
            timing=Sum(Abs(F("amount")), filter=timing & ~resolved, default=Decimal(0)),
            resolved=Sum(Abs(F("amount")), filter=resolved, default=Decimal(0)),
            unexplained=Sum(Abs(F("amount")), filter=~timing & ~resolved, default=Decimal(0)),
        )
    )
    differing = {currency: amounts for currency, *amounts in rows}
    ReconciliationFigure.objects.bulk_create(
        _figure(run, currency, sums.get(currency) or Sums(), differing.get(currency, [Decimal(0)] * 3))
        for currency in sorted({*sums, *differing})
    )


def _figure(run: Reconciliation, currency: str, sums: Sums, amounts: Sequence[Decimal]) -> ReconciliationFigure:
    timing, resolved, unexplained = amounts
    return ReconciliationFigure(
        run=run,
        currency=currency,
        charged=sums.charged,
        recorded=sums.recorded,
        other=sums.other,
        timing=timing,
        resolved=resolved,
        unexplained=unexplained,
    )
