"""The audit log: who changed money, price or access, or read a card, found by any of its columns."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import queries as orders
from partners import queries
from steller.portal import actors
from steller.portal.deeds import DEEDS, deed_choices
from steller.portal.pages.staff.access import Colleague, staff_page
from steller.portal.pages.staff.asking import partner_choices
from steller.portal.pages.staff.lists import asked, number_of, page_of, since, until

_FILTERS = ("action", "actor", "subject", "partner", "reference", "from", "to")
# What is written down by a UUID, and so can be meant by one.
_WITH_UUID = ("order", "purchase", "line", "card", "webhook", "bulk", "export")
_MOST_NAMES = 200


@require_safe
@staff_page("partners.view_auditentry")
def log(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List entries, the latest first."""
    wanted = asked(request, _FILTERS)
    rows = queries.audit_entries(
        {
            "action": wanted["action"],
            "actor": _person_named(wanted["actor"]),
            **_about(wanted["subject"]),
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
        "deeds": deed_choices(),
        "deed_is_old": wanted["action"] not in DEEDS and wanted["action"],
        "people": queries.people_like({"is_staff": True})
        .order_by("email")
        .values_list("email", flat=True)[:_MOST_NAMES],
        "partners": [(str(pk), name) for pk, name in partner_choices()],
    }
    return render(request, "portal/staff/audit.html", context)


def _person_named(text: str) -> str:
    """Return the actor that an e-mail address stands for; anything else is one already (`user:12`, `system:beat`)."""
    if "@" not in text:
        return text
    pk = queries.people().filter(email__iexact=text).values_list("pk", flat=True).first()
    return f"user:{pk}" if pk else text


def _about(text: str) -> dict[str, Any]:
    """Read what entries are to be about: an order's number, an e-mail address, an id, or the log's own `kind:id`."""
    number = text.removeprefix("#")
    if number_of(number):
        order = orders.staff_orders(filters={}).filter(number=int(number)).values_list("pk", flat=True).first()
        return {"subject": f"order:{order}" if order else text}
    try:
        named = UUID(text)
    except ValueError:
        return {"subject": _person_named(text)}
    return {"subjects": [f"{kind}:{named}" for kind in _WITH_UUID]}
