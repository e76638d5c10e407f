"""People of a partner: invited, given a role, kept out, let in again, removed; and whether all need a second factor."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries, services
from partners.models import User
from partners.queries import Scope
from partners.services import GrantLimits
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import Person, partner_page

PAGE_SIZE = 50
_ROLES: list[tuple[str, str | Promise]] = [
    ("owner", gettext_lazy("Owner: everything, people and keys too")),
    ("buyer", gettext_lazy("Buyer: orders, reads cards, tells of payments")),
    ("developer", gettext_lazy("Developer: keys and webhooks, sees no card")),
    ("viewer", gettext_lazy("Viewer: looks, changes nothing")),
]


class InvitationForm(forms.Form):
    """Somebody to invite."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_ROLES, initial="buyer", widget=forms.RadioSelect)


class RoleForm(forms.Form):
    """The role that somebody shall have."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=_ROLES, widget=forms.RadioSelect)


@require_safe
@partner_page(Scope.TEAM_WRITE)
def team(request: HttpRequest, person: Person) -> HttpResponse:
    """List the people."""
    return _show_team(request, person, InvitationForm())


@require_POST
@partner_page(Scope.TEAM_WRITE)
def invite(request: HttpRequest, person: Person) -> HttpResponse:
    """Mail somebody a link that sets a password and leads in."""
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            services.invite_user(**form.cleaned_data, **_by(person))
        except DomainError as refusal:
            form.add_error("email", refusal.detail)
        else:
            email = form.cleaned_data["email"]
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": email})
            return redirect("team-page")
    return _show_team(request, person, form)


@require_POST
@partner_page(Scope.TEAM_WRITE)
def require_second_factor(request: HttpRequest, person: Person) -> HttpResponse:
    """Hold everybody to a second factor, or leave it to each."""
    required = request.POST.get("required") == "yes"
    services.require_second_factor(
        partner_id=person.partner_id, required=required, actor=person.actor, reason="Set in the dashboard"
    )
    done = _("Everybody needs a second factor now.") if required else _("Each decides on a second factor now.")
    messages.success(request, done)
    return redirect("team-page")


@require_safe
@partner_page(Scope.TEAM_WRITE)
def member(request: HttpRequest, person: Person, user_id: int) -> HttpResponse:
    """Show somebody, and what may be done."""
    shown = _member(person, user_id)
    return _show_member(request, person, shown, RoleForm(initial={"role": shown.role}))


@require_POST
@partner_page(Scope.TEAM_WRITE)
def change_role(request: HttpRequest, person: Person, user_id: int) -> HttpResponse:
    """Give somebody another role; what that person was logged in with ends."""
    shown = _member(person, user_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            services.change_role(user_id=user_id, role=form.cleaned_data["role"], **_by(person))
        except DomainError as refusal:
            form.add_error("role", refusal.detail)
        else:
            messages.success(request, _("The role is changed."))
            return redirect("team-member-page", user_id=user_id)
    return _show_member(request, person, shown, form)


@require_POST
@partner_page(Scope.TEAM_WRITE)
def act(request: HttpRequest, person: Person, user_id: int, deed: str) -> HttpResponse:
    """Keep out, let in again, invite again, help with a lost phone, or remove; what a rule forbids is said."""
    shown = _member(person, user_id)
    service, done = _DEEDS[deed]
    reason = {"reason": "Reset in the dashboard"} if deed == "second-factor" else {}
    try:
        service(user_id=user_id, **_by(person), **reason)
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("team-member-page", user_id=user_id)
    messages.success(request, done % {"who": shown.email})
    return redirect("team-page") if deed == "remove" else redirect("team-member-page", user_id=user_id)


_DEEDS: Mapping[str, tuple[Callable[..., None], Promise]] = {
    "deactivate": (services.deactivate_user, gettext_lazy("%(who)s is kept out.")),
    "reactivate": (services.reactivate_user, gettext_lazy("%(who)s may log in again.")),
    "invite": (services.invite_again, gettext_lazy("A fresh invitation is on its way to %(who)s.")),
    "second-factor": (services.reset_second_factor, gettext_lazy("The second factor of %(who)s is taken away.")),
    "remove": (services.remove_user, gettext_lazy("%(who)s is removed.")),
}


def _by(person: Person) -> dict[str, Any]:
    limits = GrantLimits(scopes=person.scopes, user_id=person.user_id)
    return {"partner_id": person.partner_id, "actor": person.actor, "limits": limits}


def _member(person: Person, user_id: int) -> User:
    try:
        return queries.person(user_id, partner_id=person.partner_id)
    except NotFoundError as error:
        raise Http404 from error


def _show_team(request: HttpRequest, person: Person, form: InvitationForm) -> HttpResponse:
    people = queries.team_of(person.partner_id).order_by("email", "pk")
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "person": person,
        "page": page,
        "rows": [(each, queries.person_status(each)) for each in page],
        "is_required": queries.partner_of(person.partner_id).second_factor_required,
        "form": form,
    }
    return render(request, "portal/team.html", context, status=422 if form.errors else 200)


def _show_member(request: HttpRequest, person: Person, shown: User, form: RoleForm) -> HttpResponse:
    context = {
        "person": person,
        "member": shown,
        "status": queries.person_status(shown),
        "is_self": shown.pk == person.user_id,
        "form": form,
    }
    return render(request, "portal/team_member.html", context, status=422 if form.errors else 200)
