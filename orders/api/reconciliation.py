"""The addresses below `/api/staff/reconciliation`: runs of the comparison with the supplier, and what differs."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.models import DifferenceKind, Reconciliation, ReconciliationDifference, ReconciliationStatus
from orders.queries import reconciliation as queries
from orders.services import differing, reconciling
from partners.authentication import permitted
from partners.authentication.views import StaffView
from steller.database import Mode
from steller.money import display
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NEWEST_FIRST = ("-id",)
_VIEW = "orders.view_reconciliation"


class RunRequest(serializers.Serializer[Any]):
    """Which days to compare, both included, in UTC; at most 31, and none to come."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)


class FigureBody(serializers.Serializer[Any]):
    """What a run came to in one currency. Sums of differences are without signs, so that two never hide each other."""

    currency = serializers.CharField(help_text="Empty: lines that name no currency.")
    charged = serializers.CharField(help_text="By the supplier, for orders.")
    recorded = serializers.CharField(help_text="By us, as charged.")
    other = serializers.CharField(help_text="Lines that are no orders, as reported.")
    timing = serializers.CharField()
    resolved = serializers.CharField(help_text="Explained by a person, when the run ended.")
    unexplained = serializers.CharField(help_text="When the run ended.")
    unexplained_now = serializers.CharField(help_text="What is left of it.")


class RunBody(serializers.Serializer[Any]):
    """A run: `queued`, `running`, `done`, or `failed` with the reason in `error_code`."""

    id = serializers.IntegerField()
    mode = serializers.ChoiceField(choices=Mode.values)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    status = serializers.ChoiceField(choices=ReconciliationStatus.choices)
    error_code = serializers.CharField(allow_null=True)
    requested_by = serializers.CharField()
    lines_read = serializers.IntegerField()
    lines_new = serializers.IntegerField()
    purchases_checked = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    figures = FigureBody(many=True)


class DifferenceBody(serializers.Serializer[Any]):
    """Something in which the supplier's books and ours differ; `amount` is the supplier's less ours."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DifferenceKind.choices)
    currency = serializers.CharField()
    amount = serializers.CharField()
    detail = serializers.CharField()
    purchase_id = serializers.UUIDField(allow_null=True)
    request_id = serializers.UUIDField(allow_null=True)
    transaction_id = serializers.CharField(allow_null=True, help_text="The supplier's.")
    transaction_type = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True, help_text="A later run found it gone.")
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = serializers.CharField(allow_null=True)
    resolution = serializers.CharField(allow_null=True)


_DIFFERENCES = page_of(DifferenceBody)


class RunDetail(RunBody):
    """A run with what it found."""

    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Open differences by kind.")
    differences = _DIFFERENCES


class RunFilters(serializers.Serializer[Any]):
    """Which runs to list."""

    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)
    status = serializers.ChoiceField(choices=ReconciliationStatus.choices, required=False)


class DifferenceFilters(serializers.Serializer[Any]):
    """Which differences to list."""

    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)
    kind = serializers.ChoiceField(choices=DifferenceKind.choices, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    state = serializers.ChoiceField(
        choices=["open", "resolved", "cleared"], required=False, help_text="`open`: neither resolved nor cleared."
    )


class ResolveBody(serializers.Serializer[Any]):
    """What explains the difference."""

    note = serializers.CharField(max_length=1000)


class ReconciliationsView(StaffView):
    """`/api/staff/reconciliation`."""

    @extend_schema(
        operation_id="reconciliation_list",
        tags=["staff"],
        parameters=[RunFilters, *PAGE_PARAMETERS],
        responses={200: page_of(RunBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List runs, the newest first."""
        permitted(request, _VIEW)
        filters = fields_of(RunFilters, request.query_params)
        runs = queries.runs(mode=filters["mode"])
        if status := filters.get("status"):
            runs = runs.filter(status=status)
        answer = page(runs, request, ordering=_NEWEST_FIRST, body=lambda run: run)
        found: list[Reconciliation] = answer.data["results"]
        left = queries.unexplained_now([run.pk for run in found])
        answer.data["results"] = [_run_body(run, left) for run in found]
        return answer

    @extend_schema(
        operation_id="reconciliation_request",
        tags=["staff"],
        request=RunRequest,
        responses={202: OpenApiResponse(RunBody, "The run is queued; read it until it is over."), **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Compare some days with the supplier's report. Asked again while it waits or runs, it is the same run."""
        who = permitted(request, "orders.run_reconciliation")
        asked = fields_of(RunRequest, request.data)
        run = reconciling.request_reconciliation(
            **asked, actor=who.actor, address=who.address, reference_id=who.reference_id
        )
        return Response(_run_body(run, {}), status=202)


class ReconciliationView(StaffView):
    """`/api/staff/reconciliation/{id}`."""

    @extend_schema(
        operation_id="reconciliation_read",
        tags=["staff"],
        parameters=[DifferenceFilters, *PAGE_PARAMETERS],
        responses={200: RunDetail, **PROBLEMS},
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Read a run and a page of the differences that it found."""
        permitted(request, _VIEW)
        filters = fields_of(DifferenceFilters, request.query_params)
        run = queries.run_of(run_id, mode=filters["mode"])
        found = _filtered(queries.differences(mode=run.mode, run_id=run.pk), filters)
        return Response(
            {
                **_run_body(run, queries.unexplained_now([run.pk])),
                "counts": queries.counts_by_kind(run.pk),
                "differences": page(found, request, ordering=_NEWEST_FIRST, body=_difference_body).data,
            }
        )


class DifferencesView(StaffView):
    """`/api/staff/reconciliation/difference`."""

    @extend_schema(
        operation_id="difference_list",
        tags=["staff"],
        parameters=[DifferenceFilters, *PAGE_PARAMETERS],
        responses={200: _DIFFERENCES, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the differences of all runs, the newest first."""
        permitted(request, _VIEW)
        filters = fields_of(DifferenceFilters, request.query_params)
        found = _filtered(queries.differences(mode=filters["mode"]), filters)
        return page(found, request, ordering=_NEWEST_FIRST, body=_difference_body)


class ResolveView(StaffView):
    """`/api/staff/reconciliation/difference/{id}/resolve`."""

    @extend_schema(
        operation_id="difference_resolve",
        tags=["staff"],
        request=ResolveBody,
        responses={200: DifferenceBody, **PROBLEMS},
    )
    def post(self, request: Request, difference_id: int) -> Response:
        """Explain a difference with a note; it no longer counts as unexplained unless its amount changes."""
        who = permitted(request, "orders.resolve_difference")
        note = fields_of(ResolveBody, request.data)["note"]
        difference = differing.resolve_difference(
            difference_id=difference_id,
            note=note,
            actor=who.actor,
            address=who.address,
            reference_id=who.reference_id,
        )
        return Response(_difference_body(difference))


def _filtered(found: QuerySet[ReconciliationDifference], filters: dict[str, Any]) -> QuerySet[ReconciliationDifference]:
    found = found.filter(**{name: filters[name] for name in ("kind", "currency") if name in filters})
    match filters.get("state"):
        case "open":
            return queries.only_open(found)
        case "resolved":
            return found.filter(resolved_at__isnull=False)
        case "cleared":
            return found.filter(cleared_at__isnull=False)
        case _:
            return found


def _run_body(run: Reconciliation, left: dict[tuple[int, str], Decimal]) -> dict[str, object]:
    names = ("charged", "recorded", "other", "timing", "resolved", "unexplained")
    return {
        "id": run.pk,
        "mode": run.mode,
        "first_day": run.first_day,
        "last_day": run.last_day,
        "status": run.status,
        "error_code": run.error_code or None,
        "requested_by": run.requested_by,
        "lines_read": run.lines_read,
        "lines_new": run.lines_new,
        "purchases_checked": run.purchases_checked,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
        "figures": [
            {
                "currency": figure.currency,
                **{name: display(getattr(figure, name)) for name in names},
                "unexplained_now": display(left.get((run.pk, figure.currency), Decimal(0))),
            }
            for figure in run.figures.all()
        ],
    }


def _difference_body(row: ReconciliationDifference) -> dict[str, object]:
    line, purchase = row.line, row.purchase
    return {
        "id": row.pk,
        "kind": row.kind,
        "currency": row.currency,
        "amount": display(row.amount),
        "detail": row.detail,
        "purchase_id": row.purchase_id,
        "request_id": purchase.supplier_request_id if purchase else line.request_id if line else None,
        "transaction_id": line.transaction_id if line else None,
        "transaction_type": line.type if line else None,
        "created_at": row.created_at,
        "cleared_at": row.cleared_at,
        "resolved_at": row.resolved_at,
        "resolved_by": row.resolved_by or None,
        "resolution": row.resolution or None,
    }
