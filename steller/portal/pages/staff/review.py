"""The review list: purchases, lines on hold and cards that only a person can decide about, and the decisions."""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from bamboo import conf
from catalog import queries as catalog
from orders import queries
from orders.services import deciding
from orders.states import PurchaseStatus
from partners import queries as partners
from steller.errors import InvalidRequestError
from steller.portal import actors
from steller.portal.pages.staff import sure
from steller.portal.pages.staff.access import Colleague, act, found, reason_of, staff_page
from steller.portal.pages.staff.lists import page_of
from steller.portal.pages.staff.sure import Statement
from steller.portal.templatetags.money import money

_MOST_LINES = 100
_MOST_STOCK = 2000


@require_safe
@staff_page("orders.view_purchase")
def purchases(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List the purchases to review, the one that waits longest first."""
    page = page_of(queries.purchases_to_review().order_by("review_at", "pk"), request)
    return _show(request, colleague, "purchases", page)


@require_safe
@staff_page("orders.view_order")
def lines(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List the lines on hold, the oldest first, each with the cards in stock that fit it."""
    page = page_of(queries.lines_on_hold().order_by("queued_at", "pk"), request)
    stock = _stock_for(list(page))
    return _show(request, colleague, "lines", page, rows=[(line, stock.get(_kind(line), [])) for line in page])


@require_safe
@staff_page("orders.view_card")
def cards(request: HttpRequest, colleague: Colleague, kind: str) -> HttpResponse:
    """List surplus cards, or those whose code was delivered twice; the oldest first."""
    rows = queries.surplus_cards() if kind == "surplus" else queries.duplicate_cards()
    page = page_of(rows.order_by("created_at", "pk"), request)
    products = catalog.products_at_supplier({card.supplier_product_id for card in page})
    return _show(request, colleague, kind, page, products=products)


def _show(request: HttpRequest, colleague: Colleague, kind: str, page: Any, **more: Any) -> HttpResponse:
    context = {"colleague": colleague, "kind": kind, "page": page, "review": queries.review(), **more}
    return render(request, f"portal/staff/review_{'cards' if kind in _CARDS else kind}.html", context)


_CARDS = {"surplus", "duplicate"}


def _kind(row: Any) -> tuple[int, Any]:
    return row.supplier_product_id, row.face_value


def _stock_for(lines_on_hold: Sequence[Any]) -> Mapping[tuple[int, Any], list[uuid.UUID]]:
    """Return the surplus cards of these lines' products, by product and face value. One query."""
    products = {line.supplier_product_id for line in lines_on_hold}
    fitting: dict[tuple[int, Any], list[uuid.UUID]] = {}
    for card in queries.surplus_cards().filter(supplier_product_id__in=products).order_by("created_at")[:_MOST_STOCK]:
        fitting.setdefault(_kind(card), []).append(card.pk)
    return fitting


@require_safe
@staff_page("orders.view_purchase")
def purchase(request: HttpRequest, colleague: Colleague, purchase_id: uuid.UUID) -> HttpResponse:
    """Show a purchase with its lines, sends and decisions, and what may be decided of it now."""
    row = found(lambda: queries.a_purchase(purchase_id))
    audit = list(partners.audit_entries({"subject": f"purchase:{purchase_id}"}).order_by("-pk")[:_MOST_LINES])
    under_review = row.review_at is not None and row.review_closed_at is None
    context = {
        "colleague": colleague,
        "purchase": row,
        "attempts": row.attempts.all(),
        "lines": row.lines.select_related("order", "partner").order_by("pk")[:_MOST_LINES],
        "stakes": queries.stakes(purchase_id),
        "audit": audit,
        "names": actors.names_of_actors({*(entry.actor for entry in audit), row.proposed_by}),
        "under_review": under_review,
        "may_be_not_bought": row.status == PurchaseStatus.UNKNOWN,
        "may_be_not_coming": row.status == PurchaseStatus.PLACED and under_review,
        "is_own_proposal": row.proposed_by == colleague.actor,
    }
    return render(request, "portal/staff/purchase.html", context)


@require_POST
@staff_page("orders.review_purchase")
def decide_purchase(request: HttpRequest, colleague: Colleague, purchase_id: uuid.UUID, deed: str) -> HttpResponse:
    """Close a review, read the purchase again, or say what became of it; the latter may need a second person."""
    decide = _PURCHASE_DEEDS.get(deed)
    if decide is None:
        raise Http404

    def do() -> str:
        return decide(purchase_id=purchase_id, actor=colleague.actor, reason=reason_of(request))

    return act(request, do, back=reverse("staff:purchase", kwargs={"purchase_id": purchase_id}))


def _close(**which: Any) -> str:
    deciding.close_review(**which)
    return _("Taken off the review list.")


def _read_again(**which: Any) -> str:
    deciding.read_again(client_of=conf.client, **which)
    return _("It is read again.")


def _not_bought(lines_then: Any) -> Callable[..., str]:
    def decide(**which: Any) -> str:
        return _said(deciding.declare_not_bought(client_of=conf.client, lines=lines_then, **which))

    return decide


def _not_coming(**which: Any) -> str:
    return _said(deciding.declare_not_coming(client_of=conf.client, **which))


def _said(decided: Any) -> str:
    if decided.is_done:
        return _("Decided, and settled.")
    return _("Proposed. A second person must decide the same within 24 hours.")


_PURCHASE_DEEDS: Mapping[str, Callable[..., str]] = {
    "close": _close,
    "read": _read_again,
    "not-bought-wait": _not_bought("wait"),
    "not-bought-fail": _not_bought("fail"),
    "not-coming": _not_coming,
}


@require_POST
@staff_page("orders.review_purchase")
def decide_line(request: HttpRequest, colleague: Colleague, line_id: uuid.UUID, deed: str) -> HttpResponse:
    """Let a line on hold be bought, fail it, or deliver it from stock."""

    def do() -> str:
        which: dict[str, Any] = {"line_id": line_id, "actor": colleague.actor, "reason": reason_of(request)}
        if deed == "release":
            deciding.release_line(**which)
            return _("The line waits to be bought again.")
        if deed == "fail":
            deciding.fail_line(**which)
            return _("The line failed; its money is back in the partner's wallet.")
        deciding.assign_cards(card_ids=_ids(request), **which)
        return _("Delivered from stock.")

    return act(request, do, back=reverse("staff:review-lines"))


@require_POST
@staff_page("orders.review_purchase")
def write_off(request: HttpRequest, colleague: Colleague, kind: str) -> HttpResponse:
    """Write the chosen cards off as a loss."""
    back = reverse("staff:review-cards", kwargs={"kind": kind})
    if not sure.is_sure(request):
        return sure.ask(request, colleague, lambda: _state_loss(request), back=back)

    def do() -> str:
        count = deciding.write_off_cards(card_ids=_ids(request), actor=colleague.actor, reason=reason_of(request))
        return ngettext("{count} card is written off.", "{count} cards are written off.", count).format(count=count)

    return act(request, do, back=back)


def _state_loss(request: HttpRequest) -> Statement:
    reason, chosen = reason_of(request), queries.cards_without_line(_ids(request))
    if not chosen:
        raise InvalidRequestError(_("Choose the cards first."))
    products = catalog.products_at_supplier({card.supplier_product_id for card in chosen})
    kinds = Counter((products.get(card.supplier_product_id), card.face_value) for card in chosen)
    return Statement(
        heading=ngettext("Write {count} card off?", "Write {count} cards off?", len(chosen)).format(count=len(chosen)),
        effect=_("They leave the list and count as our loss; they stay stored. No partner's money moves."),
        facts=[*(_loss(*kind, count) for kind, count in kinds.items()), (_("Reason"), reason)],
        label=_("Write off"),
        is_danger=True,
    )


def _loss(product: Any, face_value: Decimal, count: int) -> tuple[str, str]:
    amount = f"{money(face_value)} {product.brand.currency}" if product else money(face_value)
    text = ngettext("{count} card of {amount}", "{count} cards of {amount}", count).format(count=count, amount=amount)
    return (product.name if product else _("Not in the catalog")), text


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in request.POST.getlist("card")]
    except ValueError as error:
        raise InvalidRequestError(_("A card is named by its id.")) from error
