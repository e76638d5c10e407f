#!/usr/bin/env python
"""Run Steller's commands."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

from steller import embedded

# These commands neither need nor start a database.
WITHOUT_DATABASE = {"bamboo_sandbox", "help", "--help", "--version", "makemigrations", "spectacular"}


def main() -> None:
    """Start the embedded PostgreSQL when it is the chosen database, then run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steller.settings")
    if settings.EMBEDDED_DATABASE and not WITHOUT_DATABASE.intersection(sys.argv[1:2]):
        embedded.start()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
