"""Ordering a file of cards: a template, the report on what was uploaded, one confirmation, then progress and result."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from orders import queries
from orders.models import BulkStatus, PartStatus
from orders.services import bulk, bulk_reading, revealing
from partners.queries import Scope
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import Person, is_part, partner_page
from steller.portal.pages.tables import as_csv
from wallets import queries as wallets

PAGE_SIZE = 20
_ROWS_SHOWN = 50
_EXAMPLES = 3
_READ_AT_ONCE = 1000
_LARGEST_FILE = 2 * 1024 * 1024
_RESULT_COLUMNS = (
    "line",
    "product_id",
    "product",
    "face_value",
    "quantity",
    "note",
    "status",
    "order",
    "problem",
)


@require_safe
@partner_page(Scope.ORDER_READ)
def bulk_list(request: HttpRequest, person: Person) -> HttpResponse:
    """List the uploaded files; whoever may order uploads here."""
    found = queries.bulk_orders_of(partner_id=person.partner_id, mode=person.mode).order_by("-created_at", "-pk")
    context = {
        "person": person,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "wallets": wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).order_by("pk"),
        "most_rows": bulk_reading.MOST_ROWS,
    }
    return render(request, "portal/bulk_list.html", context)


@require_safe
@partner_page(Scope.ORDER_READ)
def template(request: HttpRequest, person: Person) -> StreamingHttpResponse:  # noqa: ARG001
    """Download a file to fill in, with cards of the partner's catalog as examples."""
    products: Any = catalog.product_list(partner_id=person.partner_id).exclude(stock=0).filter(refused_at=None)
    rows = [
        (product.pk, product.min_face_value, 1, f"{product.brand.name}, {product.brand.currency}")
        for product in products[:_EXAMPLES]
    ]
    return as_csv("bulk-order-template.csv", bulk_reading.COLUMNS, rows)


@require_POST
@partner_page(Scope.ORDER_READ)
def upload(request: HttpRequest, person: Person) -> HttpResponse:
    """Take a file and lead to the report on it."""
    person.require(person.may_order)
    file = request.FILES.get("file")
    text = _text(file) if isinstance(file, UploadedFile) else None
    if file is None or text is None:
        messages.error(request, _("Choose a CSV file of at most 2 MB, in UTF-8."))
        return redirect("bulk-list")
    try:
        draft = bulk.upload(
            partner_id=person.partner_id,
            mode=person.mode,
            currency=request.POST.get("currency", ""),
            file_name=file.name or "file.csv",
            text=text,
            actor=person.actor,
        )
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("bulk-list")
    return redirect("bulk-page", bulk_id=draft.pk)


def _text(file: "UploadedFile[Any]") -> str | None:
    """Read a file as text, as spreadsheets save it; None for what is none, or too large."""
    if file.size is None or file.size > _LARGEST_FILE:
        return None
    content = file.read()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return str(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return None


@require_safe
@partner_page(Scope.ORDER_READ)
def bulk_page(request: HttpRequest, person: Person, bulk_id: uuid.UUID) -> HttpResponse:
    """Show the report on a file, then its progress; the part that moves is fetched again until all cards are there."""
    context = _context(request, person, bulk_id)
    if not is_part(request, "bulk"):
        return render(request, "portal/bulk.html", context)
    response = render(request, "portal/bulk_progress.html", context)
    if context["is_final"]:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@partner_page(Scope.ORDER_READ)
def act(request: HttpRequest, person: Person, bulk_id: uuid.UUID, deed: str) -> HttpResponse:
    """Confirm a draft, put it away, or try again what was refused."""
    person.require(person.may_order)
    deeds = {"confirm": bulk.confirm, "discard": bulk.discard, "retry": bulk.retry}
    try:
        deeds[deed](partner_id=person.partner_id, mode=person.mode, bulk_id=bulk_id, actor=person.actor)
    except NotFoundError as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, f"{refusal.title}. {refusal.detail}")
    return redirect("bulk-list") if deed == "discard" else redirect("bulk-page", bulk_id=bulk_id)


@require_safe
@partner_page(Scope.ORDER_READ)
def result(request: HttpRequest, person: Person, bulk_id: uuid.UUID) -> HttpResponseBase:
    """Download what became of each row; `only=refused` gives the rows to correct and upload again."""
    found = _bulk(person, bulk_id)
    rows = queries.bulk_rows(found.pk)
    if request.GET.get("only") == "refused":
        return as_csv("rows-to-correct.csv", (*bulk_reading.COLUMNS, "problem"), _refused(rows))
    return as_csv("bulk-result.csv", _RESULT_COLUMNS, (_result(row) for row in rows.iterator(_READ_AT_ONCE)))


def _refused(rows: Any) -> Iterator[tuple[object, ...]]:
    for row in rows.iterator(_READ_AT_ONCE):
        problem = row.error or (row.part.error if row.part and row.part.status == PartStatus.REFUSED else "")
        if problem:
            yield row.product_text, row.face_value_text, row.quantity_text, row.note, problem


def _result(row: Any) -> tuple[object, ...]:
    order = row.part.order if row.part else None
    status = "error" if row.error else order.status if order else row.part.status if row.part else "draft"
    return (
        row.number,
        row.product_text,
        row.product.name if row.product else "",
        row.face_value if row.face_value is not None else row.face_value_text,
        row.quantity if row.quantity is not None else row.quantity_text,
        row.note,
        status,
        order.number if order else None,
        row.error or (row.part.error if row.part else ""),
    )


@require_POST
@partner_page(Scope.ORDER_READ)
def cards(request: HttpRequest, person: Person, bulk_id: uuid.UUID) -> HttpResponseBase:
    """Download the cards of all orders of a file; each order's reveal is recorded."""
    person.require(person.may_reveal)
    found = _bulk(person, bulk_id)
    header = ("line", "note", "product", "face_value", "currency", "serial_number", "card_code", "pin", "expires_at")
    return as_csv("bulk-cards.csv", header, _cards(request, person, found))


def _cards(request: HttpRequest, person: Person, found: Any) -> Iterator[tuple[object, ...]]:
    parts: Any = queries.bulk_parts(found.pk).filter(order__isnull=False)
    for part in parts:
        revealed = revealing.reveal_cards(
            order_id=part.order_id,
            partner_id=person.partner_id,
            actor=person.actor,
            address=request.META.get("REMOTE_ADDR"),
            reference_id=getattr(request, "reference_id", ""),
        )
        rows = list(part.rows.order_by("number"))
        items = {item.pk: item for item in part.order.items.all()}
        for card in revealed:
            item = items[card.item_id]
            # A part's lines were ordered in the order of its rows.
            row = rows[item.position]
            yield (
                row.number,
                row.note,
                item.product_name,
                item.face_value,
                item.currency,
                card.serial_number,
                card.code,
                card.pin,
                card.expires_at,
            )


def _bulk(person: Person, bulk_id: uuid.UUID) -> Any:
    try:
        return queries.bulk_order_of(bulk_id, partner_id=person.partner_id, mode=person.mode)
    except NotFoundError as error:
        raise Http404 from error


def _context(request: HttpRequest, person: Person, bulk_id: uuid.UUID) -> dict[str, Any]:
    found = _bulk(person, bulk_id)
    rows = queries.bulk_rows(found.pk)
    parts: list[Any] = (
        list(queries.bulk_parts(found.pk)) if found.status in {BulkStatus.ORDERING, BulkStatus.ORDERED} else []
    )
    is_open = found.status == BulkStatus.ORDERING or any(
        part.order is not None and part.order.settled_at is None for part in parts
    )
    wallet = wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).filter(currency=found.currency).first()
    only_errors = request.GET.get("show") == "errors"
    return {
        "person": person,
        "bulk": found,
        "parts": parts,
        "is_final": not is_open,
        "delivered": sum(part.delivered for part in parts),
        "refused": sum(part.status == PartStatus.REFUSED for part in parts),
        "errors": rows.exclude(error="").count(),
        "sound": rows.filter(error="").count(),
        "page": Paginator(rows.exclude(error="") if only_errors else rows, _ROWS_SHOWN).get_page(
            request.GET.get("page")
        ),
        "only_errors": only_errors,
        "wallet": wallet,
        "missing": found.total - wallet.available if wallet and found.total > wallet.available else None,
        "left": wallet.available - found.total if wallet else None,
    }
