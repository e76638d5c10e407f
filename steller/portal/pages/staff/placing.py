"""Orders that our staff place for a partner: composed in the address, checked, confirmed once."""

import uuid
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog import queries as catalog
from orders import queries as orders
from orders.services import on_behalf, placement
from orders.services.cart import LONGEST_REFERENCE
from orders.services.placement import OrderRequest, Placed
from partners import queries as partners
from steller.errors import BacklogFullError, DomainError, InvalidRequestError
from steller.portal.order_draft import UNREADABLE, Draft, read_draft, read_line, shown_draft
from steller.portal.pages.catalog import Offer
from steller.portal.pages.staff.access import Colleague, explain, found, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.lists import asked, page_of
from steller.portal.shown_cart import ShownCart

_OFFERS_SHOWN = 20
_TOO_MUCH = Decimal(10) ** 14


class PlaceForm(StaffForm):
    """Why we order for a partner, and by which name of its own it finds the order."""

    reason = reason_field()
    reference = forms.CharField(
        label=gettext_lazy("The partner's reference"),
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text=gettext_lazy("If it has one: an order number or a campaign of its own."),
    )

    def clean_reference(self) -> str:
        """Write it in one line, as the API takes it."""
        text: str = self.cleaned_data["reference"]
        return " ".join("".join(each if each.isprintable() else " " for each in text).split())


@require_safe
@staff_page("orders.place_for_partner")
def compose(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Choose a partner, the wallet that pays, and cards; nothing is stored, the address has it all."""
    try:
        draft = read_draft(request.GET.dict())
        if draft is None:
            return _choose_partner(request, colleague)
        partner = found(lambda: partners.partner(draft.partner_id))
        if ordered := _ordered(draft):
            return _already(request, ordered)
        if not request.GET.get("request_id"):
            return redirect(_compose_address(draft, **asked(request, ("q",))))
        if {"add", "quantities"} & request.GET.keys():
            return _changed(request, draft)
    except InvalidRequestError as refusal:
        messages.error(request, refusal.detail)
        return redirect("staff:order-new")
    wanted, cart = asked(request, ("q",)), found(lambda: shown_draft(draft))
    context = {
        "colleague": colleague,
        "partner": partner,
        "draft": _from_its_wallet(draft, cart),
        "cart": cart,
        "wanted": wanted,
        **_offers(request, draft, wanted["q"]),
    }
    return render(request, "portal/staff/order_new.html", context)


@require_safe
@staff_page("orders.place_for_partner")
def check(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Show once more whose money pays how much for what; nothing is ordered yet."""
    try:
        draft = read_draft(request.GET.dict())
    except InvalidRequestError as refusal:
        messages.error(request, refusal.detail)
        return redirect("staff:order-new")
    if draft is None:
        return redirect("staff:order-new")
    if ordered := _ordered(draft):
        return _already(request, ordered)
    cart = found(lambda: shown_draft(draft))
    if not cart.can_be_ordered:
        return redirect(_compose_address(draft))
    return _confirm(request, colleague, _from_its_wallet(draft, cart), cart, PlaceForm())


@require_POST
@staff_page("orders.place_for_partner")
def place(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Order what was shown, at no higher price, once per page however often it is sent."""
    try:
        draft, expected = _posted(request)
    except InvalidRequestError as refusal:
        messages.error(request, refusal.detail)
        return redirect("staff:order-new")
    cart, form = found(lambda: shown_draft(draft)), PlaceForm(request.POST)
    if form.is_valid():
        try:
            placed = _place(draft, cart, expected=expected, actor=colleague.actor, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, _why_not(refusal))
        else:
            messages.success(request, _("The order stands, and the partner's money is held for it."))
            return redirect("staff:order", order_id=placed.order.pk)
    if ordered := _ordered(draft):
        return _already(request, ordered)
    if cart.can_be_ordered:
        return _confirm(request, colleague, draft, cart, form)
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return redirect(_compose_address(draft))


def _why_not(refusal: DomainError) -> str:
    """Say why nothing was ordered; the one text that speaks to the partner in words for a colleague."""
    if isinstance(refusal, BacklogFullError):
        return _("Too many of this partner's cards wait for the supplier. Try again once there are fewer.")
    return explain(refusal)


def _place(draft: Draft, cart: ShownCart, *, expected: Decimal, actor: str, reason: str, reference: str) -> Placed:
    return on_behalf.place_for_partner(
        partner_id=draft.partner_id,
        mode=cart.wallet.mode,
        request=OrderRequest(
            draft.request_id,
            cart.wallet.currency_id,
            draft.lines,
            expected_total=expected,
            reference=reference,
            wallet_id=draft.wallet_id,
        ),
        actor=actor,
        reason=reason,
    )


def _posted(request: HttpRequest) -> tuple[Draft, Decimal]:
    """Read what was confirmed: everything is named, the wallet and the price too.

    Raises:
        InvalidRequestError: something is missing.

    """
    draft = read_draft(request.POST.dict())
    try:
        expected = Decimal(request.POST.get("expected_total", ""))
    except InvalidOperation as error:
        raise InvalidRequestError(UNREADABLE) from error
    if (
        draft is None
        or draft.wallet_id is None
        or not request.POST.get("request_id")
        or not expected.is_finite()
        or expected >= _TOO_MUCH
    ):
        raise InvalidRequestError(UNREADABLE)
    return draft, expected


def _choose_partner(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    wanted = asked(request, ("q",))
    text = wanted["q"]
    rows = partners.partners_like({"search": text[:18] if text.isdigit() else text})
    page = page_of(rows.order_by("name", "pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(row, partners.partner_status(row)) for row in page],
        "wanted": wanted,
    }
    return render(request, "portal/staff/order_new_partner.html", context)


def _changed(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Change what is in the order, and lead to where it is seen; what cannot be had is not taken."""
    try:
        if "add" in request.GET:
            line = read_line(request.GET["add"], request.GET.get("face_value", ""), request.GET.get("quantity", "1"))
            draft = _with_line(draft, line)
            text = ngettext("%d card is in the order now.", "%d cards are in the order now.", line.quantity)
            messages.success(request, text % line.quantity)
        else:
            draft = draft.with_quantities(request.GET.getlist("quantity"), without=request.GET.get("remove"))
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return redirect(_compose_address(draft, **asked(request, ("q", "page"))))


def _with_line(draft: Draft, line: Any) -> Draft:
    wallet = found(lambda: shown_draft(Draft(draft.partner_id, draft.request_id, draft.wallet_id))).wallet
    if wallet is not None:
        placement.estimate(
            partner_id=draft.partner_id,
            mode=wallet.mode,
            request=OrderRequest(uuid.uuid4(), wallet.currency_id, (line,), wallet_id=wallet.pk),
        )
    return draft.with_line(line)


def _offers(request: HttpRequest, draft: Draft, text: str) -> dict[str, Any]:
    """Return the page of products that the partner may buy, at its own prices."""
    products = catalog.search(catalog.product_list(partner_id=draft.partner_id), text)
    page = page_of(products.order_by("brand__name", "min_face_value", "pk"), request, size=_OFFERS_SHOWN)
    rules = catalog.rules_for(partner_id=draft.partner_id)
    return {
        "page": page,
        "offers": [
            Offer(product, catalog.sale_price_range(product, rules=rules), catalog.in_stock(product))
            for product in page
        ],
    }


def _confirm(
    request: HttpRequest, colleague: Colleague, draft: Draft, cart: ShownCart, form: PlaceForm
) -> HttpResponse:
    context = {
        "colleague": colleague,
        "partner": found(lambda: partners.partner(draft.partner_id)),
        "draft": draft,
        "cart": cart,
        "form": form,
        "back": _compose_address(draft),
    }
    return render(request, "portal/staff/order_check.html", context, status=422 if form.errors else 200)


def _from_its_wallet(draft: Draft, cart: ShownCart) -> Draft:
    """Name the wallet that pays, also where nobody chose it."""
    return draft if cart.wallet is None else replace(draft, wallet_id=cart.wallet.pk)


def _ordered(draft: Draft) -> Any:
    return orders.orders_of(partner_id=draft.partner_id).filter(request_id=draft.request_id).first()


def _already(request: HttpRequest, order: Any) -> HttpResponse:
    messages.info(request, _("This was ordered already: here is its order."))
    return redirect("staff:order", order_id=order.pk)


def _compose_address(draft: Draft, **more: str) -> str:
    seen = {name: value for name, value in (draft.fields | more).items() if value}
    return f"{reverse('staff:order-new')}?{urlencode(seen)}"
