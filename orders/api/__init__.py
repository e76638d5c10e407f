"""Orders over HTTP: `bodies` reads requests, `shapes` writes answers, `views` joins them to the services.

`callbacks` is where the supplier calls.
"""

from orders.api.callbacks import notification, webhook
from orders.api.reconciliation import DifferencesView, ReconciliationsView, ReconciliationView, ResolveView
from orders.api.reports import (
    AccountsView,
    ExportFileView,
    ExportsView,
    ExportView,
    FailuresView,
    LiabilitiesView,
    OverviewView,
    ReportsView,
    SalesView,
    SummaryView,
)
from orders.api.views import CancelView, CardsView, EstimateView, OrdersView, OrderView

__all__ = [
    "AccountsView",
    "CancelView",
    "CardsView",
    "DifferencesView",
    "EstimateView",
    "ExportFileView",
    "ExportView",
    "ExportsView",
    "FailuresView",
    "LiabilitiesView",
    "OrderView",
    "OrdersView",
    "OverviewView",
    "ReconciliationView",
    "ReconciliationsView",
    "ReportsView",
    "ResolveView",
    "SalesView",
    "SummaryView",
    "notification",
    "webhook",
]
