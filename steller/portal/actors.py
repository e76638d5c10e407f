"""Who did what at a partner: its people and keys by name, its keys that work, the times its cards were read."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from partners.models import ApiKey, AuditEntry, User


def reveals_of(partner_id: int) -> QuerySet[AuditEntry]:
    """Return each time that a partner's cards were read, the latest first."""
    return AuditEntry.objects.filter(partner=partner_id, action="card.reveal").order_by("-id")


def names_of_actors(actors: Iterable[str], *, partner_id: int | None = None) -> dict[str, str]:
    """Return how people and keys are called, by actor (`user:12`, `key:7`); a partner's own if one is named.

    At most two queries.
    """
    numbers: dict[str, set[int]] = {"user": set(), "key": set()}
    for actor in actors:
        kind, _, number = actor.partition(":")
        if kind in numbers and number.isdigit():
            numbers[kind].add(int(number))
    own = {} if partner_id is None else {"partner": partner_id}
    users = User.objects.filter(**own, pk__in=numbers["user"]).values_list("pk", "email")
    keys = ApiKey.objects.filter(**own, pk__in=numbers["key"]).values_list("pk", "name", "prefix")
    return {f"user:{pk}": email for pk, email in users} | {
        f"key:{pk}": f"{name} ({prefix}…)" for pk, name, prefix in keys
    }


def living_keys(partner_id: int) -> QuerySet[ApiKey]:
    """Return a partner's keys that still open the API."""
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(unexpired, partner=partner_id, revoked_at__isnull=True)
