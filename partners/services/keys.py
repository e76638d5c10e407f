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
from partners.queries import EVERYTHING, Scope
from partners.services.audit import record_audit
from steller.database import Mode
from steller.errors import InvalidRequestError, NotFoundError, PermissionDeniedError
from steller.origin import networks_of

LONGEST_OVERLAP = timedelta(days=30)
_KEY_BYTES = 32
_SHOWN_OF_KEY = 15
_MOST_NETWORKS = 50


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key just made: the only moment at which it can be read."""

    id: int
    raw: str


@dataclass(frozen=True, slots=True)
class MakerLimits:
    """What the maker of a key may do itself: no key that it makes, rotates or revokes goes beyond."""

    scopes: frozenset[Scope] = EVERYTHING
    mode: Mode = Mode.LIVE
    networks: tuple[str, ...] = ()

    def refuse_mode(self, mode: str) -> None:
        """Keep test keys away from live ones.

        Raises:
            PermissionDeniedError: a test key meddles with a live one.

        """
        if self.mode is Mode.TEST and mode != Mode.TEST:
            raise PermissionDeniedError("A test key manages test keys only.")

    def refuse_more(self, *, scopes: frozenset[Scope], networks: Sequence[str]) -> None:
        """Refuse a key that could do what its maker cannot, or from where its maker cannot.

        Raises:
            PermissionDeniedError: it could.

        """
        if more := sorted(scopes - self.scopes):
            raise PermissionDeniedError(f"You cannot hand out what you may not do yourself: {', '.join(more)}.")
        own = networks_of(self.networks)
        if own and not (networks and all(_lies_in(network, own) for network in networks_of(tuple(networks)))):
            raise PermissionDeniedError("The new key would be taken from addresses that yours is not taken from.")


UNLIMITED = MakerLimits()


@transaction_required
def create_api_key(  # noqa: PLR0913 - what a key is
    *,
    partner_id: int,
    actor: str,
    name: str = "default",
    mode: Mode = Mode.LIVE,
    scopes: Sequence[Scope] = (),
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    limits: MakerLimits = UNLIMITED,
    reason: str = "",
) -> NewKey:
    """Make a key for a partner; without scopes it may do what its maker may.

    Raises:
        InvalidRequestError: an end in the past, or a text that is no network.
        PermissionDeniedError: it would go beyond its maker.

    """
    _check(expires_at, allowed_networks)
    allowed = frozenset(scopes) or limits.scopes
    limits.refuse_mode(mode)
    limits.refuse_more(scopes=allowed, networks=allowed_networks)
    raw = f"stl_{mode.value}_{secrets.token_urlsafe(_KEY_BYTES)}"
    key = ApiKey.objects.create(
        partner_id=partner_id,
        name=name,
        prefix=raw[:_SHOWN_OF_KEY],
        digest=queries.key_digest(raw, secret=settings.SECRET_KEY),
        mode=mode,
        scopes=[] if allowed == EVERYTHING else sorted(scope.value for scope in allowed),
        allowed_networks=[str(network) for network in networks_of(tuple(allowed_networks))],
        expires_at=expires_at,
        created_by=actor,
        updated_by=actor,
    )
    record_audit(
        action="key.create",
        subject=f"key:{key.pk}",
        actor=actor,
        partner_id=partner_id,
        reason=reason,
        after={
            "prefix": key.prefix,
            "mode": mode.value,
            "scopes": key.scopes,
            "allowed_networks": key.allowed_networks,
            "expires_at": expires_at.isoformat() if expires_at else None,
        },
    )
    return NewKey(key.pk, raw)


@transaction_required
def revoke_api_key(
    *, key_id: int, partner_id: int, actor: str, reason: str = "", limits: MakerLimits = UNLIMITED
) -> None:
    """End a key at once; ending it again changes nothing.

    Raises:
        NotFoundError: the partner has no such key.
        PermissionDeniedError: a test key would revoke a live one.

    """
    key = _locked_key(key_id, partner_id)
    limits.refuse_mode(key.mode)
    if key.revoked_at is not None:
        return
    key.revoked_at = timezone.now()
    key.updated_by = actor
    key.save(update_fields=["revoked_at", "updated_by", "updated_at"])
    record_audit(action="key.revoke", subject=f"key:{key_id}", actor=actor, partner_id=partner_id, reason=reason)


@transaction_required
def rotate_api_key(
    *,
    key_id: int,
    partner_id: int,
    actor: str,
    overlap: timedelta,
    reason: str = "",
    limits: MakerLimits = UNLIMITED,
) -> NewKey:
    """Make a key like this one, which itself ends after `overlap`, so that clients can change over.

    A key that was made for a time brings another one for as long.

    Raises:
        InvalidRequestError: the key was revoked, or the overlap is too long.
        NotFoundError: the partner has no such key.
        PermissionDeniedError: the key goes beyond its rotator.

    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidRequestError(f"Both keys may be used side by side for at most {LONGEST_OVERLAP.days} days.")
    key = _locked_key(key_id, partner_id)
    if key.revoked_at is not None:
        raise InvalidRequestError("A revoked key is not rotated; make another one.")
    now = timezone.now()
    made_for = key.expires_at - key.created_at if key.expires_at else None
    before = key.expires_at
    key.expires_at = min(key.expires_at or now + overlap, now + overlap)
    key.updated_by = actor
    key.save(update_fields=["expires_at", "updated_by", "updated_at"])
    record_audit(
        action="key.rotate",
        subject=f"key:{key_id}",
        actor=actor,
        partner_id=partner_id,
        reason=reason,
        before={"expires_at": before.isoformat() if before else None},
        after={"expires_at": key.expires_at.isoformat()},
    )
    return create_api_key(
        partner_id=partner_id,
        actor=actor,
        name=key.name,
        mode=Mode(key.mode),
        scopes=[Scope(scope) for scope in key.scopes] or sorted(EVERYTHING),
        expires_at=now + made_for if made_for else None,
        allowed_networks=key.allowed_networks,
        limits=limits,
        reason=reason,
    )


def note_key_use(*, key_id: int, not_since: datetime) -> None:
    """Remember that a key is in use, unless somebody noted it since `not_since`."""
    ApiKey.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lte=not_since), pk=key_id).update(
        last_used_at=timezone.now()
    )


def _check(expires_at: datetime | None, networks: Sequence[str]) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidRequestError("The key would have expired already.", errors={"expires_at": ["In the past."]})
    if len(networks) > _MOST_NETWORKS:
        raise InvalidRequestError(f"A key has at most {_MOST_NETWORKS} networks.")
    try:
        networks_of(tuple(networks))
    except ValueError as error:
        raise InvalidRequestError(
            "Networks are written like 203.0.113.0/24 or 203.0.113.7.", errors={"allowed_networks": [str(error)]}
        ) from error


def _lies_in(network: object, others: Sequence[object]) -> bool:
    # Networks of different versions cannot be compared: they never lie in each other.
    return any(
        type(network) is type(other) and network.subnet_of(other)  # type: ignore[attr-defined]
        for other in others
    )


def _locked_key(key_id: int, partner_id: int) -> ApiKey:
    key = ApiKey.objects.select_for_update().filter(pk=key_id, partner=partner_id).first()
    if key is None:
        raise NotFoundError("No such key.")
    return key
