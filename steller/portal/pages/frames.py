"""The frame of pages that our staff have as well as partners' people: their own account."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from partners import queries as partners
from steller.portal.pages.access import person_of
from steller.portal.pages.staff.access import colleague_of


def frame_of(request: HttpRequest) -> dict[str, Any]:
    """Return the template to extend, and whom it is about; each has the menu of all the person's other pages.

    Raises:
        PermissionDenied: the account was closed a moment ago.

    """
    found = partners.find_user(request.user.pk or 0)
    if found is None:
        raise PermissionDenied
    if found.partner is None:
        return {"frame": "portal/staff/base.html", "colleague": colleague_of(found)}
    return {"frame": "portal/base.html", "person": person_of(found, request)}
