"""People as lists show them, with roles and what they log in with."""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from partners.models import RecoveryCode, SecondFactor, User
from steller.errors import NotFoundError

_IS_INVITED = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
_OF_STATUS = {
    "removed": Q(deleted_at__isnull=False),
    "deactivated": Q(deleted_at__isnull=True, is_active=False),
    "invited": Q(deleted_at__isnull=True, is_active=True) & _IS_INVITED,
    "active": Q(deleted_at__isnull=True, is_active=True) & ~_IS_INVITED,
}


def people() -> QuerySet[User]:
    """Return everybody, removed people too, with roles and extra permissions, in a few queries."""
    confirmed = SecondFactor.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=False)
    return User.objects.prefetch_related("groups", "user_permissions__content_type").annotate(
        has_second_factor=Exists(confirmed)
    )


def team_of(partner_id: int) -> QuerySet[User]:
    """Return a partner's living people."""
    return people().filter(partner=partner_id, deleted_at__isnull=True)


def person(user_id: int, *, partner_id: int | None = None) -> User:
    """Return one living person, of this partner if one is named.

    Raises:
        NotFoundError: there is none.

    """
    found = people().filter(pk=user_id, deleted_at__isnull=True)
    if partner_id is not None:
        found = found.filter(partner=partner_id)
    user = found.first()
    if user is None:
        raise NotFoundError("No such person.")
    return user


def is_removed(user_id: int) -> bool:
    """Tell whether a person was removed."""
    return User.objects.filter(pk=user_id, deleted_at__isnull=False).exists()


def people_like(filters: dict[str, Any]) -> QuerySet[User]:
    """Return the people that all of these fit: search, role, status, partner, whether they are our staff."""
    found = people()
    if text := filters.get("search"):
        found = found.filter(Q(email__icontains=text) | Q(name__icontains=text))
    if role := filters.get("role"):
        found = found.filter(groups__name=role)
    if (partner_id := filters.get("partner_id")) is not None:
        found = found.filter(partner=partner_id)
    if (is_staff := filters.get("is_staff")) is not None:
        found = found.filter(is_staff=is_staff)
    status = filters.get("status")
    return found.filter(_OF_STATUS[status] if status else Q(deleted_at__isnull=True))


def person_status(user: User) -> str:
    """Name where a person stands."""
    if user.deleted_at is not None:
        return "removed"
    if not user.is_active:
        return "deactivated"
    return "active" if user.has_usable_password() else "invited"


def has_second_factor(user_id: int) -> bool:
    """Tell whether somebody has a second factor that was confirmed."""
    return SecondFactor.objects.filter(user=user_id, confirmed_at__isnull=False).exists()


def recovery_codes_left(user_id: int) -> int:
    """Count the recovery codes that were not used yet."""
    return RecoveryCode.objects.filter(user=user_id, used_at__isnull=True).count()
