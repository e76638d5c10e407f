"""The reveal log: who read which cards, when, and from where."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from orders import queries as orders
from partners.queries import Scope
from steller.portal import actors
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Reveal:
    """One time that cards were read."""

    at: datetime
    who: str
    by_key: bool
    order: Any
    cards: int
    address: str


@require_safe
@partner_page(Scope.AUDIT_READ)
def reveal_log(request: HttpRequest, person: Person) -> HttpResponse:
    """List the reveals of a partner's cards, the latest first."""
    page = Paginator(actors.reveals_of(person.partner_id), PAGE_SIZE).get_page(request.GET.get("page"))
    names = actors.names_of_actors({entry.actor for entry in page}, partner_id=person.partner_id)
    found = orders.orders_of(partner_id=person.partner_id).prefetch_related(None)
    by_id = found.in_bulk(list(_order_ids(page)))
    rows = [_reveal(entry, names, by_id) for entry in page]
    return render(request, "portal/reveals.html", {"person": person, "page": page, "rows": rows})


def _reveal(entry: Any, names: Mapping[str, str], by_id: Mapping[uuid.UUID, Any]) -> Reveal:
    order_id = _order_id(entry.subject)
    return Reveal(
        at=entry.at,
        who=names.get(entry.actor, entry.actor),
        by_key=entry.actor.startswith("key:"),
        order=by_id.get(order_id) if order_id else None,
        cards=len((entry.after or {}).get("cards", ())),
        address=entry.address or "",
    )


def _order_ids(entries: Iterable[Any]) -> Iterable[uuid.UUID]:
    return {found for entry in entries if (found := _order_id(entry.subject)) is not None}


def _order_id(subject: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(subject.removeprefix("order:"))
    except ValueError:
        return None
