"""Logging in and out, and the ways to a password: a reset, an invitation, a change of one's own."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from partners import services as partners
from partners.api import auth_shapes as shapes
from partners.authentication import logins, own_user
from partners.authentication.tokens import end_token, new_tokens, renewed_tokens
from partners.authentication.views import OwnView
from steller.parsing import fields_of
from steller.problems import PROBLEMS
from steller.rates import LogInThrottle

_NO_STORE = {"Cache-Control": "no-store"}


class ResetThrottle(SimpleRateThrottle):
    """Asking for resets: so many from one address, since each sends a message to somebody."""

    rate = "20/hour"
    scope = "password-reset"

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002 - the framework's signature
        """Count by address."""
        return f"password-reset:{self.get_ident(request)}"


class _OpenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes: tuple[type[BaseThrottle], ...] = (LogInThrottle,)


class LoginView(_OpenView):
    """`POST /api/auth/token`."""

    @extend_schema(
        operation_id="auth_token", tags=["auth"], request=shapes.Login, responses={200: shapes.TokenPair, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """Log in with e-mail and password, and with `otp` if a second factor is set up."""
        body = fields_of(shapes.Login, request.data)
        user = logins.log_in(request._request, **body)  # noqa: SLF001 - axes marks Django's own request
        return Response(new_tokens(user), headers=_NO_STORE)


class RefreshView(_OpenView):
    """`POST /api/auth/refresh`."""

    @extend_schema(
        operation_id="auth_refresh",
        tags=["auth"],
        request=shapes.RefreshBody,
        responses={200: shapes.TokenPair, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Use up a refresh token and get the next pair."""
        body = fields_of(shapes.RefreshBody, request.data)
        return Response(renewed_tokens(body["refresh"]), headers=_NO_STORE)


class LogoutView(_OpenView):
    """`POST /api/auth/logout`."""

    @extend_schema(
        operation_id="auth_logout", tags=["auth"], request=shapes.RefreshBody, responses={204: None, **PROBLEMS}
    )
    def post(self, request: Request) -> Response:
        """End a refresh token; the access token ends by itself within minutes."""
        end_token(fields_of(shapes.RefreshBody, request.data)["refresh"])
        return Response(status=204)


class ResetView(_OpenView):
    """`POST /api/auth/password-reset`."""

    throttle_classes = (ResetThrottle,)

    @extend_schema(
        operation_id="auth_password_reset",
        tags=["auth"],
        request=shapes.ResetBody,
        responses={202: None, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Ask for a link that sets a new password; the answer is the same whether somebody has this address."""
        partners.ask_for_reset(email=fields_of(shapes.ResetBody, request.data)["email"])
        return Response(status=202)


class ResetConfirmView(_OpenView):
    """`POST /api/auth/password-reset/confirm`."""

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        tags=["auth"],
        request=shapes.PasswordByLink,
        responses={204: None, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token that the mailed link ends with; once."""
        partners.set_password_by_link(**fields_of(shapes.PasswordByLink, request.data))
        return Response(status=204)


class InvitationView(_OpenView):
    """`POST /api/auth/invitation`."""

    @extend_schema(
        operation_id="auth_invitation",
        tags=["auth"],
        request=shapes.Acceptance,
        responses={204: None, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Accept an invitation: set the first password with the token that the mailed link ends with; once."""
        partners.set_password_by_link(**fields_of(shapes.Acceptance, request.data))
        return Response(status=204)


class PasswordView(OwnView):
    """`POST /api/auth/password`."""

    @extend_schema(
        operation_id="auth_password",
        tags=["auth"],
        request=shapes.PasswordChange,
        responses={200: shapes.TokenPair, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Change your own password; all sessions and tokens end but the pair that this answers."""
        body = fields_of(shapes.PasswordChange, request.data)
        user = logins.check_password(
            request._request,  # noqa: SLF001 - axes marks Django's own request
            email=own_user(request).email,
            password=body["current_password"],
        )
        changed = partners.change_password(user_id=user.pk, password=body["password"])
        return Response(new_tokens(changed), headers=_NO_STORE)
