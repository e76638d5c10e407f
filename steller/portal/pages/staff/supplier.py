"""What the supplier says of an order right now: one live read for each of its latest purchases; nothing is changed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from bamboo import conf, schemas
from bamboo.schemas import CardStatus, OrderStatus
from catalog import queries as catalog
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
    OrderStatus.CREATED: ("created", gettext_lazy("Created")),
    OrderStatus.PROCESSING: ("processing", gettext_lazy("Being worked on")),
    OrderStatus.PENDING: ("processing", gettext_lazy("Pending")),
    OrderStatus.SUCCEEDED: ("succeeded", gettext_lazy("Succeeded")),
    OrderStatus.PARTIAL_FAILED: ("partially_failed", gettext_lazy("Partly failed")),
    OrderStatus.FAILED: ("failed", gettext_lazy("Failed")),
    OrderStatus.UNKNOWN: ("unknown", gettext_lazy("A status that we do not know")),
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
    context = {
        "colleague": colleague,
        "order": order,
        "looks": _named([_look(purchase) for purchase in sent[:_MOST_LOOKS]]),
        "more": max(0, len(sent) - _MOST_LOOKS),
        "asked_at": timezone.now(),
    }
    part = is_part(request, "supplier")
    return render(request, "portal/staff/supplier_view.html" if part else "portal/staff/supplier.html", context)


def was_sent(purchase: Purchase) -> bool:
    """Tell whether the supplier can know of a purchase."""
    return bool(purchase.status != PurchaseStatus.PLANNED or purchase.sends)


def _look(purchase: Purchase) -> Look:
    try:
        return Look(purchase, looking.read_now(conf.client, purchase))
    except UnavailableError as refusal:
        return Look(purchase, trouble=refusal.detail)


def _named(looks: Sequence[Look]) -> Sequence[Look]:
    """Say what has come, with the names of products; they are not looked up while the supplier is awaited."""
    items = [item for look in looks if look.order for item in look.order.items]
    products = catalog.products_at_supplier({item.product_id for item in items})
    names = {number: product.name for number, product in products.items()}
    return [
        replace(look, items=[_came(item, names) for item in look.order.items]) if look.order else look for look in looks
    ]


def _came(item: schemas.OrderItem, names: Mapping[int, str]) -> Came:
    sold = sum(card.status is CardStatus.SOLD for card in item.cards)
    name = names.get(item.product_id) or _("Product {number}").format(number=item.product_id)
    return Came(name, item.face_value, item.quantity, sold)
