"""Serves the imitation supplier until it is interrupted."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bamboo.sandbox.cli import CannotListen, add_arguments, run


class Command(BaseCommand):
    """`manage.py bamboo_sandbox --port N`; touches no database of ours."""

    help = "Serves an imitation of the supplier for development and tests."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the imitation's own options."""
        add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve."""
        try:
            run(options, say=self._say)
        except (CannotListen, ValueError) as error:
            raise CommandError(str(error)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
