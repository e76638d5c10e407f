"""What our staff may do, in words: each permission that a page or the API asks for, by what it is about."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PERMISSIONS: Mapping[Promise, Mapping[str, Promise]] = {
    _("Orders"): {
        "orders.view_order": _("See orders"),
        "orders.view_card": _("See cards, without their codes"),
        "orders.reveal_card": _("Read the codes of a partner's cards"),
        "orders.place_for_partner": _("Order for a partner"),
        "orders.cancel_order": _("Cancel orders"),
        "orders.retry_order": _("Order again what failed"),
        "orders.refund_card": _("Refund bad cards"),
    },
    _("Purchases and the supplier"): {
        "orders.view_purchase": _("See purchases and the review list"),
        "orders.review_purchase": _("Decide what the review list asks"),
        "bamboo.view_limiter": _("See the supplier's limits"),
        "orders.control_supply": _("Stop and resume buying"),
        "orders.view_reconciliation": _("See comparisons with the supplier's books"),
        "orders.run_reconciliation": _("Start a comparison"),
        "orders.resolve_difference": _("Explain differences"),
    },
    _("Money"): {
        "wallets.view_wallet": _("See balances"),
        "wallets.view_walletentry": _("See wallets and their entries"),
        "wallets.add_wallet": _("Open wallets"),
        "wallets.change_wallet": _("Set warnings of low balances"),
        "wallets.view_topup": _("See top-ups"),
        "wallets.approve_topup": _("Record, approve and reject top-ups"),
        "wallets.view_adjustment": _("See adjustments"),
        "wallets.adjust_wallet": _("Ask for, approve and reject adjustments"),
        "orders.view_report": _("See reports and export them"),
    },
    _("Partners"): {
        "partners.view_partner": _("See partners"),
        "partners.add_partner": _("Open partners"),
        "partners.change_partner": _("Change partners"),
        "partners.suspend_partner": _("Suspend and resume partners"),
        "partners.delete_partner": _("Remove partners"),
        "partners.view_contact": _("See contacts"),
        "partners.add_contact": _("Add contacts"),
        "partners.change_contact": _("Change contacts"),
        "partners.delete_contact": _("Remove contacts"),
        "partners.view_apikey": _("See API keys"),
        "partners.add_apikey": _("Make API keys"),
        "partners.change_apikey": _("Rotate and revoke API keys"),
        "partners.view_event": _("See events and webhooks"),
        "partners.change_webhookendpoint": _("Manage webhooks and send events again"),
    },
    _("Catalog and prices"): {
        "catalog.view_product": _("See the catalog"),
        "catalog.view_syncrun": _("See synchronisations"),
        "catalog.request_sync": _("Start a synchronisation"),
        "catalog.view_catalogrule": _("See what partners are shown"),
        "catalog.add_catalogrule": _("Show or hide cards"),
        "catalog.change_catalogrule": _("End rules of the catalog"),
        "catalog.view_commissionrule": _("See prices and their rules"),
        "catalog.add_commissionrule": _("Open price rules"),
        "catalog.change_commissionrule": _("End price rules"),
    },
    _("People"): {
        "partners.view_user": _("See people and roles"),
        "partners.manage_people": _("Manage partners' people"),
        "partners.manage_staff": _("Manage our staff"),
        "partners.view_auditentry": _("Read the audit log"),
    },
}
WORDS: Mapping[str, Promise] = {name: word for group in PERMISSIONS.values() for name, word in group.items()}
