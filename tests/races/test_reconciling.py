"""Workers that take runs and files at the same moment."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.models import ExportStatus, Reconciliation, ReportExport, ReportExportPart
from orders.services import exporting, reconciling

pytestmark = [pytest.mark.races, pytest.mark.usefixtures("committing_db")]
TODAY = datetime.now(UTC).date()


class TestTwoRunsOfOneMode:
    def test_are_never_taken_together(self, together):
        for _ in range(20):
            Reconciliation.objects.all().delete()
            runs = [
                Reconciliation.objects.create(mode="live", first_day=day, last_day=day, requested_by="user:1")
                for day in (TODAY, TODAY - timedelta(days=1))
            ]

            taken = together(*[lambda run=run: reconciling._claim(run.pk) for run in runs])

            assert not [result for result in taken if isinstance(result, Exception)]
            assert Reconciliation.objects.filter(status="running").count() == sum(map(bool, taken)) <= 1


class TestOneFile:
    def test_is_written_by_one_of_many_workers(self, together):
        export = ReportExport.objects.create(report="liabilities", mode="live", requested_by="user:1")

        assert together(*[lambda: exporting.write_export(export.pk)] * 6) == [None] * 6

        export.refresh_from_db()
        assert (export.status, export.attempts) == (ExportStatus.DONE, 1)
        assert ReportExportPart.objects.count() == 1
