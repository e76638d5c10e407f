"""What the supplier says of an order right now: one live read for each of its latest purchases; nothing is changed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bamboo import conf, schemas
from bamboo.schemas import CardStatus, OrderStatus
from orders import queries
from orders.models import Purchase
from orders.services import looking
from orders.states import PurchaseStatus
from steller.errors import UnavailableError
from steller.portal.pages.access import is_part
from steller.portal.pages.staff.access import Colleague, found, staff_page

# Each is a read of its own within the supplier's limit of all reads.
_MOST_LOOKS = 3
# The supplier's words, each with the state of ours whose tone it bears.
_SAID: Mapping[OrderStatus, tuple[str, Any]] = {
    OrderStatus.CREATED: ("created", _("Created")),
    OrderStatus.PROCESSING: ("processing", _("Being worked on")),
    OrderStatus.PENDING: ("processing", _("Pending")),
    OrderStatus.SUCCEEDED: ("succeeded", _("Succeeded")),
    OrderStatus.PARTIAL_FAILED: ("partially_failed", _("Partly failed")),
    OrderStatus.FAILED: ("failed", _("Failed")),
    OrderStatus.UNKNOWN: ("unknown", _("A status that we do not know")),
}


@dataclass(frozen=True, slots=True)
class Came:
    """How much of one product and face value has come, as the supplier has it."""

    name: str
    face_value: Decimal
    quantity: int
    sold: int


@dataclass(frozen=True, slots=True)
class Look:
    """A purchase beside the supplier's order; that is None when the supplier shows none, or gave no answer."""

    purchase: Purchase
    order: schemas.Order | None = None
    items: Sequence[Came] = ()
    trouble: str = ""

    @property
    def said(self) -> tuple[str, Any]:
        """The supplier's status: a state for its tone, and a word."""
        return _SAID[self.order.status] if self.order else ("", "")


@require_safe
@staff_page("orders.view_purchase")
def supplier(request: HttpRequest, colleague: Colleague, order_id: uuid.UUID) -> HttpResponse:
    """Ask the supplier how the order's latest purchases stand; what one of them could not tell is said beside it."""
    order = found(lambda: queries.any_order(order_id))
    sent = [purchase for purchase in queries.purchases_for(order_id) if was_sent(purchase)]
    names = queries.product_names(order_id, sent)
    context = {
        "colleague": colleague,
        "order": order,
        "looks": [_look(purchase, names) for purchase in sent[:_MOST_LOOKS]],
        "more": max(0, len(sent) - _MOST_LOOKS),
        "asked_at": timezone.now(),
    }
    part = is_part(request, "supplier")
    return render(request, "portal/staff/supplier_view.html" if part else "portal/staff/supplier.html", context)


def was_sent(purchase: Purchase) -> bool:
    """Tell whether the supplier can know of a purchase."""
    return bool(purchase.status != PurchaseStatus.PLANNED or purchase.sends)


def _look(purchase: Purchase, names: Mapping[int, str]) -> Look:
    try:
        order = looking.read_now(conf.client, purchase)
    except UnavailableError as refusal:
        return Look(purchase, trouble=refusal.detail)
    if order is None:
        return Look(purchase)
    return Look(purchase, order, [_came(item, names) for item in order.items])


def _came(item: schemas.OrderItem, names: Mapping[int, str]) -> Came:
    sold = sum(card.status is CardStatus.SOLD for card in item.cards)
    return Came(names.get(item.product_id, ""), item.face_value, item.quantity, sold)
