"""What the audit log keeps, in words: deeds by the log's own names for them, to be read and to be chosen from."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# About people's access: partners read these of their own team, too.
PEOPLE: Mapping[str, Promise] = {
    "user.describe": _("Name, phone or address changed"),
    "user.remove": _("Removed"),
    "user.create": _("Account made"),
    "user.invite": _("Invited"),
    "user.accept": _("Invitation accepted, password set"),
    "user.role": _("Role changed"),
    "user.permissions": _("Permissions changed"),
    "user.deactivate": _("Kept out"),
    "user.reactivate": _("Let in again"),
    "user.unlock": _("Lock lifted after wrong tries"),
    "user.reset_password": _("Password reset by e-mail"),
    "user.change_password": _("Password changed"),
    "user.second_factor_on": _("Second factor switched on"),
    "user.second_factor_off": _("Second factor taken away"),
    "user.recovery_codes": _("New recovery codes made"),
    "user.end_sessions": _("Logged out everywhere else"),
    "user.log_out": _("Logged out everywhere by a colleague"),
}
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
    "purchase.review.close": _("Taken off the review list"),
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
    **PEOPLE,
}
# What deeds are about, by the first part of their name.
_ABOUT: Sequence[tuple[Promise, tuple[str, ...]]] = (
    (_("Orders and cards"), ("order", "bulk", "card", "line")),
    (_("Purchases and the supplier"), ("purchase", "reconciliation", "calls", "breaker", "float_limit")),
    (_("Money"), ("wallet", "top_up", "adjustment", "report")),
    (_("Partners"), ("partner", "contact", "key", "webhook", "notification")),
    (_("Catalog and prices"), ("catalog", "catalog_rule", "commission")),
    (_("People"), ("user",)),
)


def deed_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every deed in its group, by its words."""
    return [
        (
            str(heading),
            sorted(
                ((action, str(word)) for action, word in DEEDS.items() if action.partition(".")[0] in kinds),
                key=lambda choice: choice[1],
            ),
        )
        for heading, kinds in _ABOUT
    ]
