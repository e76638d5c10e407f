"""How API keys are written, asked for and answered, to partners and to staff alike."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from partners import queries
from partners.models import ApiKey
from partners.queries import Scope
from partners.services import LONGEST_OVERLAP, NewKey
from steller.database import Mode

STATUSES = ("active", "expired", "revoked")
NO_STORE = {"Cache-Control": "no-store"}


class KeyBody(serializers.Serializer[Any]):
    """An API key by what may be seen of it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins.")
    mode = serializers.ChoiceField(choices=Mode.values)
    scopes = serializers.ListField(child=serializers.CharField())
    allowed_networks = serializers.ListField(child=serializers.CharField(), help_text="None: from everywhere.")
    status = serializers.ChoiceField(choices=STATUSES)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Noted at most once a minute.")


class NewKeyBody(KeyBody):
    """A key just made, with the key itself: it is shown this once."""

    api_key = serializers.CharField()


class KeyRequest(serializers.Serializer[Any]):
    """What a new key shall be."""

    name = serializers.CharField(max_length=100, default="default")
    mode = serializers.ChoiceField(choices=Mode.values, default=Mode.LIVE)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices),
        default=list,
        help_text="None: all that you may do yourself.",
    )
    allowed_networks = serializers.ListField(child=serializers.CharField(max_length=43), default=list, max_length=50)
    expires_at = serializers.DateTimeField(default=None, allow_null=True)


class KeyRotateRequest(serializers.Serializer[Any]):
    """For how long the old key goes on beside the new one."""

    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds()), default=24 * 3600
    )


class ReasonRequest(serializers.Serializer[Any]):
    """Why, for the audit log."""

    reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class StaffReasonRequest(serializers.Serializer[Any]):
    """Why, for the audit log; our staff always say it."""

    reason = serializers.CharField(max_length=300)


class StaffKeyRequest(KeyRequest, StaffReasonRequest):
    """What a new key shall be, and why our staff make it."""


class StaffRotateRequest(KeyRotateRequest, StaffReasonRequest):
    """For how long the old key goes on, and why it is changed."""


def key_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn a body's values into those that services take."""
    return {**fields, "mode": Mode(fields["mode"]), "scopes": [Scope(name) for name in fields["scopes"]]}


def overlap_of(fields: dict[str, Any]) -> timedelta:
    """Read for how long two keys go on together."""
    return timedelta(seconds=fields["overlap_seconds"])


def key_body(key: ApiKey) -> dict[str, Any]:
    """Write a key without the key."""
    return {
        "id": key.pk,
        "name": key.name,
        "prefix": key.prefix,
        "mode": key.mode,
        "scopes": sorted(queries.scopes_named(key.scopes)),
        "allowed_networks": key.allowed_networks,
        "status": queries.key_status(key),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def new_key_body(new: NewKey, *, partner_id: int) -> dict[str, Any]:
    """Write a key with the key itself, this once."""
    return {**key_body(queries.key_of(new.id, partner_id=partner_id)), "api_key": new.raw}
