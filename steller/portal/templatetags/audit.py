"""How the audit log is read by people: what was done in words, and a link to what it was done to."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from steller.portal.templatetags.portal import word

register = template.Library()

# What was done, by the log's own name for it; those about people stand with the words that partners read, too.
DEEDS: Mapping[str, Promise] = {
    "order.place": _("Ordered for a partner"),
    "order.cancel": _("Order cancelled"),
    "order.retry": _("Ordered again what failed"),
    "bulk.confirm": _("Bulk order confirmed"),
    "card.reveal": _("Codes shown"),
    "card.refund": _("Card refunded"),
    "card.write_off": _("Card written off"),
    "line.assign": _("Line delivered from stock"),
    "line.release": _("Line let go on"),
    "line.fail": _("Line failed"),
    "purchase.review": _("Taken off the review list"),
    "purchase.read_again": _("Purchase read again"),
    "purchase.not_bought": _("Declared not bought"),
    "purchase.not_coming": _("Missing cards declared lost"),
    "purchase.not_bought_wait.propose": _("Proposed: not bought, lines wait again"),
    "purchase.not_bought_fail.propose": _("Proposed: not bought, lines fail"),
    "purchase.not_coming.propose": _("Proposed: missing cards do not come"),
    "wallet.open": _("Wallet opened"),
    "wallet.top_up": _("Money paid in"),
    "wallet.threshold": _("Warning of a low balance changed"),
    "top_up.request": _("Top-up asked for"),
    "top_up.first_approval": _("Top-up approved by the first of two"),
    "top_up.approve": _("Top-up approved and booked"),
    "top_up.reject": _("Top-up rejected"),
    "adjustment.request": _("Adjustment asked for"),
    "adjustment.first_approval": _("Adjustment approved by the first of two"),
    "adjustment.approve": _("Adjustment approved and booked"),
    "adjustment.reject": _("Adjustment rejected"),
    "partner.create": _("Partner opened"),
    "partner.change": _("Partner changed"),
    "partner.suspend": _("Partner suspended"),
    "partner.resume": _("Partner resumed"),
    "partner.remove": _("Partner removed"),
    "partner.second_factor": _("Second factor required or not"),
    "contact.create": _("Contact added"),
    "contact.change": _("Contact changed"),
    "contact.remove": _("Contact removed"),
    "notification.change": _("E-mails chosen"),
    "user.describe": _("Person described"),
    "user.remove": _("Person removed"),
    "key.create": _("Key made"),
    "key.rotate": _("Key rotated"),
    "key.revoke": _("Key revoked"),
    "webhook.create": _("Webhook endpoint added"),
    "webhook.change": _("Webhook endpoint changed"),
    "webhook.delete": _("Webhook endpoint deleted"),
    "webhook.pause": _("Webhook endpoint paused"),
    "webhook.resume": _("Webhook endpoint resumed"),
    "webhook.rotate": _("Webhook secret rotated"),
    "webhook.test": _("Test event sent"),
    "webhook.replay": _("Events sent again"),
    "webhook.resend": _("Events of an order sent again"),
    "catalog.sync": _("Synchronisation asked for"),
    "catalog_rule.set": _("Shown to or hidden from partners"),
    "catalog_rule.end": _("Catalog rule ended"),
    "commission.open": _("Price rule opened"),
    "commission.end": _("Price rule ended"),
    "calls.stop": _("Calls to the supplier stopped"),
    "calls.resume": _("Calls to the supplier resumed"),
    "breaker.close": _("Breaker closed"),
    "float_limit.lift": _("Float limit lifted"),
    "reconciliation.request": _("Comparison asked for"),
    "reconciliation.resolve": _("Difference explained"),
    "report.export": _("File of a report asked for"),
}
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
