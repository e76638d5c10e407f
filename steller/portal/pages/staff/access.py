"""Which of our staff may see a page: a colleague, with what roles and extra permissions allow."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from orders.services import reasons
from partners import queries as partners
from partners.models import User
from partners.services import GrantLimits
from steller.errors import DomainError, NotFoundError
from steller.portal.pages.access import to_login

# For pages that every colleague may open; what they show is asked for by itself.
ANY_STAFF = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of our staff who looks at a page."""

    user_id: int
    email: str
    name: str
    roles: tuple[str, ...]
    is_admin: bool
    permissions: frozenset[str]
    mode: str = "live"

    @property
    def actor(self) -> str:
        """How this person is written down."""
        return f"user:{self.user_id}"

    @property
    def limits(self) -> GrantLimits:
        """What this person may hand out to others."""
        return GrantLimits(permissions=None if self.is_admin else self.permissions, user_id=self.user_id)

    def may(self, permission: str) -> bool:
        """Tell whether roles or extra permissions allow it; an empty permission is everybody's."""
        return not permission or self.is_admin or permission in self.permissions

    def require(self, permission: str) -> None:
        """Refuse with 403 unless it is allowed.

        Raises:
            PermissionDenied: it is not.

        """
        if not self.may(permission):
            raise PermissionDenied


type StaffPage = Callable[..., HttpResponseBase]


def staff_page(permission: str) -> Callable[[StaffPage], StaffPage]:
    """Give a page the colleague who looks at it, if the permission is there; nothing of it is kept by browsers.

    Strangers log in first, partners' people and colleagues without the permission get 403.
    """

    def guard(page: StaffPage) -> StaffPage:
        @wraps(page)
        def guarded(request: HttpRequest, **arguments: object) -> HttpResponseBase:
            user = partners.find_user(request.user.pk) if request.user.is_authenticated else None
            if user is None:
                return to_login(request)
            if user.partner_id is not None or not user.is_staff:
                raise PermissionDenied
            colleague = colleague_of(user)
            colleague.require(permission)
            return page(request, colleague, **arguments)

        guarded.permission = permission  # type: ignore[attr-defined]
        return never_cache(gzip_page(guarded))

    return guard


def colleague_of(user: User) -> Colleague:
    """Return who somebody of our staff is on staff pages."""
    return Colleague(
        user_id=user.pk,
        email=user.email,
        name=user.name,
        roles=tuple(sorted(getattr(user, "role_names", []))),
        is_admin=user.is_superuser,
        permissions=frozenset(user.get_all_permissions()),
    )


def act(
    request: HttpRequest, deed: Callable[[], object], *, back: str, again: Callable[[], HttpResponse] | None = None
) -> HttpResponse:
    """Do something and lead back to where it is seen; what it says, or why it was refused, is told there.

    `again` shows a refused form with what was filled in.

    Raises:
        Http404: it is about something that does not exist.

    """
    try:
        messages.success(request, str(deed()))
    except NotFoundError as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, explain(refusal))
        if again is not None:
            return again()
    return redirect(back)


def found[Thing](look: Callable[[], Thing]) -> Thing:
    """Return what a query finds.

    Raises:
        Http404: nothing.

    """
    try:
        return look()
    except NotFoundError as error:
        raise Http404 from error


def explain(refusal: DomainError) -> str:
    """Say why something was refused, with what is wrong about each field."""
    errors = refusal.extra.get("errors")
    more = errors.values() if isinstance(errors, dict) else ()
    texts = [str(text) for wrong in more if isinstance(wrong, list) for text in wrong]
    return " ".join([refusal.detail, *(text for text in texts if text not in refusal.detail)])


def reason_of(request: HttpRequest) -> str:
    """Read the reason that each deed of our staff needs.

    Raises:
        InvalidRequestError: there is none, or too much of it.

    """
    return reasons.checked(request.POST.get("reason", ""))
