"""What is kept for a while only: the log of deliveries, and the notes of requests."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django_subatomic.db import durable

from partners.models import RequestNote, WebhookDelivery
from steller import database

DELIVERIES_KEPT = timedelta(days=30)
REQUESTS_KEPT = timedelta(days=30)
_BATCH = 5000


@durable
def forget_old() -> int:
    """Remove old entries of the log of deliveries and old notes of requests, some at a time; the answer is how many."""
    now = database.now()
    return _remove(
        WebhookDelivery.objects.filter(created_at__lt=now - DELIVERIES_KEPT).order_by("created_at")
    ) + _remove(RequestNote.objects.filter(at__lt=now - REQUESTS_KEPT).order_by("at"))


def _remove(old: QuerySet[Any]) -> int:
    removed = 0
    while ids := list(old.values_list("pk", flat=True)[:_BATCH]):
        removed += old.model._default_manager.filter(pk__in=ids).delete()[0]  # noqa: SLF001 - Django's published name
    return removed
