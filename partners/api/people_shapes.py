"""How people are written and asked for: a partner's team by itself, everybody by our staff."""

from typing import Any

from rest_framework import serializers

from partners.models import User
from partners.queries import ROLE_SCOPES, person_status
from partners.services import PARTNER_ROLES, STAFF_ROLES, staff_permissions

ROLES = (*STAFF_ROLES, *PARTNER_ROLES)
STATUSES = ("active", "invited", "deactivated", "removed")


class PersonBody(serializers.Serializer[Any]):
    """Somebody who logs in."""

    id = serializers.IntegerField()
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    has_second_factor = serializers.BooleanField()
    last_login = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class StaffPersonBody(PersonBody):
    """Somebody who logs in, as our staff see it."""

    partner_id = serializers.IntegerField(allow_null=True, help_text="Null: one of our staff.")
    phone = serializers.CharField()
    address = serializers.CharField()
    extra_permissions = serializers.ListField(child=serializers.CharField(), help_text="Beside the role's.")


class TeamInvitation(serializers.Serializer[Any]):
    """Whom to invite."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=PARTNER_ROLES)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)


class TeamChange(serializers.Serializer[Any]):
    """A person's other role."""

    role = serializers.ChoiceField(choices=PARTNER_ROLES)


class Reason(serializers.Serializer[Any]):
    """Why, for the audit log."""

    reason = serializers.CharField(max_length=300)


class StaffInvitation(Reason):
    """Whom to invite, to our staff or to a partner's team."""

    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=ROLES)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)
    partner_id = serializers.IntegerField(default=None, allow_null=True)


class StaffPersonChange(Reason):
    """What of a person shall change; what is left out stays."""

    role = serializers.ChoiceField(choices=ROLES, required=False)
    extra_permissions = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=50, required=False, allow_blank=True)
    address = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class PersonFilters(serializers.Serializer[Any]):
    """Which people to list."""

    search = serializers.CharField(required=False, help_text="Part of the e-mail or the name.")
    role = serializers.ChoiceField(choices=ROLES, required=False)
    status = serializers.ChoiceField(choices=STATUSES, required=False)
    partner_id = serializers.IntegerField(required=False)
    is_staff = serializers.BooleanField(required=False, default=None, allow_null=True)


class StaffRoleBody(serializers.Serializer[Any]):
    """A role of our staff and the permissions that it holds."""

    name = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())


class PartnerRoleBody(serializers.Serializer[Any]):
    """A role of partners' people and the scopes that it holds."""

    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())


class RoleList(serializers.Serializer[Any]):
    """Every role; the permissions of `admin` are all that there are."""

    staff = StaffRoleBody(many=True)
    partner = PartnerRoleBody(many=True)


def role_list() -> dict[str, Any]:
    """Write every role."""
    return {
        "staff": [{"name": role, "permissions": sorted(names)} for role, names in staff_permissions().items()],
        "partner": [{"name": role, "scopes": sorted(ROLE_SCOPES[role])} for role in PARTNER_ROLES],
    }


def person_body(user: User) -> dict[str, Any]:
    """Write a person of `queries.people`."""
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "status": person_status(user),
        "has_second_factor": getattr(user, "has_second_factor", False),
        "last_login": user.last_login,
        "created_at": user.created_at,
    }


def staff_person_body(user: User) -> dict[str, Any]:
    """Write a person of `queries.people`, with what only our staff see."""
    permissions = [f"{row.content_type.app_label}.{row.codename}" for row in user.user_permissions.all()]
    return {
        **person_body(user),
        "partner_id": user.partner_id,
        "phone": user.phone,
        "address": user.address,
        "extra_permissions": sorted(permissions),
    }
