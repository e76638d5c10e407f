"""The cart: lines kept in the session, priced afresh each time, ordered once however often one clicks."""

import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.queries import LineRequest
from orders.models import OrderType
from orders.services import placement
from orders.services.placement import MAX_LINES, OrderRequest
from steller.errors import DomainError
from steller.portal.pages.access import Person, partner_page
from wallets import queries as wallets

_CART = "cart"
_LARGEST_QUANTITY = 10_000
_LARGEST_FACE_VALUE = 10**9


@require_safe
@partner_page
def cart(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the cart with its price in the chosen wallet's currency, or why it cannot be ordered so."""
    lines = _lines(request)
    own = list(wallets.wallets_of(partner_id=person.partner_id, mode=person.mode))
    chosen = next((w for w in own if w.currency_id == request.GET.get("currency")), own[0] if own else None)
    context: dict[str, Any] = {"person": person, "wallets": own, "wallet": chosen, "request_id": uuid.uuid4()}
    refused: DomainError | None = None
    estimate = None
    if lines and chosen:
        try:
            estimate = placement.estimate(
                partner_id=person.partner_id,
                mode=person.mode,
                request=OrderRequest(uuid.uuid4(), chosen.currency_id, tuple(lines)),
            )
        except DomainError as error:
            refused = error
    names = catalog.product_list(partner_id=person.partner_id).in_bulk([line.product_id for line in lines])
    priced = estimate.lines if estimate else [None] * len(lines)
    rows = [
        {"line": line, "product": names.get(line.product_id), "priced": price, "refused": _refusal(refused, index)}
        for index, (line, price) in enumerate(zip(lines, priced, strict=True))
    ]
    short = bool(estimate and chosen and chosen.available < estimate.total)
    context |= {"rows": rows, "estimate": estimate, "refused": refused, "short": short}
    return render(request, "portal/cart.html", context)


def _refusal(refused: DomainError | None, index: int) -> str:
    return refused.detail if refused is not None and refused.item == index else ""


@require_POST
@partner_page
def add(request: HttpRequest, person: Person) -> HttpResponse:
    """Put cards of a product into the cart, onto a line of the same face value if there is one."""
    person.require(person.may_order)
    lines = _lines(request)
    try:
        line = LineRequest(
            product_id=int(request.POST.get("product", "")),
            face_value=Decimal(request.POST.get("face_value", "").replace(",", ".")),
            quantity=int(request.POST.get("quantity", "1")),
        )
        sound = 0 < line.face_value <= _LARGEST_FACE_VALUE and 0 < line.quantity <= _LARGEST_QUANTITY
    except (ValueError, InvalidOperation):
        sound = False
    if not sound:
        messages.error(request, _("Give a face value and a number of cards."))
        return redirect("catalog")
    same = [each for each in lines if (each.product_id, each.face_value) == (line.product_id, line.face_value)]
    kept = [each for each in lines if each not in same]
    total = line.quantity + sum(each.quantity for each in same)
    if len(kept) >= MAX_LINES:
        messages.error(request, _("The cart is full: order it first."))
    else:
        _keep(request, [*kept, LineRequest(line.product_id, line.face_value, total)])
        messages.success(request, _("Added to the cart."))
    return redirect("catalog")


@require_POST
@partner_page
def change(request: HttpRequest, person: Person) -> HttpResponse:
    """Change a line's number of cards; none removes it."""
    person.require(person.may_order)
    lines = _lines(request)
    try:
        index, quantity = int(request.POST.get("line", "")), int(request.POST.get("quantity", ""))
        line = lines[index]
    except (ValueError, IndexError):
        messages.error(request, _("That line is not in the cart any more."))
        return redirect("cart")
    changed = LineRequest(line.product_id, line.face_value, min(quantity, _LARGEST_QUANTITY))
    _keep(request, [*lines[:index], *([changed] if quantity > 0 else []), *lines[index + 1 :]])
    return redirect("cart")


@require_POST
@partner_page
def order(request: HttpRequest, person: Person) -> HttpResponse:
    """Order the cart at the price that was shown, once per form however often it is sent."""
    person.require(person.may_order)
    try:
        request_id = uuid.UUID(request.POST.get("request_id", ""))
        expected = Decimal(request.POST.get("expected_total", ""))
    except (ValueError, InvalidOperation):
        return redirect("cart")
    ordered: dict[str, str] = request.session.setdefault("ordered", {})
    if str(request_id) in ordered:
        return redirect("order-page", order_id=uuid.UUID(ordered[str(request_id)]))
    try:
        placed = placement.place_order(
            partner_id=person.partner_id,
            mode=person.mode,
            request=OrderRequest(
                request_id, request.POST.get("currency", ""), tuple(_lines(request)), expected_total=expected
            ),
            actor=person.actor,
            type=OrderType.DASHBOARD,
        )
    except DomainError as error:
        messages.error(request, f"{error.title}: {error.detail}")
        return redirect("cart")
    ordered[str(request_id)] = str(placed.order.pk)
    _keep(request, [])
    return redirect("order-page", order_id=placed.order.pk)


def _lines(request: HttpRequest) -> list[LineRequest]:
    return [LineRequest(row[0], Decimal(row[1]), row[2]) for row in request.session.get(_CART, [])]


def _keep(request: HttpRequest, lines: list[LineRequest]) -> None:
    request.session[_CART] = [[line.product_id, str(line.face_value), line.quantity] for line in lines]
