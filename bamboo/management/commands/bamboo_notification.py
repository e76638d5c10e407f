"""`manage.py bamboo_notification`: shows or sets where the supplier sends its classic callbacks."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from bamboo import conf, limits
from bamboo.errors import BambooError
from bamboo.schemas import NotificationSettings


class Command(BaseCommand):
    """Print the settings as JSON, after setting them if an address is given; the secret is never printed."""

    help = "Show where the supplier sends its callbacks, or set it with --url, or switch them off with --off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--url", help="our address for live orders, such as https://…/bamboo/notification")
        parser.add_argument("--sandbox-url", help="for sandbox orders; the same if left out")
        parser.add_argument("--off", action="store_true", help="have no callbacks sent")
        parser.add_argument("--mode", choices=("live", "test"), default="live", help="whose credentials (%(default)s)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Set what was asked for, and show what the supplier has.

        Raises:
            CommandError: no secret to set, options that contradict each other, or the supplier could not be asked.

        """
        wanted = self._wanted(options)
        try:
            client = conf.client(options["mode"])
            with limits.call("other", mode=options["mode"]):
                known = client.set_notification_settings(wanted) if wanted else client.notification_settings()
        except BambooError as error:
            raise CommandError(f"The supplier could not be asked: {error}") from error
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps({"url": known.url, "sandbox_url": known.sandbox_url, "secret": self._about(known.secret)})
        )

    def _wanted(self, options: dict[str, Any]) -> NotificationSettings | None:
        url, sandbox_url = options["url"], options["sandbox_url"]
        if options["off"]:
            if url or sandbox_url:
                raise CommandError("Give an address or --off.")
            return NotificationSettings()
        if not url:
            return None
        if not settings.BAMBOO_NOTIFICATION_SECRET:
            raise CommandError("BAMBOO_NOTIFICATION_SECRET is not set: without it every callback is refused.")
        return NotificationSettings(url, sandbox_url or url, settings.BAMBOO_NOTIFICATION_SECRET)

    def _about(self, secret: str) -> str:
        if not secret:
            return "none"
        return "ours" if secret == settings.BAMBOO_NOTIFICATION_SECRET else "another than BAMBOO_NOTIFICATION_SECRET"
