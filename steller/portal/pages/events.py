"""What happened, as the partner's software hears of it: numbered events with their bodies."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from partners import queries
from partners.models import Event, EventKind
from partners.queries import Scope
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 25
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shown:
    """An event and its JSON."""

    number: int | None
    kind: str
    at: datetime
    order_id: str
    json: str


@require_safe
@partner_page(Scope.EVENT_READ)
def event_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List events, the newest first, of one kind, up to a number.

    Pages are cut by number: counting all events of a large partner for each look would be slow.
    """
    kind = request.GET.get("kind", "")
    kind = kind if kind in EventKind.values else ""
    until = _number(request.GET.get("until", ""))
    found = queries.events_until(partner_id=person.partner_id, mode=person.mode, until=until, kind=kind)
    # One more than is shown tells where the next page begins.
    events = list(found[: PAGE_SIZE + 1])
    context = {
        "person": person,
        "events": [_shown(event) for event in events[:PAGE_SIZE]],
        "older": events[PAGE_SIZE].number if len(events) > PAGE_SIZE else None,
        "kinds": EventKind.values,
        "wanted": {"kind": kind, "until": until},
        "filtered": bool(kind or until is not None),
    }
    return render(request, "portal/events.html", context)


def _number(text: str) -> int | None:
    return min(int(text), _LARGEST_NUMBER) if text.isascii() and text.isdigit() and len(text) < 20 else None  # noqa: PLR2004 - digits of a 64-bit number


def _shown(event: Event) -> Shown:
    order_id = event.body.get("order_id", "") if event.kind.startswith("order.") else ""
    body = json.dumps(queries.event_body(event), indent=2, ensure_ascii=False)
    return Shown(event.number, event.kind, event.created_at, order_id, body)
