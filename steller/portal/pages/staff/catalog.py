"""The catalog as our staff run it: synchronisations, and every product with what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries
from catalog import services as catalog
from steller.portal import actors
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.lists import asked, page_of


@require_safe
@staff_page("catalog.view_syncrun")
def runs(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List synchronisations with what they did; one that goes on is followed."""
    page = page_of(queries.sync_runs().order_by("-pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "names": actors.names_of_actors({run.actor for run in page}),
        "any_open": any(run.status in {"queued", "running"} for run in page),
    }
    return render(request, f"portal/staff/catalog{'_runs' if is_part(request, 'runs') else ''}.html", context)


@require_safe
@staff_page("catalog.view_syncrun")
def run_page(request: HttpRequest, colleague: Colleague, run_id: int) -> HttpResponse:
    """Show one synchronisation: what it read, what it changed, what it could not read."""
    run = found(lambda: queries.sync_run(run_id))
    context = {"colleague": colleague, "run": run, "names": actors.names_of_actors({run.actor})}
    return render(request, "portal/staff/catalog_run.html", context)


@require_POST
@staff_page("catalog.request_sync")
def run_now(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Ask for a synchronisation; one that still waits is the same one."""

    def deed() -> str:
        catalog.request_sync(actor=colleague.actor, trigger="staff", reason=reason_of(request))
        return _("The synchronisation is queued; this page shows how it goes.")

    return act(request, deed, back=reverse("staff:catalog"))


@require_safe
@staff_page("catalog.view_product")
def products(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Find products, also those that were withdrawn or refused."""
    wanted = asked(request, ("q", "state", "currency"))
    rows = queries.every_product(state=wanted["state"] if wanted["state"] in queries.PRODUCT_STATES else "")
    if wanted["currency"]:
        rows = rows.filter(brand__currency=wanted["currency"][:3].upper())
    if wanted["q"]:
        rows = queries.search(rows, wanted["q"])
    page = page_of(rows.order_by("pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(row, queries.product_state(row), queries.supplier_price(row)) for row in page],
        "wanted": wanted,
        "states": list(queries.PRODUCT_STATES),
    }
    return render(request, "portal/staff/products.html", context)
