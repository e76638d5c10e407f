"""What a request's caller is and may do, whatever it proved that with."""

from dataclasses import dataclass, field
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from partners.models import User
from partners.queries import Scope
from steller import isolation
from steller.database import Mode
from steller.errors import PartnerSuspendedError, PermissionDeniedError


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner's key or user, and what it may do."""

    partner_id: int
    actor: str
    mode: Mode
    is_suspended: bool
    scopes: frozenset[Scope]
    # Those that the key is bound to; of a user and of most keys none.
    allowed_networks: tuple[str, ...] = ()

    def require(self, scope: Scope) -> None:
        """Refuse what this key or user was not made for.

        Raises:
            PermissionDeniedError: its scopes or roles do not include `scope`.

        """
        if scope not in self.scopes:
            raise PermissionDeniedError(f"This needs the scope `{scope}`.")

    def require_active_partner(self) -> None:
        """Refuse what a suspended partner may not do.

        Raises:
            PartnerSuspendedError: staff suspended the partner.

        """
        if self.is_suspended:
            raise PartnerSuspendedError("The partner is suspended; ask our staff.")


def caller(request: Request) -> Caller:
    """Return who calls, in a view that `IsPartner` guards."""
    if not isinstance(request.auth, Caller):
        raise PermissionDeniedError("Only partners may do this.")
    return request.auth


@dataclass(frozen=True, slots=True)
class StaffCaller:
    """One of our staff, where the request came from, and what its roles and extra permissions allow."""

    user_id: int
    actor: str
    address: str | None
    reference_id: str
    user: User = field(repr=False)

    def require(self, permission: str) -> None:
        """Refuse what the user's roles do not include; `permission` is Django's, such as `wallets.approve_topup`.

        Raises:
            PermissionDeniedError: neither a role nor an extra permission allows it.

        """
        if not self.user.has_perm(permission):
            raise PermissionDeniedError(f"This needs the permission `{permission}`.")

    @property
    def permissions(self) -> frozenset[str]:
        """All that the user may do."""
        return frozenset(self.user.get_all_permissions())


def staff(request: Request) -> StaffCaller:
    """Return who calls, in a view that `IsStaff` guards."""
    if not isinstance(request.auth, StaffCaller):
        raise PermissionDeniedError("Only our staff may do this.")
    return request.auth


def permitted(request: Request, permission: str) -> StaffCaller:
    """Return who of our staff calls, once it is known to be permitted.

    Raises:
        PermissionDeniedError: it is not, or none of our staff.

    """
    who = staff(request)
    who.require(permission)
    return who


def own_user(request: Request) -> User:
    """Return the person who calls, a partner's or of our staff, in a view that `IsUser` guards."""
    if not isinstance(request.user, User):
        raise PermissionDeniedError("Only people may do this.")
    return request.user


class IsStaff(BasePermission):
    """Lets in our staff, by token; each view then requires a permission of its own."""

    message = "Only our staff may do this."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """Tell whether the request comes from our staff."""
        return isinstance(request.auth, StaffCaller)


class IsPartner(BasePermission):
    """Lets in callers that belong to a partner; the message is for staff who try."""

    message = "Only partners may do this."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """Tell whether the request comes from a partner."""
        return isinstance(request.auth, Caller)


class IsUser(BasePermission):
    """Lets in people, partners' and our own, to what concerns themselves; keys are no people."""

    message = "Only people may do this, with an access token."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """Tell whether the request comes from a person; log-ins belong to no partner, so everything is shown again."""
        isolation.lift()
        return isinstance(request.auth, Caller | StaffCaller) and request.user.pk is not None
