"""Register the app with Django."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    """The app `steller.portal`."""

    name = "steller.portal"
    label = "portal"

    def ready(self) -> None:
        """Grant the roles once the permissions of all apps are there, when the last of them hears of a migration."""
        # Registers its checks.
        import_module("steller.deployment")
        with_tables = [config for config in apps.get_app_configs() if config.models_module]
        post_migrate.connect(_grant_roles, sender=with_tables[-1])
        post_migrate.connect(_isolate_partners, sender=with_tables[-1])


def _grant_roles(**_kwargs: object) -> None:
    # Models cannot be imported while apps are being registered.
    from partners.services import grant_roles  # noqa: PLC0415

    grant_roles()


def _isolate_partners(**_kwargs: object) -> None:
    from steller.portal.policies import isolate_partners  # noqa: PLC0415 - reads the models

    isolate_partners()
