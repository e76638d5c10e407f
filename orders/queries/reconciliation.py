"""What comparing with the supplier's books came to: runs, their figures and differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Abs

from orders.models import DifferenceKind, Reconciliation, ReconciliationDifference
from steller.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class OpenDifferences:
    """How many differences of one kind and currency nobody has explained yet, and their amounts without signs."""

    kind: str
    currency: str
    count: int
    amount: Decimal


def runs(*, mode: str) -> QuerySet[Reconciliation]:
    """Return all runs with their figures (two queries)."""
    return Reconciliation.objects.filter(mode=mode).prefetch_related("figures")


def run_of(run_id: int, *, mode: str) -> Reconciliation:
    """Return one run with its figures.

    Raises:
        NotFoundError: no such run.

    """
    run = runs(mode=mode).filter(pk=run_id).first()
    if run is None:
        raise NotFoundError("No such reconciliation.")
    return run


def last_run(*, mode: str) -> Reconciliation | None:
    """Return the latest run that ended well, with its figures."""
    return runs(mode=mode).filter(status="done").order_by("-pk").first()


def differences(*, mode: str, run_id: int | None = None) -> QuerySet[ReconciliationDifference]:
    """Return the differences, all or those that one run found, with their purchase and line."""
    found = ReconciliationDifference.objects.filter(mode=mode).select_related("purchase", "line")
    return found if run_id is None else found.filter(runs=run_id)


def only_open(found: QuerySet[ReconciliationDifference]) -> QuerySet[ReconciliationDifference]:
    """Keep the differences that are neither gone nor explained."""
    return found.filter(cleared_at__isnull=True, resolved_at__isnull=True)


def open_differences(*, mode: str) -> Sequence[OpenDifferences]:
    """Sum up by kind and currency what nobody has explained yet. One query."""
    rows = (
        only_open(ReconciliationDifference.objects.filter(mode=mode))
        .order_by("kind", "currency")
        .values_list("kind", "currency")
        .annotate(count=Count("pk"), amount=Sum(Abs(F("amount"))))
    )
    return [OpenDifferences(*row) for row in rows]


def unexplained_now(run_ids: Sequence[int]) -> dict[tuple[int, str], Decimal]:
    """Sum up by run and currency what is still unexplained of what these runs found. One query."""
    found = only_open(ReconciliationDifference.objects.filter(runs__in=run_ids)).exclude(kind=DifferenceKind.TIMING)
    rows = found.order_by().values_list("runs", "currency").annotate(amount=Sum(Abs(F("amount"))))
    return {(run, currency): amount for run, currency, amount in rows}


def counts_by_kind(run_id: int) -> dict[str, int]:
    """Count a run's differences that are still open, by kind. One query."""
    rows = only_open(ReconciliationDifference.objects.filter(runs=run_id)).order_by().values_list("kind")
    return dict(rows.annotate(count=Count("pk")))
