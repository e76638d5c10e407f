"""Register the app with Django."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """The app `partners`."""

    name = "partners"
