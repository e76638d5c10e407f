"""Register the app with Django."""

from django.apps import AppConfig


class WalletsConfig(AppConfig):
    """The app `wallets`."""

    name = "wallets"
