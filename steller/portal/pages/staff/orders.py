"""Orders of all partners: found, seen with everything behind them, and what may be done about them."""

import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from orders import queries
from orders.models import OrderType
from orders.queries.staff import NEWEST_FIRST
from orders.services import cancelling, deciding, on_behalf, revealing
from orders.states import FINAL_ORDERS, LineStatus, OrderStatus
from partners import queries as partners
from steller.portal import actors
from steller.portal import services as portal
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.asking import RefundForm
from steller.portal.pages.staff.lists import asked, number_of, page_of, since, until
from steller.portal.pages.staff.supplier import was_sent

_CANCELLABLE = {LineStatus.WAITING, LineStatus.ON_HOLD}
_FILTERS = ("q", "status", "type", "mode", "partner", "from", "to")


@require_safe
@staff_page("orders.view_order")
def order_list(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Find orders by text, state, kind, partner and day."""
    wanted = asked(request, _FILTERS)
    partner_id = number_of(wanted["partner"])
    filters = {
        "status": wanted["status"] if wanted["status"] in OrderStatus.values else None,
        "type": wanted["type"] if wanted["type"] in OrderType.values else None,
        "mode": "test" if wanted["mode"] == "test" else "live",
        "partner": partner_id,
        "created_after": since(wanted["from"]),
        "created_before": until(wanted["to"]),
    }
    rows = queries.staff_orders(
        filters={name: value for name, value in filters.items() if value is not None}, text=wanted["q"][:100]
    )
    context = {
        "colleague": colleague,
        "page": page_of(rows.order_by(*NEWEST_FIRST), request),
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "partner": partners.partners_like({}).filter(pk=partner_id).first() if partner_id else None,
        "statuses": OrderStatus.values,
        "types": OrderType.values,
    }
    return render(request, "portal/staff/orders.html", context)


@require_safe
@staff_page("orders.view_order")
def order_page(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponse:
    """Show an order; what moves is fetched again until it is final."""
    context = _context(request, colleague, order_id)
    if not is_part(request, "progress"):
        return render(request, "portal/staff/order.html", context)
    response = render(request, "portal/staff/order_progress.html", context)
    if context["is_final"]:
        response.headers["HX-Refresh"] = "true"
    return response


def _context(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> dict[str, Any]:
    seen = found(lambda: queries.staff_order(order_id))
    spoken = {entry.actor for entry in seen.audit} | {move.actor for move in seen.moves} | {seen.order.created_by}
    refunded: dict[uuid.UUID, Any] = {}
    for refund in seen.refunds:
        refunded[refund.card_id] = refunded.get(refund.card_id, 0) + refund.amount
    prices: dict[uuid.UUID | None, Decimal] = {item.pk: item.unit_price for item in seen.items}
    return {
        "colleague": colleague,
        "order": seen.order,
        "seen": seen,
        "cards": page_of(list(seen.cards), request),
        "lines": {item.pk: item for item in seen.items},
        "refunded": refunded,
        "names": actors.names_of_actors(spoken),
        "is_final": seen.order.status in FINAL_ORDERS,
        "ordered": sum(item.quantity for item in seen.items),
        "delivered": sum(item.delivered for item in seen.items),
        "captured": sum(item.captured_amount for item in seen.items),
        "released": sum(item.released_amount for item in seen.items),
        "cancelled": sum(item.sale_amount for item in seen.items if item.status in _CANCELLABLE),
        "left": {card.pk: prices[card.item_id] - refunded.get(card.pk, 0) for card in seen.cards},
        "cancellable": any(item.status in _CANCELLABLE for item in seen.items),
        "retryable": seen.order.status in {OrderStatus.FAILED, OrderStatus.PARTIALLY_FAILED}
        and all(retry.status in {OrderStatus.FAILED, OrderStatus.CANCELLED} for retry in seen.retries),
        "was_sent": any(map(was_sent, seen.purchases)),
        "request_id": uuid.uuid4(),
    }


@require_POST
@staff_page("orders.cancel_order")
def cancel(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponse:
    """Cancel the lines that are not being bought yet; their money is released."""

    def deed() -> str:
        reason = reason_of(request)
        cancelling.cancel_order(partner_id=None, order_id=order_id, actor=colleague.actor, reason=reason)
        return _("Cancelled what nobody had bought yet; its money is back in the wallet.")

    return act(request, deed, back=_address(order_id))


@require_POST
@staff_page("orders.retry_order")
def retry(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponse:
    """Order again what failed, and lead to the new order."""
    back = _address(order_id)
    made: list[uuid.UUID] = []

    def deed() -> str:
        placed = on_behalf.retry_order(
            order_id=order_id, request_id=_request_id(request), actor=colleague.actor, reason=reason_of(request)
        )
        made.append(placed.order.pk)
        return _("This is the new order for what failed.")

    answer = act(request, deed, back=back)
    return redirect(_address(made[0])) if made else answer


@require_POST
@staff_page("orders.reveal_card")
def reveal(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponseBase:
    """Show an order's cards, this once; the partner sees in its reveal log who did."""
    revealed: list[Any] = []

    def deed() -> str:
        revealed.extend(
            revealing.reveal_to_staff(
                order_id=order_id,
                actor=colleague.actor,
                address=request.META.get("REMOTE_ADDR"),
                reference_id=getattr(request, "reference_id", ""),
                reason=reason_of(request),
            )
        )
        return _("That you saw these cards is recorded, and the partner can see it.")

    answer = act(request, deed, back=_address(order_id))
    if not revealed:
        return answer
    seen = queries.staff_order(order_id)
    lines = {item.pk: item for item in seen.items}
    context = {"colleague": colleague, "order": seen.order, "cards": [(card, lines[card.item_id]) for card in revealed]}
    response = render(request, "portal/staff/reveal.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@staff_page("orders.refund_card")
def refund(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID, card_id: uuid.UUID) -> HttpResponse:
    """Give back the price of a bad card, or a part of it, to the wallet that paid."""

    def deed() -> str:
        form = RefundForm(request.POST).checked()
        done = deciding.refund_card(
            card_id=card_id,
            request_id=_request_id(request),
            amount=form["amount"],
            actor=colleague.actor,
            reason=reason_of(request),
        )
        return _("{amount} {currency} went back to the partner's wallet.").format(
            amount=f"{done.amount:.2f}", currency=done.currency
        )

    return act(request, deed, back=f"{_address(order_id)}#cards")


@require_POST
@staff_page("partners.change_webhookendpoint")
def resend(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponse:
    """Send what a partner was told of an order to its webhook endpoints once more."""

    def deed() -> str:
        seen = queries.staff_order(order_id)
        endpoints = portal.resend_events(
            partner_id=seen.order.partner_id,
            mode=seen.order.mode,
            event_ids=[event.public_id for event in seen.events if event.number is not None],
            subject=f"order:{order_id}",
            actor=colleague.actor,
            reason=reason_of(request),
        )
        text = ngettext("On its way again to {count} endpoint.", "On its way again to {count} endpoints.", endpoints)
        return text.format(count=endpoints)

    return act(request, deed, back=f"{_address(order_id)}#events")


def _request_id(request: HttpRequest) -> uuid.UUID:
    """Read the id that makes a form that is sent twice one deed."""
    try:
        return uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid.uuid4()


def _address(order_id: uuid.UUID) -> str:
    return reverse("staff:order", kwargs={"order_id": order_id})
