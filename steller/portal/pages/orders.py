"""Orders: the list, one order with its timeline, its cards on request, and what can be downloaded."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from orders import queries
from orders.models import Order, OrderType
from orders.queries import RevealedCard
from orders.services import cancelling, revealing
from orders.states import FINAL_ORDERS, LineStatus, OrderStatus
from partners.queries import Scope
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import Person, is_part, partner_page
from steller.portal.pages.tables import as_csv

PAGE_SIZE = 25
# More cards than that are downloaded, not looked at.
_MOST_SHOWN = 200
_READ_AT_ONCE = 1000
_CANCELLABLE = frozenset({LineStatus.WAITING, LineStatus.ON_HOLD})
_FILTERS = ("q", "status", "type", "from", "to")
_CSV_COLUMNS = (
    "number",
    "id",
    "request_id",
    "reference",
    "type",
    "status",
    "currency",
    "sale_total",
    "created_at",
    "settled_at",
)


@require_safe
@partner_page(Scope.ORDER_READ)
def order_list(request: HttpRequest, person: Person) -> HttpResponseBase:
    """List orders by status, kind, day and text, as a page or as CSV; open ones keep themselves up to date."""
    wanted = {name: request.GET.get(name, "").strip() for name in _FILTERS}
    found = _filtered(queries.orders_of(partner_id=person.partner_id, mode=person.mode), wanted)
    found = found.order_by("-created_at", "-pk")
    if request.GET.get("format") == "csv":
        rows = found.prefetch_related(None).values_list(*_CSV_COLUMNS).iterator(chunk_size=_READ_AT_ONCE)
        return as_csv("orders.csv", _CSV_COLUMNS, rows)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "person": person,
        "page": page,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "statuses": OrderStatus.choices,
        "types": OrderType.choices,
        "any_open": any(order.status not in FINAL_ORDERS for order in page),
    }
    return render(request, "portal/orders_table.html" if is_part(request, "orders") else "portal/orders.html", context)


def _filtered(found: QuerySet[Order], wanted: dict[str, str]) -> QuerySet[Order]:
    if wanted["status"] in OrderStatus.values:
        found = found.filter(status=wanted["status"])
    if wanted["type"] in OrderType.values:
        found = found.filter(type=wanted["type"])
    if (first := read_day(wanted["from"])) is not None:
        found = found.filter(created_at__gte=first)
    if (last := read_day(wanted["to"])) is not None:
        found = found.filter(created_at__lt=last + timedelta(days=1))
    return queries.search(found, wanted["q"]) if wanted["q"] else found


def read_day(text: str) -> datetime | None:
    """Read the beginning of a day, as a date field sends it; nothing for what is none."""
    try:
        day: date | None = parse_date(text)
    except ValueError:
        return None
    return None if day is None else timezone.make_aware(datetime.combine(day, time.min))


@require_safe
@partner_page(Scope.ORDER_READ)
def order_page(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponse:
    """Show an order; the part that moves is fetched again until it is final."""
    context = _context(person, order_id)
    if not is_part(request, "progress"):
        return render(request, "portal/order.html", context)
    response = render(request, "portal/order_progress.html", context)
    if context["is_final"]:
        # The whole page changes now: its cards can be shown.
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@partner_page(Scope.ORDER_READ)
def cards(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponseBase:
    """Show an order's cards, or download them; each time is recorded."""
    person.require(person.may_reveal)
    context = _context(person, order_id)
    revealed = revealing.reveal_cards(
        order_id=order_id,
        partner_id=person.partner_id,
        actor=person.actor,
        address=request.META.get("REMOTE_ADDR"),
        reference_id=getattr(request, "reference_id", ""),
    )
    if request.POST.get("format") == "csv":
        return _cards_csv(context["order"], revealed)
    context |= {"cards": _with_items(revealed[:_MOST_SHOWN], context["items"]), "revealed": True}
    template = "portal/order_cards.html" if is_part(request, "cards") else "portal/order.html"
    return render(request, template, context)


def _cards_csv(order: Order, revealed: Sequence[RevealedCard]) -> StreamingHttpResponse:
    items = {item.pk: item for item in order.items.all()}
    header = ("product", "face_value", "currency", "serial_number", "card_code", "pin", "expires_at")
    rows = (
        (
            items[card.item_id].product_name,
            items[card.item_id].face_value,
            items[card.item_id].currency,
            card.serial_number,
            card.code,
            card.pin,
            card.expires_at,
        )
        for card in revealed
    )
    return as_csv(f"cards-{order.number}.csv", header, rows)


@require_POST
@partner_page(Scope.ORDER_READ)
def cancel(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponse:
    """Cancel what nobody has bought yet."""
    person.require(person.may_order)
    try:
        cancelling.cancel_order(partner_id=person.partner_id, order_id=order_id, actor=person.actor)
    except NotFoundError as error:
        raise Http404 from error
    except DomainError as error:
        messages.error(request, error.detail)
    return redirect("order-page", order_id=order_id)


def _context(person: Person, order_id: uuid.UUID) -> dict[str, Any]:
    try:
        order = queries.order_of(order_id, partner_id=person.partner_id)
    except NotFoundError as error:
        raise Http404 from error
    items = list(order.items.all())
    delivered = sum(item.delivered for item in items)
    masked = queries.masked_cards(order_id, most=_MOST_SHOWN) if delivered else []
    return {
        # Links lead to orders of the mode that is not looked at, too: the page is then of that mode.
        "person": replace(person, mode=order.mode),
        "order": order,
        "items": items,
        "is_final": order.status in FINAL_ORDERS,
        "delivered": delivered,
        "ordered": sum(item.quantity for item in items),
        "charged": sum(item.captured_amount for item in items),
        "returned": sum(item.released_amount for item in items),
        "cards": _with_items(masked, items),
        "hidden_rest": max(delivered - _MOST_SHOWN, 0),
        "revealed": False,
        "cancellable": any(item.status in _CANCELLABLE for item in items),
        "open_amount": sum(item.sale_amount for item in items if item.status in _CANCELLABLE),
    }


def _with_items(cards: Sequence[Any], items: Sequence[Any]) -> list[tuple[Any, Any]]:
    by_id = {item.pk: item for item in items}
    return [(card, by_id[card.item_id]) for card in cards]
