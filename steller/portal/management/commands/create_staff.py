"""`manage.py create_staff`: a staff user in one role, printed as one JSON object."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from partners.services import STAFF_ROLES
from steller.errors import DomainError
from steller.portal import services as portal


class Command(BaseCommand):
    """Make a staff user; a password that we made up is printed once and stored nowhere."""

    help = "Make a staff user; prints JSON with its id and, once, its password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what the command takes."""
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=STAFF_ROLES)
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input and do not print it",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the user and print it."""
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else None
        if password == "":
            raise CommandError("--password-stdin: standard input has no password.")
        try:
            user = portal.create_staff(
                email=options["email"], role=options["role"], password=password, actor="system:create_staff"
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        printed: dict[str, object] = {"user_id": user.id, "email": user.email}
        if password is None:
            printed["password"] = user.password
        self.stdout.write(json.dumps(printed))
