"""Register the app with Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The app `steller.portal`."""

    name = "steller.portal"
    label = "portal"
