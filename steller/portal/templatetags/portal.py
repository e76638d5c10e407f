"""The design system's small parts: icons, states, navigation, a brand's sign, the spending chart.

docs/design-system.md shows each of them; staff pages use the same ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders import queries as orders
from steller.portal.deeds import PEOPLE
from steller.portal.permissions import WORDS

register = template.Library()

# What each state means to its reader; a state that is not here is under way.
_TONES: Mapping[str, str] = {
    "succeeded": "good",
    "delivered": "good",
    "placed": "good",
    "ordered": "good",
    "active": "good",
    "approved": "good",
    "in_stock": "good",
    "partially_failed": "warn",
    "partially_delivered": "warn",
    "on_hold": "warn",
    "low": "warn",
    "draft": "warn",
    "pending": "warn",
    "test": "warn",
    "paused": "warn",
    "failed": "bad",
    "refused": "bad",
    "suspended": "bad",
    "revoked": "bad",
    "rejected": "bad",
    "invited": "warn",
    "deactivated": "bad",
    "cancelled": "hush",
    "discarded": "hush",
    "expired": "hush",
    "out_of_stock": "hush",
    "settled": "good",
    "done": "good",
    "allow": "good",
    "explained": "good",
    "unknown": "warn",
    "incomplete": "warn",
    "open": "warn",
    "timing": "hush",
    "withdrawn": "hush",
    "ended": "hush",
    "removed": "hush",
    "gone": "hush",
    "deny": "bad",
    "stopped": "bad",
    "blocked": "bad",
}
# The words for what is stored, as people read them.
_WORDS: Mapping[str, Promise] = {
    "created": _("Placed"),
    "processing": _("Being bought"),
    "succeeded": _("Delivered"),
    "partially_failed": _("Partly delivered"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "waiting": _("Waiting"),
    "on_hold": _("On hold"),
    "purchasing": _("Being bought"),
    "delivered": _("Delivered"),
    "partially_delivered": _("Partly delivered"),
    "draft": _("To be confirmed"),
    "ordering": _("Being ordered"),
    "ordered": _("Ordered"),
    "discarded": _("Discarded"),
    "placed": _("Placed"),
    "refused": _("Refused"),
    "pending": _("Waiting for us"),
    "approved": _("Booked"),
    "rejected": _("Rejected"),
    "active": _("Active"),
    "paused": _("Paused"),
    "expired": _("Expired"),
    "revoked": _("Revoked"),
    "invited": _("Invited"),
    "deactivated": _("Kept out"),
    "owner": _("Owner"),
    "buyer": _("Buyer"),
    "developer": _("Developer"),
    "viewer": _("Viewer"),
    "api": _("API"),
    "dashboard": _("Dashboard"),
    "staff": _("Our staff"),
    "bulk": _("File"),
    "unknown": _("Outcome unknown"),
    "settled": _("Settled"),
    "planned": _("Planned"),
    "placing": _("Being sent"),
    "queued": _("Queued"),
    "running": _("Running"),
    "done": _("Done"),
    "incomplete": _("Incomplete"),
    "live": _("Live"),
    "test": _("Test"),
    "allow": _("Allowed"),
    "deny": _("Hidden"),
    "open": _("Open"),
    "explained": _("Explained"),
    "gone": _("Gone"),
    "charged_without_card": _("Charged, no card"),
    "card_without_charge": _("Card, not charged"),
    "duplicate_charge": _("Charged twice"),
    "broken_balance": _("Balance does not add up"),
    "changed_line": _("Line was changed"),
    "price": _("Price differs"),
    "timing": _("Not reported yet"),
    "not_bought_wait": _("Not bought, lines wait again"),
    "not_bought_fail": _("Not bought, lines fail"),
    "not_coming": _("Missing cards do not come"),
    **PEOPLE,
}
# Why a line has no card, or too few; a code that is not here is the supplier's own.
_LINE_ERRORS: Mapping[str, Promise] = {
    "cancelled": _("Cancelled before it was bought."),
    "not_delivered": _("The supplier did not deliver every card."),
    "not_bought": _("It could not be bought."),
    "declined": _("Our staff ended it."),
    "ProductIsOutOfStock": _("Out of stock at the supplier."),
    "InvalidDenomination": _("The supplier does not sell this face value."),
    "InvalidProduct": _("The supplier does not sell this card at the moment."),
    "InvalidProductIds": _("The supplier does not sell this card any more."),
}
# What acts by itself, by what stands behind `system:`.
_SYSTEM: Mapping[str, Promise] = {
    "beat": _("by schedule"),
    "command": _("command line"),
    "create_partner": _("command line"),
    "create_staff": _("command line"),
    "mail": _("e-mails"),
    "password_reset": _("password reset"),
    "refusal": _("refusal by the supplier"),
    "round": _("purchasing"),
    "settlement": _("settlement"),
    "sync": _("synchronisation"),
    "tick": _("purchasing"),
    "wallets": _("wallets"),
    "webhooks": _("webhooks"),
}
_MONOGRAMS = 8
# Reserved names (RFC 2606): no browser need look for them.
_NOWHERE = (".invalid", ".test", ".example")


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite; it is decoration, so the text beside it must say everything."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("portal/vendor/icons.svg"),
        name,
    )


@register.simple_tag
def state(value: str, label: str = "") -> SafeString:
    """Write a state as a badge in the tone of its meaning, by its own word or by the one that is given."""
    return format_html('<span class="state state-{}">{}</span>', _TONES.get(value, "info"), label or word(value))


@register.filter
def word(value: str) -> str:
    """Return the word for a stored state or kind."""
    return str(_WORDS.get(value, value.replace("_", " ").capitalize()))


@register.filter
def permission(code: str) -> str:
    """Say what a permission of our staff allows; one without a word stays as it is stored."""
    return str(WORDS.get(code, code))


@register.filter
def line_error(code: str) -> str:
    """Say why a line failed; integrators read the code over the API."""
    known = _LINE_ERRORS.get(code)
    return str(known) if known else gettext("The supplier refused it ({code}).").format(code=code)


@register.inclusion_tag("portal/parts/nav_item.html", takes_context=True)
def nav_item(context: Mapping[str, Any], name: str, label: str, icon_name: str, *also: str) -> dict[str, object]:
    """Link to a page by its name; it is the current one on that page and on those named after the icon."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = match is not None and match.view_name in {name, *also}
    return {"url": reverse(name), "label": label, "icon_name": icon_name, "current": current}


@register.filter
def may(colleague: Any, permission: str) -> bool:
    """Tell whether one of our staff may do something; pages ask again before they do it."""
    return bool(colleague.may(permission))


@register.filter
def named(actor: str, names: Mapping[str, str]) -> str:
    """Return how people call an actor (`user:12`, `key:7`, `system:tick`)."""
    kind, _colon, what = actor.partition(":")
    if kind != "system":
        return names.get(actor) or actor
    return gettext("System, {what}").format(what=_SYSTEM.get(what, what))


@register.filter
def with_number(text: str, number: int) -> str:
    """Write a number behind a text: the id of the dialog of one row of many."""
    return f"{text}{number}"


@register.filter
def pairs(values: object) -> list[tuple[str, object]]:
    """Return names and values of what the audit log keeps, to walk over."""
    if isinstance(values, Mapping):
        return [(str(name), value) for name, value in values.items()]
    return [("", values)] if values else []


@register.filter
def words(text: str) -> list[str]:
    """Return the words of a text, to walk over."""
    return text.split()


@register.filter
def first_of(rows: Sequence[Any], count: int) -> Sequence[Any]:
    """Return the first so many."""
    return rows[:count]


@register.filter
def at(row: Any, key: object) -> Any:
    """Return what a mapping has under a key, nothing if it has none."""
    return row.get(key)


@register.simple_tag
def cart_size(person: Any) -> int:
    """Return how many cards are in a person's cart. One query."""
    return orders.cart_size(person.user_id)


@register.inclusion_tag("portal/parts/sign.html")
def sign(name: str, logo_url: str | None = None, size: str = "") -> dict[str, object]:
    """Show a brand's logo over a monogram in one of eight tones."""
    words = name.split()
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else name[:2]
    return {"letters": letters.upper(), "tone": sum(map(ord, name)) % _MONOGRAMS, "logo": logo(logo_url), "size": size}


@register.filter
def logo(url: str | None) -> str:
    """Return a logo's address if a browser may load it: https, and a host that can exist."""
    parts = urlsplit(url or "")
    usable = parts.scheme == "https" and parts.hostname and not parts.hostname.endswith(_NOWHERE)
    return url if url and usable else ""


@register.filter
def initials(email: str) -> str:
    """Return the letter that stands for a person."""
    return email[:1]


@register.filter
def percent(share: float | None) -> str:
    """Write a share as a whole percentage, a dash for none."""
    return "-" if share is None else f"{share:.0%}"
