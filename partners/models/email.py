"""Messages to people."""

import uuid

from django.db import models
from django.utils import timezone

from partners.models.partner import Partner


class Email(models.Model):
    """A message to a person, encrypted while it waits, since it may hold a link that opens a door.

    The row in `queued` is its own outbox; the content is forgotten once it was sent.
    """

    class Status(models.TextChoices):
        """Where the message stands."""

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="emails")
    to = models.EmailField()
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    # JSON of `text` and `html`, encrypted.
    content = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(status="queued"), name="emails_to_send"),
            models.Index(fields=["partner", "-created_at", "-id"], name="emails_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

    @property
    def place(self) -> str:
        """Name the place that the content is bound to."""
        return f"email|content|{self.id}"
