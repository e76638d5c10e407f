"""The audit log: who changed money, price or access, or read a card, found by any of its columns."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners import queries
from steller.portal import actors
from steller.portal.pages.staff.access import Colleague, staff_page
from steller.portal.pages.staff.lists import asked, number_of, page_of, since, until

_FILTERS = ("action", "actor", "subject", "partner", "reference", "from", "to")


@require_safe
@staff_page("partners.view_auditentry")
def log(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List entries, the latest first."""
    wanted = asked(request, _FILTERS)
    rows = queries.audit_entries(
        {
            "action": wanted["action"],
            "actor": wanted["actor"],
            "subject": wanted["subject"],
            "partner_id": number_of(wanted["partner"]),
            "reference_id": wanted["reference"],
            "after": since(wanted["from"]),
            "before": until(wanted["to"]),
        }
    )
    page = page_of(rows.select_related("partner").order_by("-pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "names": actors.names_of_actors({entry.actor for entry in page}),
    }
    return render(request, "portal/staff/audit.html", context)
