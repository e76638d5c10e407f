"""One's own second factor: `/api/auth/second-factor`."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from partners import queries
from partners import services as partners
from partners.api import auth_shapes as shapes
from partners.authentication import logins, own_user
from partners.authentication.views import OwnView
from partners.models import User
from steller.parsing import fields_of
from steller.problems import PROBLEMS

_NO_STORE = {"Cache-Control": "no-store"}


class SecondFactorView(OwnView):
    """`/api/auth/second-factor`."""

    @extend_schema(
        operation_id="second_factor_read", tags=["auth"], responses={200: shapes.SecondFactorBody, **PROBLEMS}
    )
    def get(self, request: Request) -> Response:
        """Read whether your second factor is set up."""
        user = own_user(request)
        return Response(
            {
                "is_enabled": queries.has_second_factor(user.pk),
                "is_required": queries.second_factor_is_asked(user),
                "recovery_codes_left": queries.recovery_codes_left(user.pk),
            }
        )

    @extend_schema(
        operation_id="second_factor_start",
        tags=["auth"],
        request=shapes.CurrentPassword,
        responses={200: shapes.EnrolmentBody, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Get the secret for your phone; it counts once a code from it was confirmed."""
        user = _proven(request, fields_of(shapes.CurrentPassword, request.data)["password"])
        started = partners.start_second_factor(user_id=user.pk)
        body = {"secret": started.secret, "uri": started.uri, "qr_code": started.qr_code}
        return Response(body, headers=_NO_STORE)


class SecondFactorConfirmView(OwnView):
    """`/api/auth/second-factor/confirm`."""

    @extend_schema(
        operation_id="second_factor_confirm",
        tags=["auth"],
        request=shapes.Code,
        responses={200: shapes.RecoveryCodes, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Switch your second factor on with a first code of the phone; keep the recovery codes, they come once."""
        code = fields_of(shapes.Code, request.data)["otp"]
        codes = partners.confirm_second_factor(user_id=own_user(request).pk, code=code)
        return Response({"recovery_codes": codes}, headers=_NO_STORE)


class RecoveryCodesView(OwnView):
    """`/api/auth/second-factor/recovery-codes`."""

    @extend_schema(
        operation_id="second_factor_recovery_codes",
        tags=["auth"],
        request=shapes.PasswordAndCode,
        responses={200: shapes.RecoveryCodes, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Make new recovery codes; the old ones are over."""
        body = fields_of(shapes.PasswordAndCode, request.data)
        user = _proven(request, body["password"])
        logins.check_code(request._request, user, body["otp"])  # noqa: SLF001 - axes marks Django's own request
        return Response({"recovery_codes": partners.renew_recovery_codes(user_id=user.pk)}, headers=_NO_STORE)


class SecondFactorRemoveView(OwnView):
    """`/api/auth/second-factor/remove`."""

    @extend_schema(
        operation_id="second_factor_remove",
        tags=["auth"],
        request=shapes.PasswordAndCode,
        responses={204: None, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Remove your second factor, unless it is required; all sessions and tokens end."""
        body = fields_of(shapes.PasswordAndCode, request.data)
        user = _proven(request, body["password"])
        logins.check_code(request._request, user, body["otp"])  # noqa: SLF001 - axes marks Django's own request
        partners.give_up_second_factor(user_id=user.pk)
        return Response(status=204)


def _proven(request: Request, password: str) -> User:
    """Ask for the password again: a token alone may be in other hands."""
    # axes marks Django's own request.
    return logins.check_password(request._request, email=own_user(request).email, password=password)  # noqa: SLF001
