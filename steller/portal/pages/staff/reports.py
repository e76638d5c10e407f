"""Reports: what was sold, earned, owed and charged, what failed, and the files of it all, written in the background."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.api import report_parameters as parameters
from orders.models import ExportStatus, ReportName
from orders.queries import exports as export_queries
from orders.queries import reports
from orders.queries.reports import Period
from orders.services import exporting
from partners import queries as partners
from steller.errors import InvalidRequestError
from steller.money import to_ledger
from steller.portal import actors
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import Colleague, act, found, staff_page
from steller.portal.pages.staff.lists import asked, number_of, page_of
from wallets import queries as wallets

_VIEW = "orders.view_report"
_DAYS = 30
_DIMENSIONS = tuple(reports.DIMENSIONS)
_OPEN = {ExportStatus.QUEUED, ExportStatus.RUNNING}


def _asked(request: HttpRequest) -> tuple[dict[str, str], Period, str]:
    """Read the days that a report is about, the last thirty unless told otherwise, and what is wrong with them."""
    wanted = asked(request, ("first_day", "last_day", "by", "partner", "currency"))
    today = timezone.now().date()
    usual = {"first_day": str(today - timedelta(days=_DAYS - 1)), "last_day": str(today)}
    form = parameters.PeriodFilter(data={name: wanted[name] or usual[name] for name in usual})
    if form.is_valid():
        period, wrong = form.period, ""
    else:
        wrong = " ".join(str(text) for texts in form.errors.values() for text in texts)
        period = Period(date.fromisoformat(usual["first_day"]), today)
    wanted |= {"first_day": str(period.first_day), "last_day": str(period.last_day)}
    if wanted["by"] not in _DIMENSIONS:
        wanted["by"] = "partner"
    return wanted, period, wrong


@require_safe
@staff_page(_VIEW)
def sales(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show what was sold and earned in some days, by partner, brand, product, country or day."""
    wanted, period, wrong = _asked(request)
    partner_id = number_of(wanted["partner"])
    rows = reports.sales(period, by=wanted["by"], partner_id=partner_id, currency=wanted["currency"][:3].upper())
    page = page_of(rows, request)
    context = {
        "colleague": colleague,
        "tab": "sales",
        "wanted": wanted,
        "wrong": wrong,
        "summary": reports.summary(period),
        "page": page,
        "rows": [_with_margin(row) for row in page],
        "dimensions": _DIMENSIONS,
        "partner": partners.partners_like({}).filter(pk=partner_id).first() if partner_id else None,
    }
    return render(request, "portal/staff/reports.html", context)


def _with_margin(row: dict[str, Any]) -> dict[str, Any]:
    cost = None if row["cost"] is None else to_ledger(row["cost"])
    margin = None if cost is None else row["sale_amount"] - cost
    share = margin / row["sale_amount"] if margin is not None and row["sale_amount"] else None
    return {**row, "cost": cost, "margin": margin, "share": share}


@require_safe
@staff_page(_VIEW)
def failures(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show why lines came to less than was ordered."""
    wanted, period, wrong = _asked(request)
    page = page_of(reports.failures(period), request)
    context = {"colleague": colleague, "tab": "failures", "wanted": wanted, "wrong": wrong, "page": page}
    return render(request, "portal/staff/report_failures.html", context)


@require_safe
@staff_page(_VIEW)
def balances(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show what we owe partners, and what our accounts at the supplier hold and paid."""
    wanted, period, wrong = _asked(request)
    context = {
        "colleague": colleague,
        "tab": "balances",
        "wanted": wanted,
        "wrong": wrong,
        "liabilities": wallets.liabilities(mode=colleague.mode),
        "accounts": reports.accounts(period),
    }
    return render(request, "portal/staff/report_balances.html", context)


@require_safe
@staff_page(_VIEW)
def exports(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List the files that were asked for, and how far those are that are being written."""
    page = page_of(export_queries.exports(mode=colleague.mode).order_by("-created_at", "-pk"), request)
    today = timezone.now().date()
    context = {
        "colleague": colleague,
        "tab": "exports",
        "page": page,
        "names": actors.names_of_actors({row.requested_by for row in page}),
        "any_open": any(row.status in _OPEN for row in page),
        "wanted": {"first_day": str(today - timedelta(days=_DAYS - 1)), "last_day": str(today)},
        "reports": ReportName.values,
        "dimensions": _DIMENSIONS,
    }
    template = "portal/staff/exports_table.html" if is_part(request, "exports") else "portal/staff/exports.html"
    return render(request, template, context)


@require_POST
@staff_page(_VIEW)
def request_export(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Ask for a report as a file."""

    def deed() -> str:
        report, values = _parameters(request)
        exporting.request_export(report=report, mode=values.pop("mode"), parameters=values, actor=colleague.actor)
        return _("The file is being written; it can be fetched here for a week.")

    return act(request, deed, back=reverse("staff:exports"))


def _parameters(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    report = request.POST.get("report", "")
    if report not in parameters.PARAMETERS:
        raise InvalidRequestError(_("There is no such report."))
    names = ("first_day", "last_day", "by", "partner_id", "currency")
    given = {name: text for name in names if (text := request.POST.get(name, "").strip())}
    form = parameters.PARAMETERS[report](data=given)
    if not form.is_valid():
        wrong = {str(name): [str(text) for text in texts] for name, texts in form.errors.items()}
        raise InvalidRequestError(_("That is no period."), errors=wrong)
    values = form.validated_data
    return report, {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


@require_safe
@staff_page(_VIEW)
def export_file(request: HttpRequest, colleague: Colleague, export_id: uuid.UUID) -> HttpResponseBase:  # noqa: ARG001
    """Fetch a file that is done and has not expired."""
    export = found(lambda: export_queries.export_of(export_id))
    if export.status != ExportStatus.DONE:
        raise Http404
    response = StreamingHttpResponse(export_queries.content_of(export), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{export.report}-{export.pk}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
