"""API keys made, rotated and revoked; a key leaves here once and is only stored as a keyed digest."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django_subatomic.db import transaction_required

from partners import queries
from partners.models import ApiKey
from partners.queries import Scope
from partners.services.audit import record_audit
from steller.database import Mode
from steller.errors import InvalidRequestError, NotFoundError

_KEY_BYTES = 32
_SHOWN_OF_KEY = 15


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key just made: the only moment at which it can be read."""

    id: int
    raw: str


@transaction_required
def create_api_key(
    *,
    partner_id: int,
    actor: str,
    name: str = "default",
    mode: Mode = Mode.LIVE,
    scopes: Sequence[Scope] = (),
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key for a partner; without scopes it may do everything."""
    raw = f"stl_{mode.value}_{secrets.token_urlsafe(_KEY_BYTES)}"
    key = ApiKey.objects.create(
        partner_id=partner_id,
        name=name,
        prefix=raw[:_SHOWN_OF_KEY],
        digest=queries.key_digest(raw, secret=settings.SECRET_KEY),
        mode=mode,
        scopes=[scope.value for scope in scopes],
        expires_at=expires_at,
        created_by=actor,
        updated_by=actor,
    )
    record_audit(
        action="key.create",
        subject=f"key:{key.pk}",
        actor=actor,
        partner_id=partner_id,
        after={"prefix": key.prefix, "mode": mode.value, "scopes": key.scopes},
    )
    return NewKey(key.pk, raw)


@transaction_required
def revoke_api_key(*, key_id: int, partner_id: int, actor: str, reason: str = "") -> None:
    """End a key at once; ending it again changes nothing.

    Raises:
        NotFoundError: the partner has no such key.

    """
    key = _locked_key(key_id, partner_id)
    if key.revoked_at is not None:
        return
    key.revoked_at = timezone.now()
    key.updated_by = actor
    key.save(update_fields=["revoked_at", "updated_by", "updated_at"])
    record_audit(action="key.revoke", subject=f"key:{key_id}", actor=actor, partner_id=partner_id, reason=reason)


@transaction_required
def rotate_api_key(*, key_id: int, partner_id: int, actor: str, overlap: timedelta) -> NewKey:
    """Make a key like this one, which itself ends after `overlap`, so that clients can change over.

    Raises:
        InvalidRequestError: the key was revoked.
        NotFoundError: the partner has no such key.

    """
    key = _locked_key(key_id, partner_id)
    if key.revoked_at is not None:
        raise InvalidRequestError("A revoked key is not rotated; make another one.")
    ends_at = timezone.now() + overlap
    key.expires_at = min(key.expires_at or ends_at, ends_at)
    key.updated_by = actor
    key.save(update_fields=["expires_at", "updated_by", "updated_at"])
    record_audit(
        action="key.rotate",
        subject=f"key:{key_id}",
        actor=actor,
        partner_id=partner_id,
        after={"expires_at": key.expires_at.isoformat()},
    )
    return create_api_key(
        partner_id=partner_id,
        actor=actor,
        name=key.name,
        mode=Mode(key.mode),
        scopes=[Scope(scope) for scope in key.scopes],
    )


def note_key_use(*, key_id: int, not_since: datetime) -> None:
    """Remember that a key is in use, unless somebody noted it since `not_since`."""
    ApiKey.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lte=not_since), pk=key_id).update(
        last_used_at=timezone.now()
    )


def _locked_key(key_id: int, partner_id: int) -> ApiKey:
    key = ApiKey.objects.select_for_update().filter(pk=key_id, partner=partner_id).first()
    if key is None:
        raise NotFoundError("No such key.")
    return key
