"""Logging in by steps: password, then the second factor; staff come in by the same door."""

import time
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, View

from partners import queries
from partners import services as partners
from partners.authentication import logins
from partners.models import User
from steller import problems
from steller.errors import AuthenticationFailedError, DomainError, RateLimitedError
from steller.portal.pages.frames import frame_of

_WAITING = "logging_in"
_PATIENCE_SECONDS = 600
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class LogInPage(LoginView):
    """The first step: e-mail and password. Whoever has a second factor, or needs one, takes a second step."""

    template_name = "portal/login.html"
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """Send staff to their pages, everybody else to the overview."""
        return _home_of(self.request.user)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Let the person in, or remember for a while that the password was right."""
        user: Any = form.get_user()
        if queries.has_second_factor(user.pk):
            return self._second_step(user, "login-code")
        if queries.second_factor_is_asked(user):
            return self._second_step(user, "login-set-up")
        return super().form_valid(form)

    def _second_step(self, user: User, page: str) -> HttpResponse:
        self.request.session.cycle_key()
        self.request.session[_WAITING] = {
            "user": user.pk,
            "stamp": user.access_stamp,
            "since": time.time(),
            "next": self.get_redirect_url(),
        }
        return redirect(page)


class _Code(forms.Form):
    otp = forms.CharField(max_length=40)


class _SecondStep(FormView):  # type: ignore[type-arg]
    form_class = _Code
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Send away whoever has not shown a password in the last ten minutes."""
        user = _waiting_user(request)
        if user is None:
            request.session.pop(_WAITING, None)
            return redirect("login")
        self.user = user
        return super().dispatch(request, *args, **kwargs)

    def finish(self) -> str:
        """Log the person in; the answer is the page to go to."""
        wanted: str = self.request.session.pop(_WAITING)["next"]
        login(self.request, self.user, backend=_BACKEND)
        return wanted or _home_of(self.user)


class CodePage(_SecondStep):
    """The second step: a code of the phone, or a recovery code."""

    template_name = "portal/login_code.html"

    def form_valid(self, form: _Code) -> HttpResponse:
        """Take the code, once."""
        try:
            logins.check_code(self.request, self.user, form.cleaned_data["otp"])
        except AuthenticationFailedError as error:
            form.add_error("otp", error.detail)
            return self.form_invalid(form)
        return redirect(self.finish())


class SetUpPage(_SecondStep):
    """The second step of somebody who needs a second factor and has none yet."""

    template_name = "portal/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show what the phone needs."""
        return super().get_context_data(
            enrolment=partners.start_second_factor(user_id=self.user.pk), is_forced=True, **kwargs
        )

    def form_valid(self, form: _Code) -> HttpResponse:
        """Switch the second factor on and show the recovery codes, once."""
        try:
            codes = partners.confirm_second_factor(user_id=self.user.pk, code=form.cleaned_data["otp"])
        except DomainError as error:
            form.add_error("otp", error.detail)
            return self.form_invalid(form)
        return _recovery_codes(self.request, codes, go_on=self.finish())


@method_decorator(never_cache, name="dispatch")
class OwnSecondFactorPage(LoginRequiredMixin, View):
    """One's own second factor: set up, given new recovery codes, removed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the state, or what the phone needs."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the pressed button says."""
        user: Any = request.user
        code = request.POST.get("otp", "")
        try:
            match request.POST.get("do"):
                case "start":
                    _check_own_password(request)
                    return self._page(request, enrolment=partners.start_second_factor(user_id=user.pk))
                case "confirm":
                    codes = partners.confirm_second_factor(user_id=user.pk, code=code)
                    return _recovery_codes(request, codes, go_on=reverse("account"))
                case "renew":
                    logins.check_code(request, user, code)
                    codes = partners.renew_recovery_codes(user_id=user.pk)
                    return _recovery_codes(request, codes, go_on=reverse("account"))
                case _:
                    logins.check_code(request, user, code)
                    partners.give_up_second_factor(user_id=user.pk)
                    messages.success(request, _("Your second factor is removed. Please log in again."))
                    return redirect("login")
        except DomainError as error:
            return self._page(request, error=error.detail, confirming=request.POST.get("do") == "confirm")

    def _page(self, request: HttpRequest, *, confirming: bool = False, **context: Any) -> HttpResponse:
        user: Any = request.user
        if confirming and not queries.has_second_factor(user.pk):
            context["enrolment"] = partners.start_second_factor(user_id=user.pk)
        return render(
            request,
            "portal/own_second_factor.html",
            {
                "is_enabled": queries.has_second_factor(user.pk),
                "is_required": queries.second_factor_is_asked(user),
                "codes_left": queries.recovery_codes_left(user.pk),
                **frame_of(request),
                **context,
            },
        )


def admin_log_in(request: HttpRequest) -> HttpResponse:
    """Send whoever comes to the admin's own log-in to the only one there is."""
    query = QueryDict(mutable=True)
    query["next"] = request.GET.get("next", reverse("admin:index"))
    return redirect(f"{reverse('login')}?{query.urlencode(safe='/')}")


def locked_out(request: HttpRequest, _response: object, credentials: Mapping[str, Any] | None) -> HttpResponse:
    """Answer a try to log in that comes after too many wrong ones; axes asks."""
    seconds = logins.seconds_locked(request, credentials)
    if request.path.startswith("/api/"):
        wait = f"Too many wrong tries: wait {seconds} seconds."
        return problems.refusal(request, RateLimitedError(wait, retry_after=seconds))
    context = {"minutes": -(-seconds // 60), "limit": settings.AXES_FAILURE_LIMIT}
    page = render(request, "portal/locked_out.html", context, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page


def _home_of(user: Any) -> str:
    return reverse("staff:overview") if getattr(user, "is_staff", False) else reverse("overview")


def _waiting_user(request: HttpRequest) -> User | None:
    waiting = request.session.get(_WAITING)
    if not waiting or time.time() - waiting["since"] > _PATIENCE_SECONDS:
        return None
    user = queries.find_user(waiting["user"])
    return user if user is not None and user.access_stamp == waiting["stamp"] else None


def _check_own_password(request: HttpRequest) -> None:
    """Let nobody on who found a screen unlocked."""
    user: Any = request.user
    try:
        logins.check_password(request, email=user.email, password=request.POST.get("password", ""))
    except AuthenticationFailedError as error:
        raise AuthenticationFailedError(_("The password is wrong.")) from error


def _recovery_codes(request: HttpRequest, codes: list[str], *, go_on: str) -> HttpResponse:
    response = render(request, "portal/recovery_codes.html", {"codes": codes, "go_on": go_on})
    response.headers["Cache-Control"] = "no-store"
    return response
