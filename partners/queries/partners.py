"""Partners and their contacts as lists show them."""

from typing import Any

from django.db.models import Q, QuerySet

from partners.models import Contact, Partner
from steller.errors import NotFoundError

_OF_STATUS = {
    "active": Q(deleted_at__isnull=True, suspended_at__isnull=True),
    "suspended": Q(deleted_at__isnull=True, suspended_at__isnull=False),
    "removed": Q(deleted_at__isnull=False),
}


def partners_like(filters: dict[str, Any]) -> QuerySet[Partner]:
    """Return the partners that search and status fit; without a status the living ones."""
    found = Partner.objects.all()
    if text := filters.get("search"):
        named = Q(name__icontains=text) | Q(email__icontains=text) | Q(registration_number__icontains=text)
        found = found.filter(named | Q(pk=int(text)) if text.isascii() and text.isdigit() else named)
    status = filters.get("status")
    found = found.filter(_OF_STATUS[status] if status else Q(deleted_at__isnull=True))
    lookups = {"created_after": "created_at__gte", "created_before": "created_at__lt"}
    return found.filter(**{lookup: filters[name] for name, lookup in lookups.items() if filters.get(name)})


def partner(partner_id: int) -> Partner:
    """Return a living partner.

    Raises:
        NotFoundError: there is none, or it was removed.

    """
    found = Partner.objects.filter(pk=partner_id, deleted_at__isnull=True).first()
    if found is None:
        raise NotFoundError("No such partner.")
    return found


def partner_status(row: Partner) -> str:
    """Name where a partner stands."""
    if row.deleted_at is not None:
        return "removed"
    return "suspended" if row.suspended_at is not None else "active"


def contacts_of(partner_id: int) -> QuerySet[Contact]:
    """Return a partner's contacts."""
    return Contact.objects.filter(partner=partner_id)
