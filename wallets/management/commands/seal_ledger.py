"""`manage.py seal_ledger`: this day's signed totals of all wallets, written outside the database."""

from django.core.management.base import BaseCommand, CommandError

from wallets import queries, services


class Command(BaseCommand):
    """Write the seals of today once, and print what was sealed; exit 1 when a wallet does not add up."""

    help = __doc__

    def handle(self, *_args: object, **_options: object) -> None:
        """Seal, and name the wallets that could not be sealed."""
        try:
            night = services.seal_ledger()
        except queries.SealingIsOffError as error:
            raise CommandError(str(error)) from error
        done = "was there" if night.repeated else f"wallets={night.wallets} entries={night.entries}"
        self.stdout.write(f"{night.path} {done}")
        if night.broken:
            raise CommandError(f"not sealed any further: {', '.join(night.broken)}")
