"""Who calls the API: a partner's key in `X-Api-Key`, or a user by a JSON web token, a partner's or of our staff.

Either way one query finds the caller, and what the request may touch follows from `caller(request)` alone, or from
`staff(request)` at the addresses of our staff.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from partners import queries
from partners import services as partners
from partners.models import User
from partners.queries import KnownKey, Scope
from steller.database import Mode
from steller.errors import (
    AuthenticationFailedError,
    KeyExpiredError,
    KeyRevokedError,
    PartnerSuspendedError,
    PermissionDeniedError,
)

_NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner's key or user, and what it may do."""

    partner_id: int
    actor: str
    mode: Mode
    is_suspended: bool
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Refuse what this key or user was not made for.

        Raises:
            PermissionDeniedError: its scopes or roles do not include `scope`.

        """
        if scope not in self.scopes:
            raise PermissionDeniedError(f"This needs the scope `{scope}`.")

    def require_active_partner(self) -> None:
        """Refuse what a suspended partner may not do.

        Raises:
            PartnerSuspendedError: staff suspended the partner.

        """
        if self.is_suspended:
            raise PartnerSuspendedError("The partner is suspended; ask our staff.")


def caller(request: Request) -> Caller:
    """Return who calls, in a view that `IsPartner` guards."""
    if not isinstance(request.auth, Caller):
        raise PermissionDeniedError("Only partners may do this.")
    return request.auth


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """One of our staff, where the request came from, and what its roles and extra permissions allow."""

    user_id: int
    actor: str
    address: str | None
    reference_id: str
    user: User = field(repr=False)

    def require(self, permission: str) -> None:
        """Refuse what the user's roles do not include; `permission` is Django's, such as `wallets.approve_topup`.

        Raises:
            PermissionDeniedError: neither a role nor an extra permission allows it.

        """
        if not self.user.has_perm(permission):
            raise PermissionDeniedError(f"This needs the permission `{permission}`.")

    @property
    def permissions(self) -> frozenset[str]:
        """All that the user may do."""
        return frozenset(self.user.get_all_permissions())


def staff(request: Request) -> StaffCaller:
    """Return who calls, in a view that `IsStaff` guards."""
    if not isinstance(request.auth, StaffCaller):
        raise PermissionDeniedError("Only our staff may do this.")
    return request.auth


class IsStaff(BasePermission):
    """Lets in our staff, by token; each view then requires a permission of its own."""

    message = "Only our staff may do this."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Tell whether the request comes from our staff."""
        return isinstance(request.auth, StaffCaller)


class IsPartner(BasePermission):
    """Lets in callers that belong to a partner; the message is for staff who try."""

    message = "Only partners may do this."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Tell whether the request comes from a partner."""
        return isinstance(request.auth, Caller)


class ApiKeyAuthentication(BaseAuthentication):
    """Knows a partner by the key in the header `X-Api-Key`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        """Find the key's partner, or leave the request to the next way.

        Raises:
            AuthenticationFailedError: there is no such key.
            KeyRevokedError: it was revoked.
            KeyExpiredError: its time is over.

        """
        raw = request.META.get("HTTP_X_API_KEY")
        if raw is None:
            return None
        key = queries.find_api_key(raw)
        if key is None or key.partner_deleted_at is not None:
            raise AuthenticationFailedError("No partner has this API key.")
        _refuse_ended(key)
        if key.last_used_at is None or timezone.now() - key.last_used_at > _NOTE_USE_EVERY:
            partners.note_key_use(key_id=key.id, not_since=timezone.now() - _NOTE_USE_EVERY)
        return AnonymousUser(), Caller(
            partner_id=key.partner_id,
            actor=f"key:{key.id}",
            mode=Mode(key.mode),
            is_suspended=key.partner_suspended_at is not None,
            scopes=queries.scopes_of_key(key),
        )

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Name the way to authenticate, for an answer 401."""
        return 'ApiKey realm="steller"'


def _refuse_ended(key: KnownKey) -> None:
    if key.revoked_at is not None:
        raise KeyRevokedError("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise KeyExpiredError("This API key has expired.")


class PartnerJwtAuthentication(JWTAuthentication):
    """Knows a user by an access token; a partner's user becomes a `Caller`, staff a `StaffCaller`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:  # type: ignore[override]
        """Find the token's user, or leave the request to the next way.

        Raises:
            AuthenticationFailedError: the user is gone, or now belongs elsewhere.

        """
        header = self.get_header(request)
        raw = self.get_raw_token(header) if header else None
        if raw is None:
            return None
        token = self.get_validated_token(raw)
        user = _user_of(token)
        return user, _caller_of(user) if user.partner else _staff_of(user, request)


# For the views of our staff, who have no keys.
STAFF_AUTHENTICATION = (PartnerJwtAuthentication,)


def _user_of(token: Token) -> User:
    user = queries.find_user(int(token.get("user_id", 0)))
    if user is None or user.partner_id != token.get("partner"):
        raise AuthenticationFailedError("The token's user cannot log in any more.")
    return user


def _caller_of(user: Any) -> Caller:
    return Caller(
        partner_id=user.partner_id,
        actor=f"user:{user.pk}",
        mode=Mode.LIVE,
        is_suspended=user.partner.is_suspended,
        scopes=queries.scopes_of_roles(user.role_names),
    )


def _staff_of(user: User, request: Request) -> StaffCaller | None:
    if not user.is_staff:
        return None
    return StaffCaller(
        user_id=user.pk,
        actor=f"user:{user.pk}",
        address=request.META.get("REMOTE_ADDR"),
        reference_id=getattr(request, "reference_id", ""),
        user=user,
    )


class _ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "header", "name": "X-Api-Key"}


class _JwtScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PartnerJwtAuthentication
    name = "JWT"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
