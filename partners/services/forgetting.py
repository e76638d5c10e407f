"""What is kept for a while only: the log of deliveries."""

from datetime import timedelta

from django_subatomic.db import durable

from partners.models import WebhookDelivery
from steller import database

DELIVERIES_KEPT = timedelta(days=30)
_BATCH = 5000


@durable
def forget_old() -> int:
    """Remove old entries of the delivery log, some at a time; the answer is how many."""
    old = WebhookDelivery.objects.filter(created_at__lt=database.now() - DELIVERIES_KEPT)
    removed = 0
    while ids := list(old.order_by("created_at").values_list("pk", flat=True)[:_BATCH]):
        removed += WebhookDelivery.objects.filter(pk__in=ids).delete()[0]
    return removed
