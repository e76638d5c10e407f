"""Who an API key belongs to, who a user is, and what each may do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from partners.models import ApiKey, Partner, User
from steller import database, isolation
from steller.errors import NotFoundError

_KEY_SHAPE = re.compile(r"stl_(live|test)_[A-Za-z0-9_-]{43}")
_KEY_SALT = "partners.api_key"


class Scope(models.TextChoices):
    """What a key or a user may do for its partner."""

    ORDER_WRITE = "order.write"
    ORDER_READ = "order.read"
    CARD_READ = "card.read"
    CATALOG_READ = "catalog.read"
    WALLET_READ = "wallet.read"
    WALLET_WRITE = "wallet.write"
    EVENT_READ = "event.read"
    WEBHOOK_WRITE = "webhook.write"
    KEY_WRITE = "key.write"
    TEAM_WRITE = "team.write"
    AUDIT_READ = "audit.read"


EVERYTHING = frozenset(Scope)
_LOOKING = frozenset({Scope.ORDER_READ, Scope.CATALOG_READ, Scope.WALLET_READ, Scope.EVENT_READ})
ROLE_SCOPES = {
    "owner": EVERYTHING,
    "buyer": _LOOKING | {Scope.ORDER_WRITE, Scope.CARD_READ, Scope.WALLET_WRITE},
    "developer": _LOOKING | {Scope.WEBHOOK_WRITE, Scope.KEY_WRITE},
    "viewer": _LOOKING,
}


def key_digest(raw: str, *, secret: str) -> bytes:
    """Digest a key as it is stored; without the secret nobody can make or test one."""
    return salted_hmac(_KEY_SALT, raw, secret=secret, algorithm="sha256").digest()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What a request needs to know of its key and of the key's partner, in the order of `partners_find_key`."""

    id: int
    partner_id: int
    mode: str
    scopes: list[str]
    allowed_networks: list[str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    partner_suspended_at: datetime | None
    partner_deleted_at: datetime | None


# All that follows serves the key's partner alone, and without a key nobody: in the same statement, since a second one
# would be a round trip more for each order. The function may be called whomever the connection served before.
_FIND_KEY = f"""
SELECT {isolation.serving("key.partner_id")}, key.*
FROM (SELECT 1) AS always LEFT JOIN partners_find_key(%s) AS key ON true
"""
_SERVING_COLUMNS = 3


def find_api_key(raw: str) -> KnownKey | None:
    """Find a key and its partner in one query, revoked and expired ones too, and serve that partner alone from then on.

    Every request of the API passes here.

    The row is found by its keyed digest, so the time of the search tells nothing about any key.
    """
    if not _KEY_SHAPE.fullmatch(raw):
        return None
    digests = [key_digest(raw, secret=secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return database.first_read(partial(_known_key, digests))


def _known_key(digests: list[bytes]) -> KnownKey | None:
    # By hand: building this query anew takes longer than running it, and every request of the API needs it.
    with isolation.setting_itself(), database.prepared_cursor() as cursor:
        cursor.execute(_FIND_KEY, [digests])
        row = cursor.fetchone()[_SERVING_COLUMNS:]
    key = KnownKey(*row) if row[0] is not None else None
    if key is not None:
        isolation.restrict_to(key.partner_id)
    return key


def find_user(user_id: int) -> User | None:
    """Find a living user of a living partner, or of staff, with its roles as `role_names`, in one query."""
    return (
        User.objects.select_related("partner")
        .annotate(role_names=ArrayAgg("groups__name", filter=Q(groups__isnull=False), default=[]))
        .filter(pk=user_id, is_active=True, deleted_at__isnull=True, partner__deleted_at__isnull=True)
        .first()
    )


def second_factor_is_asked(user: User) -> bool:
    """Tell whether somebody may not log in with the password alone, whether a second factor is set up or not."""
    if user.partner_id is None:
        return user.is_staff and bool(settings.STAFF_SECOND_FACTOR)
    return Partner.objects.filter(pk=user.partner_id, second_factor_required=True).exists()


def partner_of(partner_id: int) -> Partner:
    """Return a partner that an authenticated caller belongs to."""
    return Partner.objects.get(pk=partner_id)


def keys_of(partner_id: int) -> models.QuerySet[ApiKey]:
    """Return a partner's keys, ended ones too."""
    return ApiKey.objects.filter(partner=partner_id)


def key_of(key_id: int, *, partner_id: int) -> ApiKey:
    """Return one key of a partner.

    Raises:
        NotFoundError: no such key, or another partner's.

    """
    key = keys_of(partner_id).filter(pk=key_id).first()
    if key is None:
        raise NotFoundError("No such key.")
    return key


def key_status(key: ApiKey) -> str:
    """Name where a key stands."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= timezone.now() else "active"


def scopes_of_key(key: KnownKey) -> frozenset[Scope]:
    """Return what a key may do: everything, unless it was made for less."""
    return scopes_named(key.scopes)


def scopes_named(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that a key stores; none stored means everything."""
    return frozenset(Scope(name) for name in names) or EVERYTHING


def scopes_of_roles(roles: Iterable[str]) -> frozenset[Scope]:
    """Return what a partner's user may do by its roles together."""
    return frozenset().union(*(ROLE_SCOPES.get(role, frozenset()) for role in roles))


def suspended(partner_ids: Iterable[int]) -> set[int]:
    """Return those of the partners that may neither order nor have their waiting lines bought."""
    return set(_suspended().filter(pk__in=set(partner_ids)).values_list("pk", flat=True))


def all_suspended() -> set[int]:
    """Return every suspended or removed partner."""
    return set(_suspended().values_list("pk", flat=True))


def _suspended() -> models.QuerySet[Partner]:
    return Partner.objects.filter(Q(suspended_at__isnull=False) | Q(deleted_at__isnull=False))
