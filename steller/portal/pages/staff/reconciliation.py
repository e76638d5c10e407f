"""Reconciliation: runs of the comparison with the supplier's books, what differs, and who explained it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.models import DifferenceKind
from orders.queries import reconciliation as queries
from orders.services import differing, reconciling
from steller.portal import actors
from steller.portal.pages.staff.access import Colleague, act, found, staff_page
from steller.portal.pages.staff.asking import DaysForm
from steller.portal.pages.staff.lists import asked, page_of

_STATES = ("open", "explained", "gone")
_VIEW = "orders.view_reconciliation"


@require_safe
@staff_page(_VIEW)
def runs(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List runs, and what nobody has explained yet."""
    page = page_of(queries.runs(mode=colleague.mode).order_by("-pk"), request)
    left = queries.unexplained_now([run.pk for run in page])
    yesterday = timezone.localdate() - timedelta(days=1)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(run, _figures(run, left)) for run in page],
        "unexplained": queries.open_differences(mode=colleague.mode),
        "names": actors.names_of_actors({run.requested_by for run in page}),
        "days_form": DaysForm(initial={"first_day": yesterday - timedelta(days=2), "last_day": yesterday}),
        "any_open": any(run.status in {"queued", "running"} for run in page),
    }
    return render(request, "portal/staff/reconciliation.html", context)


def _figures(run: Any, left: Mapping[tuple[int, str], Decimal]) -> Sequence[tuple[Any, Decimal]]:
    return [(figure, left.get((run.pk, figure.currency), Decimal(0))) for figure in run.figures.all()]


@require_safe
@staff_page(_VIEW)
def run_page(request: HttpRequest, colleague: Colleague, run_id: int) -> HttpResponse:
    """Show a run with its figures and the differences that it found."""
    run = found(lambda: queries.run_of(run_id, mode=colleague.mode))
    more = {
        "run": run,
        "figures": _figures(run, queries.unexplained_now([run.pk])),
        "counts": queries.counts_by_kind(run.pk),
    }
    return _differences(request, colleague, queries.differences(mode=run.mode, run_id=run.pk), more)


@require_safe
@staff_page(_VIEW)
def differences(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List the differences of all runs, those that want an explanation first."""
    return _differences(request, colleague, queries.differences(mode=colleague.mode), {"run": None})


def _differences(request: HttpRequest, colleague: Colleague, rows: Any, more: dict[str, Any]) -> HttpResponse:
    wanted = asked(request, ("kind", "state"))
    if wanted["kind"] in DifferenceKind.values:
        rows = rows.filter(kind=wanted["kind"])
    if wanted["state"] == "open":
        rows = queries.only_open(rows)
    elif wanted["state"] in _STATES:
        rows = rows.filter(**{f"{'resolved' if wanted['state'] == 'explained' else 'cleared'}_at__isnull": False})
    page = page_of(rows.order_by("-pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "wanted": wanted,
        "kinds": DifferenceKind.values,
        "states": _STATES,
        "names": actors.names_of_actors({row.resolved_by for row in page}),
        **more,
    }
    return render(request, "portal/staff/differences.html", context)


@require_POST
@staff_page("orders.run_reconciliation")
def run_now(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Ask for a comparison of some days."""

    def deed() -> str:
        days = DaysForm(request.POST).checked()
        reconciling.request_reconciliation(mode=colleague.mode, actor=colleague.actor, **days)
        return _("The comparison is queued; this page shows when it is done.")

    return act(request, deed, back=reverse("staff:reconciliation"))


@require_POST
@staff_page("orders.resolve_difference")
def resolve(request: HttpRequest, colleague: Colleague, difference_id: int) -> HttpResponse:
    """Explain a difference with a note."""

    def deed() -> str:
        note = request.POST.get("note", "")
        differing.resolve_difference(difference_id=difference_id, note=note, actor=colleague.actor)
        return _("Explained; it no longer counts as unexplained.")

    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("staff:differences")
    return act(request, deed, back=back)
