"""Logging in and out, and what a partner reads about itself."""

import hashlib
from typing import Any

from django.contrib.auth import authenticate
from django_subatomic.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from partners import queries
from partners.authentication import caller
from partners.models import User
from steller.errors import AuthenticationFailedError
from steller.parsing import StrictJsonParser
from steller.problems import PROBLEMS

_NO_STORE = {"Cache-Control": "no-store"}


class Login(serializers.Serializer[Any]):
    """Who logs in."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class RefreshBody(serializers.Serializer[Any]):
    """The refresh token that is used up."""

    refresh = serializers.CharField(max_length=4000)


class TokenPair(serializers.Serializer[Any]):
    """An access token for a few minutes, and the refresh token that brings the next pair, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class PartnerProfile(serializers.Serializer[Any]):
    """The caller's partner, and what the caller may do."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    is_suspended = serializers.BooleanField()
    mode = serializers.ChoiceField(choices=["live", "test"])
    actor = serializers.CharField(help_text="The key or user that asks: `key:7` or `user:12`.")
    scopes = serializers.ListField(child=serializers.CharField())


class LoginThrottle(SimpleRateThrottle):
    """Guessing a password: so many tries a minute for one e-mail from one address."""

    rate = "20/min"
    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002
        """Count tries by e-mail and address, without keeping either."""
        email = request.data.get("email", "") if isinstance(request.data, dict) else ""
        who = f"{str(email).lower()}|{self.get_ident(request)}"
        return f"login:{hashlib.sha256(who.encode(errors='replace')).hexdigest()}"


class _TokenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (StrictJsonParser,)


class LoginView(_TokenView):
    """`POST /api/auth/token`."""

    throttle_classes = (LoginThrottle,)

    @extend_schema(operation_id="auth_token", tags=["auth"], request=Login, responses={200: TokenPair, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Log in with e-mail and password."""
        body = _valid(Login, request)
        known = authenticate(request, username=body["email"], password=body["password"])
        user = queries.find_user(known.pk) if known is not None else None
        if user is None:
            raise AuthenticationFailedError("The e-mail or the password is wrong.")
        return Response(_new_tokens(user), headers=_NO_STORE)


class RefreshView(_TokenView):
    """`POST /api/auth/refresh`."""

    @extend_schema(
        operation_id="auth_refresh",
        tags=["auth"],
        request=RefreshBody,
        responses={200: TokenPair, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Use up a refresh token and get the next pair."""
        token = _refresh_token(request)
        with transaction():
            user = _use_up(token)
            tokens = _new_tokens(user)
        return Response(tokens, headers=_NO_STORE)


class LogoutView(_TokenView):
    """`POST /api/auth/logout`."""

    @extend_schema(operation_id="auth_logout", tags=["auth"], request=RefreshBody, responses={204: None, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """End a refresh token; the access token ends by itself within minutes."""
        _refresh_token(request).blacklist()
        return Response(status=204)


class MeView(APIView):
    """`GET /api/partner/me`."""

    @extend_schema(operation_id="partner_me", tags=["partner"], responses={200: PartnerProfile, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Read the partner that the key or user belongs to."""
        who = caller(request)
        partner = queries.partner_of(who.partner_id)
        return Response(
            {
                "id": partner.pk,
                "name": partner.name,
                "email": partner.email,
                "is_suspended": partner.is_suspended,
                "mode": who.mode.value,
                "actor": who.actor,
                "scopes": sorted(who.scopes),
            }
        )


def _valid(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    fields: dict[str, Any] = form.validated_data
    return fields


def _new_tokens(user: User) -> dict[str, str]:
    refresh = RefreshToken.for_user(user)
    if user.partner_id is not None:
        refresh["partner"] = user.partner_id
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _refresh_token(request: Request) -> RefreshToken:
    raw = _valid(RefreshBody, request)["refresh"]
    try:
        return RefreshToken(raw)
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
    user = queries.find_user(int(token["user_id"]))
    if user is None or user.partner_id != token.get("partner"):
        raise AuthenticationFailedError("The token's user cannot log in any more.")
    return user
