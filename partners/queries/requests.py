"""What a partner's programs asked of the API, as lists show it."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet

from partners.models import RequestNote

_LOOKUPS = {
    "method": "method",
    "path": "path__startswith",
    "status": "status",
    "actor": "actor",
    "reference_id": "reference_id",
    "after": "at__gte",
    "before": "at__lt",
}


def requests_of(*, partner_id: int, mode: str, filters: dict[str, Any]) -> QuerySet[RequestNote]:
    """Return the requests of a partner's keys of one mode, and of its people, that all of the filters fit."""
    found = RequestNote.objects.filter(partner=partner_id, mode=mode)
    if filters.get("failed"):
        found = found.filter(status__gte=HTTPStatus.BAD_REQUEST)
    return found.filter(**{lookup: filters[name] for name, lookup in _LOOKUPS.items() if name in filters})
