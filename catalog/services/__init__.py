"""Everything that changes the catalog: its synchronisation, what the supplier refused, what partners pay."""

from catalog.services.commissions import set_partner_commission
from catalog.services.rates import sync_rates
from catalog.services.refusals import mark_refused
from catalog.services.runs import SYNC, is_over, request_sync
from catalog.services.storing import SyncCounts
from catalog.services.sync import SyncRunningError, sync_catalog

__all__ = [
    "SYNC",
    "SyncCounts",
    "SyncRunningError",
    "is_over",
    "mark_refused",
    "request_sync",
    "set_partner_commission",
    "sync_catalog",
    "sync_rates",
]
