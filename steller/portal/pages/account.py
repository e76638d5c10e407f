"""One's own account, for partners' people and our staff: name, password, second factor, what is logged in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from partners import queries, services
from steller.portal.pages.frames import frame_of

_LATEST = 8


class NameForm(forms.Form):
    """How somebody is called and reached."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show one's account, and store name and phone."""
    user: Any = request.user
    form = NameForm(request.POST or None, initial={"name": user.name, "phone": user.phone})
    if request.method == "POST" and form.is_valid():
        services.describe_user(user_id=user.pk, actor=f"user:{user.pk}", **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {
        "form": form,
        "member": queries.person(user.pk),
        "is_required": queries.second_factor_is_asked(user),
        "codes_left": queries.recovery_codes_left(user.pk),
        "changes": queries.audit_entries({"subject": f"user:{user.pk}"}).order_by("-pk")[:_LATEST],
        "own_actor": f"user:{user.pk}",
        **frame_of(request),
    }
    return render(request, "portal/account.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log out everywhere but here."""
    update_session_auth_hash(request, services.end_sessions(user_id=request.user.pk or 0))
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("account")
