"""Orders over HTTP: `bodies` reads requests, `shapes` writes answers, `views` joins them to the services."""

from orders.api.reconciliation import DifferencesView, ReconciliationsView, ReconciliationView, ResolveView
from orders.api.views import CancelView, CardsView, EstimateView, OrdersView, OrderView

__all__ = [
    "CancelView",
    "CardsView",
    "DifferencesView",
    "EstimateView",
    "OrderView",
    "OrdersView",
    "ReconciliationView",
    "ReconciliationsView",
    "ResolveView",
]
