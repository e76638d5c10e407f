"""Orders: the list, one order with its timeline, its cards on request, and what can be downloaded."""

import csv
import io
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import queries
from orders.models import Order
from orders.services import cancelling, revealing
from orders.states import FINAL_ORDERS, LineStatus, OrderStatus
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 25
_MOST_EXPORTED = 10_000


@require_safe
@partner_page
def order_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List orders by status and text, as a page or as CSV."""
    status, text = request.GET.get("status", ""), request.GET.get("q", "").strip()
    found = queries.orders_of(partner_id=person.partner_id, mode=person.mode).order_by("-created_at", "-pk")
    if status in OrderStatus.values:
        found = found.filter(status=status)
    if text:
        found = queries.search(found, text)
    if request.GET.get("format") == "csv":
        return _as_csv(found)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"person": person, "page": page, "status": status, "q": text, "statuses": OrderStatus.choices}
    return render(request, "portal/orders.html", context)


def _as_csv(orders: QuerySet[Order]) -> HttpResponse:
    columns = (
        "number",
        "id",
        "request_id",
        "reference",
        "status",
        "currency",
        "sale_total",
        "created_at",
        "settled_at",
    )
    return _csv("orders.csv", columns, orders.prefetch_related(None).values_list(*columns)[:_MOST_EXPORTED])


def _csv(name: str, header: tuple[str, ...], rows: object) -> HttpResponse:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:  # type: ignore[attr-defined]
        writer.writerow([_harmless(value) for value in row])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _harmless(value: object) -> str:
    """Keep a spreadsheet from taking text for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


@require_safe
@never_cache
@partner_page
def order_page(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponse:
    """Show an order; the part that moves is fetched again until it is final."""
    part = request.headers.get("HX-Target") == "progress"
    context = _context(person, order_id)
    response = render(request, "portal/_progress.html" if part else "portal/order.html", context)
    if part and context["is_final"]:
        # The whole page changes now: its cards can be shown.
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@never_cache
@partner_page
def cards(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponse:
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
        names = {item.pk: item.product_name for item in context["order"].items.all()}  # type: ignore[attr-defined]
        rows = [(names[c.item_id], c.serial_number, c.code, c.pin, c.expires_at) for c in revealed]
        response = _csv("cards.csv", ("product", "serial_number", "card_code", "pin", "expires_at"), rows)
    else:
        response = render(request, "portal/order.html", context | {"cards": revealed})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@partner_page
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


def _context(person: Person, order_id: uuid.UUID) -> dict[str, object]:
    try:
        order = queries.order_of(order_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error
    items = list(order.items.all())
    return {
        "person": person,
        "order": order,
        "items": items,
        "is_final": order.status in FINAL_ORDERS,
        "delivered": sum(item.delivered for item in items),
        "ordered": sum(item.quantity for item in items),
        "cancellable": any(item.status in {LineStatus.WAITING, LineStatus.ON_HOLD} for item in items),
    }
