"""The cart: filled from the catalog, changed, checked, and ordered once however often one clicks."""

import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from catalog.queries import LineRequest
from orders import queries as orders
from orders.services import cart as carts
from orders.services import placement
from orders.services.placement import OrderRequest
from partners.queries import Scope
from steller.errors import DomainError, InvalidRequestError, NotFoundError
from steller.portal.pages.access import Person, back_to, is_part, partner_page
from steller.portal.shown_cart import ShownCart, shown_cart
from wallets import queries as wallets

_LARGEST_ID = 2**63 - 1
_LARGEST_FACE_VALUE = 10**9


@require_safe
@partner_page(Scope.ORDER_WRITE)
def cart(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the cart with its price in the chosen wallet's currency, or why it cannot be ordered so."""
    person.require(person.may_order)
    shown = _shown(person)
    if shown.request_id and (order := carts.ordered_already(buyer=person.buyer, request_id=shown.request_id)):
        messages.info(request, _("This cart was ordered already: here is its order."))
        return redirect("order-page", order_id=order.pk)
    return render(request, "portal/cart.html", {"person": person, "cart": shown})


@require_POST
@partner_page(Scope.ORDER_WRITE)
def add(request: HttpRequest, person: Person) -> HttpResponse:
    """Put cards of a product into the cart, if they can be had at this moment."""
    person.require(person.may_order)
    try:
        line = _wanted(request, person)
        price, currency = _price_now(person, line)
        carts.add_line(user_id=person.user_id, line=line, price=price, currency=currency)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    else:
        text = ngettext("%d card is in the cart now.", "%d cards are in the cart now.", line.quantity)
        messages.success(request, text % line.quantity)
    if request.headers.get("HX-Request"):
        cards = orders.cart_size(person.user_id)
        return render(request, "portal/cart_added.html", {"person": person, "cards": cards, "oob": True})
    return redirect(back_to(request, otherwise="catalog"))


@require_POST
@partner_page(Scope.ORDER_WRITE)
def change(request: HttpRequest, person: Person) -> HttpResponse:
    """Change a line's number of cards (none removes it), or the wallet that pays, or empty the cart."""
    person.require(person.may_order)
    try:
        _change(request, person)
    except (ValueError, OverflowError):
        messages.error(request, _("Give a whole number of cards."))
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    if is_part(request, "cart"):
        shown = _shown(person)
        context = {"person": person, "cart": shown, "cards": shown.cards, "oob": True}
        return render(request, "portal/cart_changed.html", context)
    return redirect("cart")


@require_safe
@partner_page(Scope.ORDER_WRITE)
def checkout(request: HttpRequest, person: Person) -> HttpResponse:
    """Show once more what will be ordered and what it leaves in the wallet."""
    person.require(person.may_order)
    shown = _shown(person)
    if not shown.can_be_ordered:
        return redirect("cart")
    context = {"person": person, "cart": shown, "longest_reference": carts.LONGEST_REFERENCE}
    return render(request, "portal/checkout.html", context)


@require_POST
@partner_page(Scope.ORDER_WRITE)
def order(request: HttpRequest, person: Person) -> HttpResponse:
    """Order the cart at the price that was shown, once per page however often it is sent."""
    person.require(person.may_order)
    try:
        request_id = uuid.UUID(request.POST.get("request_id", ""))
        expected = Decimal(request.POST.get("expected_total", ""))
    except (ValueError, InvalidOperation):
        return redirect("cart")
    if request.POST.get("mode", person.mode) != person.mode:
        # The page was shown in the other mode, and another tab has switched since: nobody pays by surprise.
        messages.error(request, _("You have switched between live and test since. Please look at the cart again."))
        return redirect("cart")
    try:
        ordered = carts.order_cart(
            buyer=person.buyer,
            request_id=request_id,
            currency=request.POST.get("currency", ""),
            expected_total=expected,
            reference=request.POST.get("reference", ""),
        )
    except InvalidRequestError as error:
        messages.error(request, error.detail)
        return redirect("cart")
    except DomainError as error:
        messages.error(request, f"{error.title}. {error.detail}")
        return redirect("cart")
    return redirect("order-page", order_id=ordered.pk)


@require_POST
@partner_page(Scope.ORDER_WRITE)
def add_again(request: HttpRequest, person: Person, order_id: uuid.UUID) -> HttpResponse:
    """Put what was ordered before into the cart; the cart says what costs something else now or cannot be had."""
    person.require(person.may_order)
    try:
        ordered = orders.order_of(order_id, partner_id=person.partner_id)
    except NotFoundError as error:
        raise Http404 from error
    for item in ordered.items.all():
        line = LineRequest(item.product_id, item.face_value, item.quantity)
        try:
            carts.add_line(user_id=person.user_id, line=line, price=item.unit_price, currency=ordered.currency)
        except DomainError as refusal:
            messages.error(request, f"{item.brand_name or item.product_name}: {refusal.detail}")
    return redirect("cart")


def _shown(person: Person) -> ShownCart:
    return shown_cart(user_id=person.user_id, partner_id=person.partner_id, mode=person.mode)


def _wanted(request: HttpRequest, person: Person) -> LineRequest:
    """Read which card is wanted; a card with one face value needs none given.

    Raises:
        InvalidRequestError: it is not readable.

    """
    try:
        product_id = int(request.POST.get("product", ""))
        quantity = int(request.POST.get("quantity", "1"))
        text = request.POST.get("face_value", "").replace(",", ".")
        face_value = Decimal(text) if text else _only_face_value(person, product_id)
    except (ValueError, InvalidOperation) as error:
        raise InvalidRequestError(_("Give a face value and a number of cards.")) from error
    if not face_value.is_finite() or not 0 < face_value <= _LARGEST_FACE_VALUE or not 0 < product_id <= _LARGEST_ID:
        raise InvalidRequestError(_("There is no such card."))
    return LineRequest(product_id, face_value, quantity)


def _only_face_value(person: Person, product_id: int) -> Decimal:
    products: Any = catalog.product_list(partner_id=person.partner_id)
    product = products.filter(pk=product_id).first() if 0 < product_id <= _LARGEST_ID else None
    if product is None or product.min_face_value != product.max_face_value:
        raise InvalidRequestError(_("Give a face value and a number of cards."))
    return Decimal(product.min_face_value)


def _price_now(person: Person, line: LineRequest) -> tuple[Decimal | None, str]:
    """Return what one card costs now and in which currency; nothing for a partner without a wallet."""
    first = orders.cart_lines(person.user_id).first()
    own = wallets.wallets_of(partner_id=person.partner_id, mode=person.mode).order_by("pk")
    currencies = list(own.values_list("currency_id", flat=True))
    if not currencies:
        return None, ""
    currency = first.cart.currency if first and first.cart.currency in currencies else currencies[0]
    estimate = placement.estimate(
        partner_id=person.partner_id, mode=person.mode, request=OrderRequest(uuid.uuid4(), currency, (line,))
    )
    return estimate.lines[0].unit_price, currency


def _change(request: HttpRequest, person: Person) -> None:
    if "currency" in request.POST:
        carts.pay_from(user_id=person.user_id, currency=request.POST["currency"][:3])
    elif "empty" in request.POST:
        carts.empty(user_id=person.user_id)
    else:
        line_id = int(request.POST.get("line", ""))
        quantity = 0 if "remove" in request.POST else int(request.POST.get("quantity", ""))
        if 0 < line_id <= _LARGEST_ID:
            carts.set_quantity(user_id=person.user_id, line_id=line_id, quantity=quantity)
