"""Pages that set passwords: asked for by mail, at an invitation's end, or changed by who is logged in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from partners import services as partners
from partners.authentication import logins
from steller.errors import AuthenticationFailedError, DomainError
from steller.portal.pages.frames import frame_of


class _Email(forms.Form):
    email = forms.EmailField(max_length=254)


class _Password(forms.Form):
    password = forms.CharField(max_length=200, strip=False)
    again = forms.CharField(max_length=200, strip=False)

    def clean(self) -> dict[str, Any]:
        """Refuse two different passwords."""
        fields: dict[str, Any] = super().clean() or {}
        if fields.get("password") != fields.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return fields


class _PasswordByLink(_Password):
    token = forms.CharField(max_length=1000)
    name = forms.CharField(max_length=200, required=False)


class _OwnPassword(_Password):
    current_password = forms.CharField(max_length=200, strip=False)


class AskPage(FormView):  # type: ignore[type-arg]
    """Ask for a link; the answer is the same whether somebody has the address."""

    form_class = _Email
    template_name = "portal/password_reset.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: _Email) -> HttpResponse:
        """Have the link mailed."""
        partners.ask_for_reset(email=form.cleaned_data["email"])
        messages.success(self.request, _("If somebody has this address, a message with a link is on its way."))
        return super().form_valid(form)


class SetPage(FormView):  # type: ignore[type-arg]
    """Where the link of a reset leads."""

    form_class = _PasswordByLink
    template_name = "portal/password_set.html"
    success_url = reverse_lazy("login")
    is_invitation = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, unless the link would not open anything any more."""
        if not partners.is_link_usable(request.GET.get("token", "")):
            return render(request, "portal/link_ended.html", {"is_invitation": self.is_invitation})
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Hand the link's token on to the form."""
        token = self.request.POST.get("token") or self.request.GET.get("token", "")
        return super().get_context_data(token=token, is_invitation=self.is_invitation, **kwargs)

    def form_valid(self, form: _PasswordByLink) -> HttpResponse:
        """Set the password, once."""
        fields = {name: form.cleaned_data[name] for name in ("token", "password", "name")}
        try:
            partners.set_password_by_link(**fields)
        except DomainError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        messages.success(self.request, _("Your password is set. Please log in."))
        return super().form_valid(form)


class AcceptPage(SetPage):
    """Where the link of an invitation leads."""

    is_invitation = True


@method_decorator(never_cache, name="dispatch")
class ChangePage(LoginRequiredMixin, FormView):  # type: ignore[type-arg]
    """Change one's own password; other sessions and all tokens end."""

    form_class = _OwnPassword
    template_name = "portal/own_password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Show it within the pages that the person has."""
        return super().get_context_data(**frame_of(self.request), **kwargs)

    def form_valid(self, form: _OwnPassword) -> HttpResponse:
        """Change it, and stay logged in here."""
        user: Any = self.request.user
        try:
            logins.check_password(self.request, email=user.email, password=form.cleaned_data["current_password"])
        except AuthenticationFailedError:
            form.add_error("current_password", _("The password is wrong."))
            return self.form_invalid(form)
        try:
            changed = partners.change_password(user_id=user.pk, password=form.cleaned_data["password"])
        except DomainError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        update_session_auth_hash(self.request, changed)
        messages.success(self.request, _("Your password is changed. Everybody else who used it is logged out."))
        return redirect("account")
