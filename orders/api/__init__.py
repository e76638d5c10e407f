"""Orders over HTTP: `bodies` reads requests, `shapes` writes answers, `views` joins them to the services."""

from orders.api.views import CancelView, CardsView, EstimateView, OrdersView, OrderView

__all__ = ["CancelView", "CardsView", "EstimateView", "OrderView", "OrdersView"]
