"""Partners over HTTP: logging in, the caller itself, events, webhook endpoints, e-mail preferences."""

from partners.api.auth import LoginView, LogoutView, MeView, RefreshView
from partners.api.events import EventsView
from partners.api.notifications import NotificationsView
from partners.api.webhooks import (
    DeliveriesView,
    EndpointsView,
    EndpointView,
    ReplayView,
    RotateView,
    TestSendView,
)

__all__ = [
    "DeliveriesView",
    "EndpointView",
    "EndpointsView",
    "EventsView",
    "LoginView",
    "LogoutView",
    "MeView",
    "NotificationsView",
    "RefreshView",
    "ReplayView",
    "RotateView",
    "TestSendView",
]
