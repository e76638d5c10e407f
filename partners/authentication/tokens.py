"""Tokens of people: made after a log-in, renewed once each, and worthless once their user changed.

Beside issuer, audience and life time, each token names what its user was when it was made: the partner or that it is
staff, and a stamp of the password and the rights. Any of these that no longer fits ends the token at once.
"""

from typing import Any

from django_subatomic.db import transaction
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, Token

from partners import queries
from partners.authentication.callers import Caller, StaffCaller
from partners.models import User
from steller import isolation
from steller.database import Mode
from steller.errors import AuthenticationFailedError
from steller.origin import request_address

_GONE = "The token's user cannot log in any more."


def new_tokens(user: User) -> dict[str, str]:
    """Make an access token and the refresh token that brings the next pair."""
    refresh = RefreshToken.for_user(user)
    for name, value in _claims_of(user).items():
        refresh[name] = value
    _forget_text(refresh)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def renewed_tokens(raw: str) -> dict[str, str]:
    """Use up a refresh token and make the next pair.

    Raises:
        AuthenticationFailedError: it was used, altered, made for another place, or its user changed.

    """
    token = _read(raw)
    with transaction():
        return new_tokens(_use_up(token))


def end_token(raw: str) -> None:
    """End a refresh token.

    Raises:
        AuthenticationFailedError: it is none of ours, or ended before.

    """
    token = _read(raw)
    token.blacklist()
    _forget_text(token)


class PartnerJwtAuthentication(JWTAuthentication):
    """Knows a user by an access token; a partner's user becomes a `Caller`, staff a `StaffCaller`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:  # type: ignore[override]
        """Find the token's user, or leave the request to the next way.

        Raises:
            AuthenticationFailedError: the user is gone, belongs elsewhere now, or has another password or role.

        """
        header = self.get_header(request)
        raw = self.get_raw_token(header) if header else None
        if raw is None:
            return None
        token = self.get_validated_token(raw)
        user = _user_of(token)
        return user, _caller_of(user) if user.partner else _staff_of(user, request)


def _claims_of(user: User) -> dict[str, Any]:
    whose = {"partner": user.partner_id} if user.partner_id is not None else {"staff": user.is_staff}
    return {**whose, "stamp": user.access_stamp}


def _user_of(token: Token) -> User:
    user_id = str(token.get("user_id", ""))
    user = queries.find_user(int(user_id)) if user_id.isdecimal() else None
    if user is None:
        raise AuthenticationFailedError(_GONE)
    claims = {name: token.get(name) for name in ("partner", "staff", "stamp") if name in token}
    if claims != _claims_of(user):
        raise AuthenticationFailedError(_GONE)
    return user


def _caller_of(user: Any) -> Caller:
    isolation.restrict_to(user.partner_id)
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
        address=request_address(request),
        reference_id=getattr(request, "reference_id", ""),
        user=user,
    )


def _read(raw: str) -> RefreshToken:
    try:
        return RefreshToken(raw)  # type: ignore[arg-type]
    except TokenError as error:
        raise AuthenticationFailedError(str(error)) from error


def _use_up(token: RefreshToken) -> User:
    # The lock makes two refreshes with one token take turns; the second then sees that it is used up.
    OutstandingToken.objects.select_for_update().order_by("pk").filter(jti=token["jti"]).first()
    try:
        token.check_blacklist()
    except TokenError as error:
        raise AuthenticationFailedError(str(error)) from error
    token.blacklist()
    user = _user_of(token)
    if queries.second_factor_is_asked(user) and not queries.has_second_factor(user.pk):
        raise AuthenticationFailedError("A second factor is asked for by now; log in again.")
    return user


def _forget_text(token: RefreshToken) -> None:
    # The library keeps the whole token, a key to the door for whoever reads the table; its id suffices.
    OutstandingToken.objects.filter(jti=token["jti"]).exclude(token="").update(token="")


class _JwtScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = PartnerJwtAuthentication
    name = "JWT"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 - the framework's signature
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
