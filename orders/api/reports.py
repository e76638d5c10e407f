"""The addresses below `/api/staff/report`: what was sold, owed, charged, what failed, and the files of it all."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api import report_bodies as bodies
from orders.api import report_parameters as parameters
from orders.api import report_shapes as shapes
from orders.models import ExportStatus
from orders.queries import exports, overview, reports
from orders.services import exporting
from partners.authentication import StaffCaller, permitted
from partners.authentication.views import StaffView
from steller.errors import NotFoundError
from steller.pagination import PAGE_PARAMETERS, page, page_of
from steller.problems import PROBLEMS
from wallets import queries as wallets


def _reader(request: Request) -> StaffCaller:
    return permitted(request, "orders.view_report")


def _checked[Form: parameters.ModeFilter](form: Form) -> Form:
    form.is_valid(raise_exception=True)
    return form


_REPORTS = {
    "overview": "The numbers of the staff's first page: days, open work, warnings.",
    "summary": "A period summed up: sales by currency, success rates, how long deliveries took.",
    "sales": "Sales and margin by partner, brand, product, country or day of settlement.",
    "failures": "Why lines came to less than was ordered.",
    "liabilities": "What wallets hold for partners.",
    "accounts": "What the supplier's accounts hold, and what is under way.",
    "export": "Files of reports, asked for and fetched.",
}


class ReportsView(StaffView):
    """`/api/staff/report`."""

    @extend_schema(operation_id="report_list", tags=["report"], responses={200: shapes.ReportList, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """List the reports that there are, and where."""
        _reader(request)
        root = request.build_absolute_uri(request.path)
        reports_there = [{"name": name, "about": about, "url": f"{root}/{name}"} for name, about in _REPORTS.items()]
        return Response({"results": reports_there})


class OverviewView(StaffView):
    """`/api/staff/report/overview`."""

    @extend_schema(
        operation_id="report_overview",
        tags=["report"],
        parameters=[parameters.OverviewFilter],
        responses={200: shapes.OverviewBody, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Read the numbers of the staff's first page."""
        _reader(request)
        values = _checked(parameters.OverviewFilter(data=request.query_params)).validated_data
        return Response(bodies.overview_body(overview.overview(mode=values["mode"], days=values["days"])))


class SummaryView(StaffView):
    """`/api/staff/report/summary`."""

    @extend_schema(
        operation_id="report_summary",
        tags=["report"],
        parameters=[parameters.PeriodFilter],
        responses={200: shapes.SummaryBody, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Sum a period up: sales by currency, success rates, how long deliveries took."""
        _reader(request)
        form = _checked(parameters.PeriodFilter(data=request.query_params))
        return Response(bodies.summary_body(reports.summary(form.period)))


class SalesView(StaffView):
    """`/api/staff/report/sales`."""

    @extend_schema(
        operation_id="report_sales",
        tags=["report"],
        parameters=[parameters.SalesFilter, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.SalesRow), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List sales by partner, brand, product, country or day of settlement, each pair of currencies apart."""
        _reader(request)
        form = _checked(parameters.SalesFilter(data=request.query_params))
        values = form.validated_data
        rows = reports.sales(
            form.period,
            by=values["by"],
            partner_id=values.get("partner_id"),
            currency=values.get("currency", "").upper(),
        )
        # The framework pages through dicts as well as through models.
        return page(cast("Any", rows), request, ordering=reports.SALES_ORDER, body=bodies.sales_row)


class FailuresView(StaffView):
    """`/api/staff/report/failures`."""

    @extend_schema(
        operation_id="report_failures",
        tags=["report"],
        parameters=[parameters.PeriodFilter, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.FailureRow), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List why lines came to less than was ordered, cancelled ones too."""
        _reader(request)
        form = _checked(parameters.PeriodFilter(data=request.query_params))
        rows = reports.failures(form.period)
        return page(cast("Any", rows), request, ordering=reports.FAILURES_ORDER, body=bodies.failure_row)


class LiabilitiesView(StaffView):
    """`/api/staff/report/liabilities`."""

    @extend_schema(
        operation_id="report_liabilities",
        tags=["report"],
        parameters=[parameters.ModeFilter],
        responses={200: shapes.LiabilityList, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Read what we owe partners now: available and held, by currency."""
        _reader(request)
        values = _checked(parameters.ModeFilter(data=request.query_params)).validated_data
        return Response({"results": [bodies.liability_row(each) for each in wallets.liabilities(mode=values["mode"])]})


class AccountsView(StaffView):
    """`/api/staff/report/accounts`."""

    @extend_schema(
        operation_id="report_accounts",
        tags=["report"],
        parameters=[parameters.PeriodFilter],
        responses={200: shapes.AccountList, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Read our accounts at the supplier: float now, purchases and cost of a period."""
        _reader(request)
        form = _checked(parameters.PeriodFilter(data=request.query_params))
        return Response({"results": [bodies.account_row(each) for each in reports.accounts(form.period)]})


class ExportsView(StaffView):
    """`/api/staff/report/export`."""

    @extend_schema(
        operation_id="report_export_list",
        tags=["report"],
        parameters=[parameters.ModeFilter, *PAGE_PARAMETERS],
        responses={200: page_of(shapes.ExportBody), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """List the files that were asked for, the newest first."""
        _reader(request)
        values = _checked(parameters.ModeFilter(data=request.query_params)).validated_data
        return page(
            exports.exports(mode=values["mode"]), request, ordering=("-created_at", "-id"), body=bodies.export_body
        )

    @extend_schema(
        operation_id="report_export_request",
        tags=["report"],
        request=parameters.ExportRequest,
        responses={202: OpenApiResponse(shapes.ExportBody, "The file is being written."), **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Ask for a report as CSV; it is written in the background and kept for a week."""
        who = _reader(request)
        wanted = parameters.ExportRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        report = wanted.validated_data["report"]
        values = _checked(parameters.PARAMETERS[report](data=request.data)).validated_data
        export = exporting.request_export(
            report=report,
            mode=values.pop("mode"),
            parameters={name: _plain(value) for name, value in values.items()},
            actor=who.actor,
            address=who.address,
            reference_id=who.reference_id,
        )
        return Response(bodies.export_body(export), status=202)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


class ExportView(StaffView):
    """`/api/staff/report/export/{id}`."""

    @extend_schema(operation_id="report_export_read", tags=["report"], responses={200: shapes.ExportBody, **PROBLEMS})
    def get(self, request: Request, export_id: UUID) -> Response:
        """Read how far a file is."""
        _reader(request)
        return Response(bodies.export_body(exports.export_of(export_id)))


class ExportFileView(StaffView):
    """`/api/staff/report/export/{id}/file`."""

    @extend_schema(
        operation_id="report_export_file",
        tags=["report"],
        responses={(200, "text/csv"): OpenApiTypes.STR, **PROBLEMS},
    )
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Fetch a file that is done and has not expired."""
        _reader(request)
        export = exports.export_of(export_id)
        if export.status != ExportStatus.DONE:
            raise NotFoundError(f"The file is {export.status}.")
        answer = StreamingHttpResponse(exports.content_of(export), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{export.report}-{export.pk}.csv"'
        answer.headers["Content-Length"] = str(export.size)
        answer.headers["Cache-Control"] = "no-store"
        return answer
