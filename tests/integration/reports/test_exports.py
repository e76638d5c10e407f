"""Files of reports: written in the background with progress, found when nobody was woken, thrown away in the end."""

import csv
import io
import itertools
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from orders import tasks
from orders.models import ExportStatus, OrderItem, ReportExport, ReportExportPart
from orders.queries import exports
from orders.services import exporting, reconciling
from partners.models import AuditEntry
from tests import factories
from tests.colleagues import staff_client
from tests.integration.api.asking import assert_problem, walk

PATH = "/api/staff/report/export"
TODAY = datetime.now(UTC).date()
DAYS = {"first_day": str(TODAY), "last_day": str(TODAY)}


def ask(client, report, **parameters):
    answer = client.post(PATH, {"report": report, **parameters})
    assert answer.status_code == 202, answer.text
    return answer.json()


def written(client, report, **parameters):
    """Ask for a file, let a worker write it, and read it."""
    body = ask(client, report, **parameters)
    exporting.write_export(body["id"])
    answer = client.get(f"{PATH}/{body['id']}/file")
    assert answer.status_code == 200, answer.content
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer.headers["Content-Length"])
    return list(csv.DictReader(io.StringIO(content.decode())))


class TestAFile:
    def test_is_written_in_the_background_and_then_fetched(self, finance, sold):
        body = ask(finance, "lines", **DAYS)
        assert (body["status"], body["file"], body["rows_total"]) == ("queued", None, None)
        assert_problem(finance.get(f"{PATH}/{body['id']}/file"), 404, "not_found")

        tasks.export(export_id=body["id"], later="argument")

        done = finance.get(f"{PATH}/{body['id']}").json()
        lines = OrderItem.objects.filter(settled_at__isnull=False).count()
        assert (done["status"], done["rows_done"], done["rows_total"]) == ("done", lines, lines)
        answer = finance.get(done["file"])
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f'filename="lines-{body["id"]}.csv"' in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"

    def test_of_lines_has_each_line_once_and_all_of_the_money(self, finance, sold, monkeypatch):
        monkeypatch.setattr(exports, "_BATCH", 2)
        monkeypatch.setattr(exporting, "_PART_ROWS", 3)
        day = datetime.now(UTC)
        OrderItem.objects.filter(partner=sold.first).update(settled_at=day)

        rows = written(finance, "lines", first_day=str(TODAY - timedelta(days=1)), last_day=str(TODAY))

        lines = OrderItem.objects.filter(settled_at__isnull=False)
        assert sorted(row["line_id"] for row in rows) == sorted(str(line.pk) for line in lines)
        assert sum(Decimal(row["captured"]) for row in rows) == lines.aggregate(sum=Sum("captured_amount"))["sum"]
        assert ReportExportPart.objects.count() > 2

    def test_of_sales_says_what_the_report_says(self, finance, sold):
        rows = written(finance, "sales", by="product", **DAYS)

        listed = finance.get(f"/api/staff/report/sales?by=product&first_day={TODAY}&last_day={TODAY}").json()["results"]
        assert [(row["product"], Decimal(row["margin"])) for row in rows] == [
            (row["key"], Decimal(row["margin"])) for row in listed
        ]

    @pytest.mark.parametrize("report", ["failures", "accounts", "sales", "lines"])
    def test_needs_days(self, finance, report):
        assert_problem(finance.post(PATH, {"report": report, "by": "day"}), 400, "invalid_request")

        assert not ReportExport.objects.exists()

    def test_of_the_other_reports_has_their_rows(self, finance, sold):
        assert {row["error"] for row in written(finance, "failures", **DAYS)} == {"cancelled", "not_delivered"}
        assert {row["account"] for row in written(finance, "accounts", **DAYS)} == {"9001", "9002", "9003"}
        assert [row["currency"] for row in written(finance, "liabilities")] == ["EUR", "USD"]
        assert written(finance, "differences") == []

    def test_of_differences_keeps_to_a_run_and_a_class(self, finance, sold, monkeypatch):
        monkeypatch.setattr(exports, "_BATCH", 2)
        supplier = sold.shop.supplier
        for amount in ("1", "2", "3"):
            supplier.control.post("/_control/defects", json={"defect": "add", "type": "Refund", "amount": amount})
        run = reconciling.request_reconciliation(mode="live", first_day=TODAY, last_day=TODAY, actor="user:1")
        reconciling.reconcile(client=supplier.client, run_id=run.pk)

        rows = written(finance, "differences", run_id=run.pk, kind="unknown")

        assert [(row["transaction_type"], row["amount"]) for row in rows] == [
            ("Refund", f"{amount}.0000") for amount in (1, 2, 3)
        ]
        assert written(finance, "differences", kind="price") == []
        assert written(finance, "differences", run_id=run.pk + 1) == []

    def test_of_an_unknown_report_is_refused(self, finance):
        assert_problem(finance.post(PATH, {"report": "everything"}), 400, "invalid_request")
        assert_problem(finance.post(PATH, {"report": "sales", "by": "colour", **DAYS}), 400, "invalid_request")

    def test_is_asked_for_on_the_record_by_those_who_may(self, finance):
        ask(finance, "liabilities")

        entry = AuditEntry.objects.get(action="report.export")
        assert (entry.actor, entry.after["report"]) == (f"user:{finance.user_id}", "liabilities")
        assert_problem(staff_client("catalog").post(PATH, {"report": "liabilities"}), 403, "permission_denied")

    def test_that_nobody_asked_for_is_not_found(self, finance):
        unknown = "00000000-0000-0000-0000-000000000000"

        assert_problem(finance.get(f"{PATH}/{unknown}"), 404, "not_found")
        assert_problem(finance.get(f"{PATH}/{unknown}/file"), 404, "not_found")
        exporting.write_export(unknown)

    def test_is_listed_the_newest_first(self, finance, django_assert_num_queries):
        asked = [ask(finance, "liabilities")["id"] for _ in range(3)]

        assert [row["id"] for page in walk(finance, PATH, 2) for row in page] == asked[::-1]
        with django_assert_num_queries(3 + 1):
            finance.get(PATH)

    def test_runs_no_formula(self, finance, db):
        partner = factories.PartnerFactory(name="=HYPERLINK(1)")
        now = datetime.now(UTC)
        order = factories.OrderFactory(partner=partner, status="failed", settled_at=now, reference="+1")
        values = {
            "status": "failed",
            "settled_at": now,
            "released_amount": 20,
            "brand_name": "@x",
            "product_name": "-y",
        }
        factories.OrderItemFactory(order=order, **values)

        (row,) = written(finance, "lines", **DAYS)

        assert (row["partner"], row["reference"]) == ("'=HYPERLINK(1)", "'+1")
        assert (row["brand"], row["product"]) == ("'@x", "'-y")


class TestALostMessage:
    def test_is_made_good_by_the_sweep(self, finance):
        body = ask(finance, "liabilities")

        assert [str(each) for each in exporting.due()] == [body["id"]]

    def test_of_a_worker_that_died_lets_another_start_anew_three_times(self, finance):
        body = ask(finance, "liabilities")
        for _ in range(3):
            export = exporting._claim(body["id"])
            assert exporting._claim(body["id"]) is None
            exporting._add_part(export, 0, [("half",)], done=0)
            ReportExport.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
            assert exporting.due() == [export.pk]

        exporting.write_export(body["id"])

        done = finance.get(f"{PATH}/{body['id']}").json()
        assert (done["status"], done["error"]) == ("failed", "It failed three times.")
        assert not ReportExportPart.objects.exists()

    def test_leaves_a_file_alone_that_another_worker_took_over(self, finance):
        body = ask(finance, "liabilities")
        slow = exporting._claim(body["id"])
        ReportExport.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        exporting.write_export(body["id"])

        with pytest.raises(exporting._LostLeaseError):
            exporting._add_part(slow, 9, [("late",)], done=1)

        assert not ReportExportPart.objects.filter(position=9).exists()
        assert ReportExport.objects.get().status == ExportStatus.DONE

    def test_stops_writing_when_it_is_no_longer_its_own(self, finance, sold, monkeypatch):
        monkeypatch.setattr(exports, "_BATCH", 1)
        monkeypatch.setattr(exporting, "_PART_ROWS", 1)
        body = ask(finance, "lines", **DAYS)
        export = exporting._claim(body["id"])
        rows = exports.table(export.report, export.parameters, mode=export.mode).rows

        def taken_over_meanwhile():
            yield from itertools.islice(rows, 2)
            ReportExport.objects.update(lease_token="00000000-0000-0000-0000-000000000000")
            yield from rows

        with pytest.raises(exporting._LostLeaseError):
            exporting._write(export, exports.Table(("x",), 9, taken_over_meanwhile()))

        assert ReportExport.objects.get().status == ExportStatus.RUNNING
        assert ReportExportPart.objects.count() == 3


class TestAFileThatCannotBeWritten:
    def test_because_it_is_too_large_says_so(self, finance, sold, monkeypatch):
        monkeypatch.setattr(exporting, "MOST_ROWS", 2)
        body = ask(finance, "lines", **DAYS)

        exporting.write_export(body["id"])

        done = finance.get(f"{PATH}/{body['id']}").json()
        assert done["status"] == "failed"
        assert "choose fewer days" in done["error"]

    @pytest.mark.usefixtures("committing_db")
    def test_because_the_database_took_too_long_says_so(self):
        export = exporting.request_export(report="liabilities", parameters={}, mode="live", actor="user:1")
        somebody = connection.copy()
        with closing(somebody), somebody.cursor() as theirs, connection.cursor() as ours:
            theirs.execute("BEGIN; LOCK TABLE wallets_wallet IN ACCESS EXCLUSIVE MODE")
            ours.execute("SET lock_timeout = '50ms'")

            exporting.write_export(export.pk)

            ours.execute("RESET lock_timeout")
        export.refresh_from_db()
        assert (export.status, "did not answer in time" in export.error) == (ExportStatus.FAILED, True)


class TestAnOldFile:
    def test_is_thrown_away_and_its_row_stays(self, finance):
        body = ask(finance, "liabilities")
        exporting.write_export(body["id"])
        assert exporting.expire_exports() == 0
        ReportExport.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

        tasks.find_errands()

        assert finance.get(f"{PATH}/{body['id']}").json()["status"] == "expired"
        assert not ReportExportPart.objects.exists()
        assert_problem(finance.get(f"{PATH}/{body['id']}/file"), 404, "not_found")
