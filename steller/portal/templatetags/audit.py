"""How the audit log is read by people: what was done in words, and a link to what it was done to."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from steller.portal.deeds import DEEDS
from steller.portal.templatetags.portal import word

register = template.Library()

# Of what has a page of its own: its address, the name of its id there, and the permission that the page asks for.
_PAGES: Mapping[str, tuple[str, str, str]] = {
    "order": ("staff:order", "order_id", "orders.view_order"),
    "purchase": ("staff:purchase", "purchase_id", "orders.view_purchase"),
    "partner": ("staff:partner", "partner_id", "partners.view_partner"),
    "user": ("staff:person", "user_id", "partners.view_user"),
    "wallet": ("staff:wallet", "wallet_id", "wallets.view_walletentry"),
    "topup": ("staff:top-up", "top_up_id", "wallets.view_topup"),
    "adjustment": ("staff:adjustment", "adjustment_id", "wallets.view_adjustment"),
    "reconciliation": ("staff:reconciliation-run", "run_id", "orders.view_reconciliation"),
    "sync": ("staff:catalog-run", "run_id", "catalog.view_syncrun"),
}
# Who or what was removed has no page any more.
_LAST_DEEDS = {"user.remove", "partner.remove"}
_SHORT = 8
_LONG = 20


@register.filter
def deed(action: str) -> str:
    """Say what was done."""
    return str(DEEDS[action]) if action in DEEDS else word(action)


@register.simple_tag
def about(entry: Any, colleague: Any) -> SafeString:
    """Name what an entry is about, a long id by its beginning; a link where the colleague may open its page."""
    kind, _colon, number = entry.subject.partition(":")
    name = f"{kind} {number[:_SHORT]}…" if len(number) > _LONG else f"{kind} {number}"
    page, argument, permission = _PAGES.get(kind, ("", "", ""))
    if not page or entry.action in _LAST_DEEDS or not colleague.may(permission):
        return format_html('<span title="{}">{}</span>', entry.subject, name)
    return format_html('<a href="{}" title="{}">{}</a>', reverse(page, kwargs={argument: number}), entry.subject, name)
