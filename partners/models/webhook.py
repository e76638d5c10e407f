"""Where partners want their events sent, how far each address has got, and every try.

An endpoint's `last_delivered` is its place in its partner's sequence of events. It moves when the receiver has said
2xx and never otherwise, so nothing is skipped and everything comes in order, whatever dies in between.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from partners.models.event import Event
from partners.models.partner import Partner
from steller.database import Mode, Recorded


class WebhookEndpoint(Recorded):
    """An address of a partner's own to which we send its events, one after the other."""

    class Status(models.TextChoices):
        """Whether events are sent; those of a paused endpoint wait."""

        ACTIVE = "active"
        PAUSED = "paused"

    class PausedBy(models.TextChoices):
        """Why an endpoint is paused. One that failed is still tried now and then."""

        PARTNER = "partner"
        FAILURES = "failures"
        GONE = "gone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="webhook_endpoints", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE)
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    # The kinds that are sent; empty means all.
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # Encrypted; the previous one also signs until its time is over.
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    paused_by = models.CharField(max_length=10, choices=PausedBy, blank=True)
    paused_at = models.DateTimeField(null=True)
    last_delivered = models.BigIntegerField(default=0)
    last_success_at = models.DateTimeField(null=True)
    # Tries of the next event that failed in a row, since when, and when the next one may be made.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    # A test message that somebody asked for.
    test_id = models.UUIDField(null=True)
    # When there may be something to send; empty: nothing is. Set by whoever makes something to send.
    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="active", paused_by="", paused_at__isnull=True)
                | Q(status="paused", paused_at__isnull=False) & ~Q(paused_by=""),
                name="paused_endpoint_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="endpoints_due"),
            models.Index(
                fields=["partner", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="endpoints_of_partner",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def place(self, field: str) -> str:
        """Name the place that a secret is bound to."""
        return f"webhook|{field}|{self.id}"


class WebhookReplay(models.Model):
    """Events that a partner wants sent to an endpoint once more: a range, or chosen ones, in order."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="replays")
    # Numbers greater than `after`, which moves on with each success, and up to `until`.
    after = models.BigIntegerField()
    until = models.BigIntegerField()
    # Only these of them; empty: all of the endpoint's kinds.
    numbers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    given_up = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["endpoint", "id"], condition=Q(done_at__isnull=True), name="replays_to_do")]

    def __str__(self) -> str:
        return f"{self.after + 1} to {self.until}"


class WebhookDelivery(models.Model):
    """One try to send one event, and what came of it. Kept for a month."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    # Empty for a test message.
    event = models.ForeignKey(Event, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    message_id = models.CharField(max_length=50)
    kind = models.CharField(max_length=60)
    number = models.BigIntegerField(null=True)
    attempt = models.PositiveIntegerField()
    is_replay = models.BooleanField(default=False)
    succeeded = models.BooleanField()
    status_code = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField()
    error = models.CharField(max_length=100, blank=True)
    # The beginning of an answer that was no success, printable characters only.
    answer = models.CharField(max_length=200, blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="deliveries_of_endpoint"),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.attempt}"
