"""What partners hear of."""

from django.db import models
from django.db.models.fields.json import KeyTextTransform

from partners.models.partner import Partner


class Event(models.Model):
    """Something a partner wants to hear of. Written without a number; the tick numbers in commit order."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="events")
    number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)

    class Meta:
        ordering = ["partner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "number"], name="event_numbers_are_unique"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="events_to_number"),
            models.Index(KeyTextTransform("order_id", "body"), name="events_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.number}"
