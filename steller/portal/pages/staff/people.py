"""People who log in, our own and partners': invited, given another role, logged out, kept out, removed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from partners import queries
from partners import services as partners
from partners.services import PARTNER_ROLES, STAFF_ROLES
from steller.errors import DomainError
from steller.portal import actors
from steller.portal.pages.staff.access import Colleague, act, explain, found, reason_of, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.pages.staff.lists import asked, number_of, page_of
from steller.portal.permissions import WORDS

_STATUSES = ("active", "invited", "deactivated", "removed")


class InvitationForm(StaffForm):
    """Whom to invite."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    reason = reason_field()

    def __init__(self, roles: tuple[str, ...], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choice: Any = self.fields["role"]
        # Nobody becomes an admin because a list began with it.
        choice.choices = [("", _("Choose")), *((role, role.capitalize()) for role in roles)]


@require_safe
@staff_page("partners.view_user")
def people(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """List our own people, or everybody's, by text, role and state; and what each role may do."""
    wanted = asked(request, ("q", "role", "status", "of"))
    rows = queries.people_like(
        {
            "search": wanted["q"],
            "role": wanted["role"] if wanted["role"] in (*STAFF_ROLES, *PARTNER_ROLES) else "",
            "status": wanted["status"] if wanted["status"] in _STATUSES else "",
            "is_staff": None if wanted["of"] == "everybody" else True,
        }
    )
    page = page_of(rows.select_related("partner").order_by("email", "pk"), request)
    context = {
        "colleague": colleague,
        "page": page,
        "rows": [(user, queries.person_status(user)) for user in page],
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "shows_partner": wanted["of"] == "everybody",
        "statuses": _STATUSES,
        "roles": (*STAFF_ROLES, *PARTNER_ROLES),
        "allowed": _allowed(),
    }
    return render(request, "portal/staff/people.html", context)


def _allowed() -> dict[str, list[str]]:
    """Return what each role but admin may do, of all that pages and the API ask for."""
    granted = partners.staff_permissions()
    return {role: [name for name in WORDS if name in names] for role, names in granted.items() if role != "admin"}


@staff_page("partners.manage_people")
def invite(request: HttpRequest, colleague: Colleague) -> HttpResponse:
    """Invite somebody to our staff, or with `?partner=` to a partner's team."""
    partner_id = number_of(request.GET.get("partner", ""))
    partner = found(lambda: queries.partner(partner_id)) if partner_id else None
    if partner is None:
        colleague.require("partners.manage_staff")
    form = InvitationForm(PARTNER_ROLES if partner else STAFF_ROLES, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user_id = partners.invite_user(
                actor=colleague.actor, limits=colleague.limits, partner_id=partner_id, **form.cleaned_data
            )
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("Invited; the e-mail is on its way."))
            return redirect("staff:person", user_id=user_id)
    context = {"colleague": colleague, "form": form, "partner": partner}
    return render(request, "portal/staff/person_new.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page("partners.view_user")
def person(request: HttpRequest, colleague: Colleague, user_id: int) -> HttpResponse:
    """Show somebody: role, state, second factor, extra permissions, and what was done about their access."""
    user = found(lambda: queries.person(user_id))
    audit = list(queries.audit_entries({"subject": f"user:{user_id}"}).order_by("-pk")[:25])
    context = {
        "colleague": colleague,
        "user_shown": user,
        "partner": queries.partner_of(user.partner_id) if user.partner_id else None,
        "status": queries.person_status(user),
        "roles": PARTNER_ROLES if user.partner_id else STAFF_ROLES,
        "extra": sorted(f"{row.content_type.app_label}.{row.codename}" for row in user.user_permissions.all()),
        "is_oneself": user.pk == colleague.user_id,
        "manageable": _may_manage(colleague, user) and user.pk != colleague.user_id,
        "audit": audit if colleague.may("partners.view_auditentry") else [],
        "names": actors.names_of_actors({entry.actor for entry in audit}),
    }
    return render(request, "portal/staff/person.html", context)


def _may_manage(colleague: Colleague, user: Any) -> bool:
    return colleague.may("partners.manage_people") and (
        user.partner_id is not None or colleague.may("partners.manage_staff")
    )


@require_POST
@staff_page("partners.manage_people")
def change_person(request: HttpRequest, colleague: Colleague, user_id: int, deed: str) -> HttpResponse:
    """Change somebody's access; for our own people `partners.manage_staff` is asked as well."""
    user = found(lambda: queries.person(user_id))
    if user.partner_id is None:
        colleague.require("partners.manage_staff")
    do = _DEEDS.get(deed)
    if do is None:
        raise Http404
    which = {"user_id": user_id, "actor": colleague.actor, "limits": colleague.limits}
    answer = act(request, lambda: do(request, which), back=reverse("staff:person", kwargs={"user_id": user_id}))
    if deed == "remove" and queries.is_removed(user_id):
        # Nobody is left to show.
        return redirect(_list_of(user.partner_id))
    return answer


def _list_of(partner_id: int | None) -> str:
    if partner_id is None:
        return reverse("staff:people")
    return reverse("staff:partner-people", kwargs={"partner_id": partner_id})


def _change_role(request: HttpRequest, which: dict[str, Any]) -> str:
    partners.change_role(role=request.POST.get("role", ""), reason=reason_of(request), **which)
    return _("The role is changed; it holds at once.")


def _with_reason(service: Callable[..., object], said: Any) -> Callable[..., str]:
    def do(request: HttpRequest, which: dict[str, Any]) -> str:
        service(reason=reason_of(request), **which)
        return str(said)

    return do


def _invite_again(_request: HttpRequest, which: dict[str, Any]) -> str:
    partners.invite_again(**which)
    return _("A fresh link is on its way; the earlier one is over.")


_DEEDS: dict[str, Callable[..., str]] = {
    "role": _change_role,
    "deactivate": _with_reason(partners.deactivate_user, gettext_lazy("Kept out; sessions and tokens ended.")),
    "reactivate": _with_reason(partners.reactivate_user, gettext_lazy("Let in again.")),
    "log-out": _with_reason(partners.log_out_user, gettext_lazy("Logged out everywhere; sessions and tokens ended.")),
    "remove": _with_reason(
        partners.remove_user, gettext_lazy("Removed for good; what was known of the person is blanked.")
    ),
    "unlock": _with_reason(partners.unlock_user, gettext_lazy("May try to log in again at once.")),
    "second-factor": _with_reason(
        partners.reset_second_factor, gettext_lazy("The second factor is gone; another one can be set up.")
    ),
    "invite": _invite_again,
}
