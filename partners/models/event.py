"""What partners hear of: each kind is published in docs/api.md with an example."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.fields.json import KeyTextTransform

from partners.models.partner import Partner
from steller.database import Mode


class EventKind(models.TextChoices):
    """The published kinds; integrators branch on them, so none is ever renamed."""

    ORDER_SUCCEEDED = "order.succeeded"
    ORDER_PARTIALLY_FAILED = "order.partially_failed"
    ORDER_FAILED = "order.failed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    WALLET_CREDITED = "wallet.credited"
    WALLET_DEBITED = "wallet.debited"
    WALLET_TOP_UP_REJECTED = "wallet.top_up_rejected"
    WALLET_LOW = "wallet.low"
    PRODUCT_CHANGED = "product.changed"
    WEBHOOK_PAUSED = "webhook.paused"


class Event(models.Model):
    """Something a partner wants to hear of. Written without a number; the tick numbers in commit order."""

    # Each order writes one: no index but those that are asked. That of the numbers begins with the partner.
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="events", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode, default=Mode.LIVE, db_default=Mode.LIVE)
    number = models.BigIntegerField(null=True)
    # What partners know it by, in every sending; our own ids would tell them how much others order.
    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=64)

    class Meta:
        ordering = ["partner", "mode", "number"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "mode", "number"], name="event_numbers_have_no_doubles"),
            models.UniqueConstraint(fields=["public_id"], name="event_ids_are_unique"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="events_to_number"),
            models.Index(KeyTextTransform("order_id", "body"), name="events_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.number}"
