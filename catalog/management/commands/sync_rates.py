"""`manage.py sync_rates`: the supplier's exchange rates, now."""

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from bamboo import conf
from bamboo.errors import BambooError
from catalog import services


class Command(BaseCommand):
    """Read the exchange rates, and print how many were taken as JSON."""

    help = "Read the supplier's exchange rates, and print how many were taken as JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Read and print.

        Raises:
            CommandError: the supplier could not be read.

        """
        mode = next(iter(conf.configured_modes()), "live")
        try:
            taken = services.sync_rates(conf.client(mode), mode=mode)
        except BambooError as error:
            raise CommandError(f"The supplier could not be read: {error}") from error
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"rates": taken}))
