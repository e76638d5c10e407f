"""`manage.py create_partner`: a partner with its wallet, and if asked a key and an owner, as one JSON object."""

import json
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from steller.database import Mode
from steller.errors import DomainError
from steller.portal import services as portal


class Command(BaseCommand):
    """Open a partner; its secrets are printed once and stored nowhere."""

    help = "Open a partner with a funded wallet; prints JSON with its ids and, once, its secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what the command takes."""
        parser.add_argument("name")
        parser.add_argument("--email", required=True, help="the partner's own address, unique")
        parser.add_argument("--currency", required=True, help="of its wallet, such as USD")
        parser.add_argument("--fund", default="0", help="its first top-up, such as 1000 or 99.95")
        parser.add_argument("--mode", choices=Mode.values, default=Mode.LIVE.value)
        parser.add_argument("--api-key", action="store_true", help="make a key and print it")
        parser.add_argument("--owner", metavar="EMAIL", help="make a user in the role owner and print its password")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Open the partner and print it."""
        try:
            opened = portal.open_partner(
                name=options["name"],
                email=options["email"],
                currency=options["currency"].upper(),
                fund=_amount(options["fund"]),
                mode=Mode(options["mode"]),
                with_key=options["api_key"],
                owner_email=options["owner"],
                actor="system:create_partner",
            )
        except DomainError as error:
            raise CommandError(error.detail) from error
        printed: dict[str, object] = {"partner_id": opened.partner_id, "wallet_id": opened.wallet_id}
        if opened.key is not None:
            printed["api_key"] = opened.key.raw
        if opened.owner is not None:
            printed["owner"] = {"email": opened.owner.email, "password": opened.owner.password}
        self.stdout.write(json.dumps(printed))


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise CommandError(f"--fund {text!r} is not an amount.") from error
