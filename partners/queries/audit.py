"""The audit log as lists show it: all of it to our staff, and to a partner what concerns its own cards and access."""

from typing import Any

from django.db.models import Q, QuerySet

from partners.models import AuditEntry, User

# What a partner reads of its own log: who read its cards, and who changed its keys and people.
_OWN_ACTIONS = Q(action="card.reveal") | Q(action__startswith="key.") | Q(action__startswith="user.")
_LOOKUPS = {
    "action": "action",
    "actor": "actor",
    "subject": "subject",
    "subjects": "subject__in",
    "partner_id": "partner",
    "reference_id": "reference_id",
    "after": "at__gte",
    "before": "at__lt",
}


def audit_entries(filters: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Return the entries that all of these fit."""
    return AuditEntry.objects.filter(**{_LOOKUPS[name]: value for name, value in filters.items() if value})


def audit_entries_of(partner_id: int, filters: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Return what a partner may read of its own log."""
    return audit_entries(filters).filter(_OWN_ACTIONS, partner=partner_id)


def own_actors(partner_id: int) -> frozenset[str]:
    """Return the actors that are people of a partner, removed ones too; everybody else is ours."""
    return frozenset(f"user:{pk}" for pk in User.objects.filter(partner=partner_id).values_list("pk", flat=True))
