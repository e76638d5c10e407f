"""Everything that changes the catalog: its synchronisation, what the supplier refused, what partners see and pay."""

from catalog.services.access import Target, end_catalog_rule, set_catalog_rule
from catalog.services.authors import Author
from catalog.services.commissions import (
    Commission,
    RuleScope,
    end_commission,
    open_commission,
    set_partner_commission,
)
from catalog.services.rates import sync_rates
from catalog.services.refreshing import refresh_hinted
from catalog.services.refusals import mark_refused
from catalog.services.runs import SYNC, is_over, request_sync
from catalog.services.storing import SyncCounts
from catalog.services.sync import SyncRunningError, sync_catalog

__all__ = [
    "SYNC",
    "Author",
    "Commission",
    "RuleScope",
    "SyncCounts",
    "SyncRunningError",
    "Target",
    "end_catalog_rule",
    "end_commission",
    "is_over",
    "mark_refused",
    "open_commission",
    "refresh_hinted",
    "request_sync",
    "set_catalog_rule",
    "set_partner_commission",
    "sync_catalog",
    "sync_rates",
]
