"""Who may see a page: a partner's person, with what its roles allow."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from orders.services.cart import Buyer
from partners import queries as partners
from partners.models import User
from partners.queries import Scope
from steller import isolation
from steller.database import Mode

# Where the session keeps which mode is looked at.
MODE = "mode"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a partner who looks at a page."""

    user_id: int
    partner_id: int
    partner_name: str
    email: str
    is_suspended: bool
    scopes: frozenset[Scope]
    mode: str = Mode.LIVE

    @property
    def actor(self) -> str:
        """How this person is written down."""
        return f"user:{self.user_id}"

    @property
    def buyer(self) -> Buyer:
        """This person as the one who orders."""
        return Buyer(self.user_id, self.partner_id, self.mode, self.actor)

    @property
    def may_order(self) -> bool:
        """Whether the roles allow to order and the partner is not suspended."""
        return Scope.ORDER_WRITE in self.scopes and not self.is_suspended

    @property
    def may_reveal(self) -> bool:
        """Whether the roles allow to read cards and the partner is not suspended."""
        return Scope.CARD_READ in self.scopes and not self.is_suspended

    @property
    def may_pay_in(self) -> bool:
        """Whether the roles allow to tell of payments and to set warnings."""
        return Scope.WALLET_WRITE in self.scopes

    @property
    def may_webhook(self) -> bool:
        """Whether the roles allow to say where events are sent."""
        return Scope.WEBHOOK_WRITE in self.scopes

    @property
    def may_manage_keys(self) -> bool:
        """Whether the roles allow to make, rotate and revoke API keys."""
        return Scope.KEY_WRITE in self.scopes

    @property
    def may_manage_team(self) -> bool:
        """Whether the roles allow to invite people, to change what they may do, and what the partner is mailed."""
        return Scope.TEAM_WRITE in self.scopes

    @property
    def may_audit(self) -> bool:
        """Whether the roles allow to see who read which cards."""
        return Scope.AUDIT_READ in self.scopes

    @property
    def is_test(self) -> bool:
        """Whether what is seen is of test mode: play money, cards that are worth nothing."""
        return self.mode == Mode.TEST

    def require(self, allowed: bool) -> None:  # noqa: FBT001 - reads as a sentence: require(person.may_order)
        """Refuse the page with 403 unless it is allowed.

        Raises:
            PermissionDenied: it is not.

        """
        if not allowed:
            raise PermissionDenied


type PartnerPage = Callable[..., HttpResponseBase]


def partner_page(scope: Scope) -> Callable[[PartnerPage], PartnerPage]:
    """Give a page the person who looks at it, if its roles have the scope; nothing of it is kept by browsers.

    Strangers log in first, staff go to their own pages, everybody else gets 403. Kept pages would be shown again after
    a log-out, and a part that htmx fetched from a page's own address would come back in place of the page.
    """

    def guard(page: PartnerPage) -> PartnerPage:
        @wraps(page)
        def guarded(request: HttpRequest, **arguments: object) -> HttpResponseBase:
            user = partners.find_user(request.user.pk) if request.user.is_authenticated else None
            if user is None:
                return to_login(request)
            if user.partner is None:
                return redirect("staff:overview")
            person = person_of(user, request)
            person.require(scope in person.scopes)
            with isolation.restricted_to(person.partner_id):
                response = page(request, person, **arguments)
            if response.streaming:
                # Its rows are still to be read.
                isolation.restrict_to(person.partner_id)
            return response

        guarded.scope = scope  # type: ignore[attr-defined]
        # Pages are many times smaller so; what answers with codes repeats nothing that a stranger could choose.
        return never_cache(gzip_page(guarded))

    return guard


def to_login(request: HttpRequest) -> HttpResponseBase:
    """Lead to the log-in and back; a part of a page must not be replaced by the log-in, so htmx is told to leave."""
    if not request.headers.get("HX-Request"):
        return redirect_to_login(request.get_full_path())
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
    return HttpResponse(headers={"HX-Redirect": redirect_to_login(page).url})


def back_to(request: HttpRequest, *, otherwise: str) -> str:
    """Return the page of ours that a form names as the one it was sent from."""
    url = request.POST.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else otherwise


def is_part(request: HttpRequest, name: str) -> bool:
    """Tell whether htmx asks for the part of a page with this id, not for the page."""
    return request.headers.get("HX-Target") == name


def person_of(user: User, request: HttpRequest) -> Person:
    """Return who somebody is on partners' pages, in the mode that was chosen last.

    Raises:
        PermissionDenied: it is none of a partner's people.

    """
    partner = user.partner
    if partner is None:
        raise PermissionDenied
    return Person(
        user_id=user.pk,
        partner_id=partner.pk,
        partner_name=partner.name,
        email=user.email,
        is_suspended=partner.is_suspended,
        scopes=partners.scopes_of_roles(getattr(user, "role_names", [])),
        mode=Mode.TEST if request.session.get(MODE) == Mode.TEST else Mode.LIVE,
    )
