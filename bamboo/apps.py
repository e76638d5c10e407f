"""Register the app with Django."""

from django.apps import AppConfig


class BambooConfig(AppConfig):
    """The app `bamboo`."""

    name = "bamboo"
