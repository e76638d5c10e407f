"""What one of our staff may do beside the role: chosen by words, with a reason."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from partners import queries
from partners import services as partners
from steller.errors import DomainError
from steller.portal.pages.staff.access import Colleague, explain, found, staff_page
from steller.portal.pages.staff.asking import StaffForm, reason_field
from steller.portal.permissions import PERMISSIONS, WORDS


class PermissionsForm(StaffForm):
    """Why somebody may do more, or less, than before."""

    reason = reason_field()


@dataclass(frozen=True, slots=True)
class Choice:
    """One permission, as the page offers it."""

    code: str
    word: str
    by_role: bool
    chosen: bool
    may_give: bool


@staff_page("partners.manage_people")
def permissions(request: HttpRequest, colleague: Colleague, user_id: int) -> HttpResponse:
    """Choose what a colleague may do beside the role; an admin may do everything anyway."""
    colleague.require("partners.manage_staff")
    user = found(lambda: queries.person(user_id))
    if user.partner_id is not None or user.role == "admin":
        raise Http404
    form = PermissionsForm(request.POST if request.method == "POST" else None)
    chosen = sorted(set(request.POST.getlist("permission"))) if form.is_bound else user.extra_permissions
    if form.is_valid():
        try:
            partners.set_extra_permissions(
                user_id=user_id,
                permissions=chosen,
                actor=colleague.actor,
                limits=colleague.limits,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            form.add_error(None, explain(refusal))
        else:
            messages.success(request, _("The permissions are set; they hold at once."))
            return redirect("staff:person", user_id=user_id)
    context = {"colleague": colleague, "user_shown": user, "form": form, "groups": _groups(user, chosen, colleague)}
    return render(request, "portal/staff/permissions.html", context, status=422 if form.errors else 200)


def _groups(user: Any, chosen: Collection[str], colleague: Colleague) -> list[tuple[str, list[Choice]]]:
    """Return every permission in its group; what has no word, having been given over the API, stands last."""
    by_role = partners.staff_permissions().get(user.role, set())

    def choice(code: str, word: object) -> Choice:
        return Choice(code, str(word), code in by_role, code in chosen, colleague.may(code))

    groups = [(str(name), [choice(*each) for each in group.items()]) for name, group in PERMISSIONS.items()]
    others = [choice(code, code) for code in user.extra_permissions if code not in WORDS]
    return [*groups, (_("Others"), others)] if others else groups
