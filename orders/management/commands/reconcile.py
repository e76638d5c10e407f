"""`manage.py reconcile`: compare our purchases with the supplier's books now, and print the figures."""

import json
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from bamboo import conf
from orders.models import Reconciliation, ReconciliationStatus
from orders.queries import reconciliation as queries
from orders.services import reconciling
from steller.errors import DomainError


class Command(BaseCommand):
    """Compare some days with the supplier's report and print what they came to as JSON; exit 1 when it failed."""

    help = "Compare our purchases with the supplier's transactions report, and print the figures as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mode and the days."""
        today = datetime.now(UTC).date()
        parser.add_argument("--mode", choices=["live", "test"], default="live")
        parser.add_argument("--from", dest="first_day", type=date.fromisoformat, default=today - timedelta(days=2))
        parser.add_argument("--to", dest="last_day", type=date.fromisoformat, default=today)
        parser.add_argument("--last", action="store_true", help="only print what the latest run came to")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compare and print.

        Raises:
            CommandError: the report could not be read, or another run is under way.

        """
        mode = options["mode"]
        run = queries.last_run(mode=mode) if options["last"] else self._run(mode, options)
        if run is None:
            raise CommandError("No reconciliation has ended well yet.")
        self.stdout.write(json.dumps(_summary(run)))
        if run.status != ReconciliationStatus.DONE:
            raise CommandError(f"The report could not be read: {run.error_code}")

    def _run(self, mode: str, options: dict[str, Any]) -> Reconciliation:
        try:
            client = conf.client(mode)
            run = reconciling.request_reconciliation(
                mode=mode, first_day=options["first_day"], last_day=options["last_day"], actor="system:command"
            )
        except (DomainError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        if reconciling.reconcile(client=client, run_id=run.pk) is None:
            raise CommandError("Another reconciliation is under way; this one is queued and follows.")
        return queries.run_of(run.pk, mode=mode)


def _summary(run: Reconciliation) -> dict[str, object]:
    return {
        "id": run.pk,
        "mode": run.mode,
        "first_day": str(run.first_day),
        "last_day": str(run.last_day),
        "status": run.status,
        "lines_read": run.lines_read,
        "lines_new": run.lines_new,
        "purchases_checked": run.purchases_checked,
        "differences": queries.counts_by_kind(run.pk),
        "figures": {
            figure.currency: {
                name: str(getattr(figure, name))
                for name in ("charged", "recorded", "other", "timing", "resolved", "unexplained")
            }
            for figure in run.figures.all()
        },
    }
