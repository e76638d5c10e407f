"""Log-ins: the password, then the second factor, with every wrong try counted for e-mail and address together.

axes counts in the database, so all processes count alike. A try beyond the limit is not looked at at all, and its
answer is made by the lock-out that the settings name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from partners import queries
from partners import services as partners
from partners.models import User
from steller.errors import AuthenticationFailedError, SecondFactorRequiredError, SecondFactorSetupRequiredError
from steller.origin import request_address

_WRONG = "The e-mail or the password is wrong."


def log_in(request: HttpRequest, *, email: str, password: str, otp: str) -> User:
    """Return the user whom all of this proves; the tries before are forgotten.

    Raises:
        AuthenticationFailedError: e-mail and password do not belong together, or the code is wrong or was used.
        SecondFactorRequiredError: the password is right, and a code is missing.
        SecondFactorSetupRequiredError: the password is right, and a second factor has to be set up first.

    """
    user = check_password(request, email=email, password=password)
    if queries.has_second_factor(user.pk):
        if not otp:
            raise SecondFactorRequiredError("Send the same again with `otp`: a code of the phone, or a recovery code.")
        check_code(request, user, otp)
    elif queries.second_factor_is_asked(user):
        raise SecondFactorSetupRequiredError("Set up the second factor on the log-in page first.")
    user_logged_in.send(sender=User, request=request, user=user)
    return user


def check_password(request: HttpRequest, *, email: str, password: str) -> User:
    """Return the living user with this e-mail and password.

    Raises:
        AuthenticationFailedError: there is none.

    """
    known = authenticate(request, username=email, password=password)
    user = queries.find_user(known.pk) if known is not None else None
    if user is None:
        raise AuthenticationFailedError(_WRONG)
    return user


def check_code(request: HttpRequest, user: User, code: str) -> None:
    """Take a code of somebody whose password was right; a wrong one counts like a wrong password.

    Raises:
        AuthenticationFailedError: the code is wrong or was used, or too many were tried.

    """
    credentials = {"username": user.email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = credentials  # type: ignore[attr-defined]
    elif partners.use_code(user_id=user.pk, code=code):
        return
    else:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    raise AuthenticationFailedError("The code is wrong or was used before.")


def counted_name(_request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Name the account whose tries are counted, whatever the case it was written in; axes asks."""
    return str((credentials or {}).get("username") or "").lower()


def seconds_locked(request: HttpRequest, credentials: Mapping[str, Any] | None) -> int:
    """Return for how long the account stays locked for this address."""
    tries = AccessAttempt.objects.filter(
        username=counted_name(request, credentials), ip_address=request_address(request)
    )
    latest: datetime | None = tries.aggregate(latest=Max("attempt_time"))["latest"]
    ends_at = (latest or timezone.now()) + settings.AXES_COOLOFF_TIME
    return max(1, round((ends_at - timezone.now()).total_seconds()))
