"""Reports as files: asked for by staff, written in the background, kept for some days."""

import uuid

from django.db import models
from django.db.models import F, Q

from steller.database import Mode


class ReportName(models.TextChoices):
    """What can be exported."""

    SALES = "sales"
    LINES = "lines"
    FAILURES = "failures"
    ACCOUNTS = "accounts"
    LIABILITIES = "liabilities"
    DIFFERENCES = "differences"


class ExportStatus(models.TextChoices):
    """How far an export is. One that is queued, or running without a lease, is found by a sweep."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class ReportExport(models.Model):
    """A CSV that somebody asked for. The row is the request for it; its content lies in its parts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    mode = models.CharField(max_length=4, choices=Mode)
    report = models.CharField(max_length=20, choices=ReportName)
    # As the report's own address takes them, already checked.
    parameters = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=ExportStatus, default=ExportStatus.QUEUED)
    rows_total = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)
    # When the content is thrown away; the row stays.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [("view_report", "Can read and export business reports")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="running_export_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(expires_at__isnull=False, rows_done=F("rows_total")),
                name="finished_export_is_complete_and_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status__in=["queued", "running"]), name="exports_to_write"),
            models.Index(fields=["expires_at"], condition=Q(status="done"), name="exports_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.status}"


class ReportExportPart(models.Model):
    """Some rows of an export's CSV, so that neither writing nor reading it needs all of it at once."""

    export = models.ForeignKey(ReportExport, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    content = models.TextField()

    class Meta:
        ordering = ["export", "position"]
        constraints = [
            models.UniqueConstraint(fields=["export", "position"], name="each_part_of_an_export_is_written_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id} {self.position}"
