"""`manage.py sync_catalog`: one synchronisation with the supplier, now."""

import json
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from bamboo import accounts, conf
from bamboo.errors import BambooError
from catalog import services


class Command(BaseCommand):
    """Synchronise catalog, accounts and rates, and print what changed as JSON."""

    help = "Synchronise catalog, accounts and rates with the supplier, and print what changed as JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Synchronise and print the counts.

        Raises:
            CommandError: the supplier could not be read.

        """
        first, *others = conf.configured_modes() or ["live"]
        try:
            counts = services.sync_catalog(conf.client(first), mode=first, trigger="command", actor="system:command")
            for mode in others:
                accounts.refresh(conf.client(mode), mode=mode)
        except BambooError as error:
            raise CommandError(f"The supplier could not be read: {error}") from error
        except (services.SyncRunningError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(asdict(counts)))
