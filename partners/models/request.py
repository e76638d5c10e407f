"""What partners' programs asked of the API."""

from django.db import models
from django.utils import timezone

from partners.models.partner import Partner
from steller.database import Mode


class RequestNote(models.Model):
    """One request of a partner and its outcome, without bodies. Stored after the request; kept for a month."""

    # Without a constraint: a busy partner's requests need no look at its row, and notes end long before a partner does.
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    mode = models.CharField(max_length=4, choices=Mode)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    duration_ms = models.PositiveIntegerField()
    reference_id = models.CharField(max_length=40)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["partner", "mode", "-id"], name="requests_of_partner"),
            models.Index(fields=["at"], name="requests_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
