"""A partner known by its API key."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from partners import queries
from partners import services as partners
from partners.authentication.callers import Caller
from partners.queries import KnownKey
from steller.database import Mode
from steller.errors import AuthenticationFailedError, IpNotAllowedError, KeyExpiredError, KeyRevokedError
from steller.origin import is_within, networks_of, request_address

_NOTE_USE_EVERY = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """Knows a partner by the key in the header `X-Api-Key`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        """Find the key's partner, or leave the request to the next way.

        Raises:
            AuthenticationFailedError: there is no such key.
            KeyRevokedError: it was revoked.
            KeyExpiredError: its time is over.
            IpNotAllowedError: it is not taken from this address.

        """
        raw = request.META.get("HTTP_X_API_KEY")
        if raw is None:
            return None
        key = queries.find_api_key(raw)
        if key is None or key.partner_deleted_at is not None:
            raise AuthenticationFailedError("No partner has this API key.")
        _refuse_ended(key)
        _refuse_elsewhere(key, request_address(request))
        if key.last_used_at is None or timezone.now() - key.last_used_at > _NOTE_USE_EVERY:
            partners.note_key_use(key_id=key.id, not_since=timezone.now() - _NOTE_USE_EVERY)
        return AnonymousUser(), Caller(
            partner_id=key.partner_id,
            actor=f"key:{key.id}",
            mode=Mode(key.mode),
            is_suspended=key.partner_suspended_at is not None,
            scopes=queries.scopes_of_key(key),
            allowed_networks=tuple(key.allowed_networks),
        )

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Name the way to authenticate, for an answer 401."""
        return 'ApiKey realm="steller"'


def _refuse_ended(key: KnownKey) -> None:
    if key.revoked_at is not None:
        raise KeyRevokedError("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise KeyExpiredError("This API key has expired.")


def _refuse_elsewhere(key: KnownKey, address: str | None) -> None:
    if not key.allowed_networks:
        return
    if address is None or not is_within(address, networks_of(tuple(key.allowed_networks))):
        raise IpNotAllowedError(f"This API key is not taken from {address or 'an unknown address'}.")


class _ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 - the framework's signature
        return {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
