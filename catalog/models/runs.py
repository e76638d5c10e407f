"""Runs of the synchronisation, what each did, and the supplier's answers of the latest ones."""

from django.db import models
from django.db.models import Q

from steller.database import Mode


class SyncRun(models.Model):
    """One synchronisation: asked for, under way, or over. A row that is not started is a request to run."""

    class Trigger(models.TextChoices):
        """What asked for it."""

        BEAT = "beat"
        COMMAND = "command"
        STAFF = "staff"
        ADMIN = "admin"

    class Status(models.TextChoices):
        """How far it is; an incomplete run saw not everything, so it withdrew nothing."""

        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        INCOMPLETE = "incomplete"
        FAILED = "failed"

    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    trigger = models.CharField(max_length=10, choices=Trigger)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    # Of the supplier's catalog: 2 in pages, 1 in one body.
    version = models.PositiveSmallIntegerField(default=2)
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    brands = models.PositiveIntegerField(default=0)
    # Brands and products that could not be read; they keep what they had.
    unreadable = models.PositiveIntegerField(default=0)
    inserted = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    # Brands that came on two pages: either listed twice, or the list moved while it was read.
    repeated = models.JSONField(default=list, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("request_sync", "Can ask for a synchronisation of the catalog")]
        constraints = [
            models.UniqueConstraint(
                fields=["mode"], condition=Q(status="queued"), name="one_queued_synchronisation_per_mode"
            ),
            models.UniqueConstraint(
                fields=["mode"], condition=Q(status="running"), name="one_running_synchronisation_per_mode"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} {self.requested_at:%Y-%m-%d %H:%M}: {self.status}"


class RawPage(models.Model):
    """An answer of the supplier as it came, compressed, kept before it was read; those of the last runs only."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="raw_pages")
    kind = models.CharField(max_length=20)
    index = models.PositiveIntegerField()
    body = models.BinaryField()
    # Before it was compressed.
    size = models.PositiveIntegerField()
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["run", "kind", "index", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.index}"


class Revision(models.Model):
    """Counts the changes of what the supplier offers, in one row: answers are stamped with it (`queries.stamps`)."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
