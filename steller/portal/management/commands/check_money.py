"""`manage.py check_money`: every invariant of the ledger against the data."""

from django.core.management.base import BaseCommand, CommandError

from steller.portal import books


class Command(BaseCommand):
    """Print a line `name=value OK` or `name=value BROKEN` for each invariant; exit 1 on any break."""

    help = __doc__

    def handle(self, *_args: object, **_options: object) -> None:
        """Check, and name what is broken."""
        for name, count in books.figures().items():
            self.stdout.write(f"{name}={count} OK")
        broken = 0
        for finding in books.findings():
            verdict = "BROKEN" if finding.broken else "OK"
            self.stdout.write(" ".join([f"{finding.name}={finding.broken} {verdict}", *finding.examples]))
            broken += bool(finding.broken)
        if broken:
            raise CommandError(f"{broken} invariants are broken")
