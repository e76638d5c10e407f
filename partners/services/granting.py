"""What somebody may give to others: never more than they have, and nothing to themselves."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Permission

from partners.models import User
from partners.queries import EVERYTHING, ROLE_SCOPES, Scope
from partners.services.roles import PARTNER_ROLES, STAFF_ROLES
from steller.errors import InvalidRequestError, PermissionDeniedError


@dataclass(frozen=True, slots=True)
class GrantLimits:
    """What the one who changes people's access has itself."""

    # Of a partner's key or user; our staff may give partners' people any of their roles.
    scopes: frozenset[Scope] = EVERYTHING
    # Of our staff; None: everything, as a superuser.
    permissions: frozenset[str] | None = None
    # The person who acts, if it is one.
    user_id: int | None = None

    def refuse_self(self, user: User) -> None:
        """Keep people from changing their own access.

        Raises:
            PermissionDeniedError: that is what is tried.

        """
        if user.pk == self.user_id:
            raise PermissionDeniedError("Nobody changes their own access; ask somebody else.")

    def refuse_role(self, role: str, *, of_partner: bool) -> None:
        """Refuse a role that holds more than the giver has.

        Raises:
            InvalidRequestError: no such role on this side.
            PermissionDeniedError: it does.

        """
        roles = PARTNER_ROLES if of_partner else STAFF_ROLES
        if role not in roles:
            raise InvalidRequestError(f"The role is one of {', '.join(roles)}.", errors={"role": ["Unknown."]})
        if of_partner:
            self._refuse_scopes(role)
        elif self.permissions is not None:
            if role == "admin":
                raise PermissionDeniedError("Only an admin makes or changes admins.")
            self.refuse_permissions(permissions_of_role(role))

    def refuse_permissions(self, names: Iterable[str]) -> None:
        """Refuse permissions that the giver does not have.

        Raises:
            PermissionDeniedError: it does not have one of them.

        """
        if self.permissions is not None and (more := sorted(set(names) - self.permissions)):
            raise PermissionDeniedError(f"You cannot hand out what you may not do yourself: {', '.join(more[:5])}.")

    def refuse_user(self, user: User, role: str) -> None:
        """Refuse to change oneself or somebody who may do more.

        Raises:
            PermissionDeniedError: it is one of these.

        """
        self.refuse_self(user)
        if role:
            self.refuse_role(role, of_partner=user.partner_id is not None)

    def _refuse_scopes(self, role: str) -> None:
        if more := sorted(ROLE_SCOPES[role] - self.scopes):
            raise PermissionDeniedError(f"The role {role} may do more than you: {', '.join(more)}.")


ANYTHING = GrantLimits()


def permissions_of_role(role: str) -> set[str]:
    """Return what a role of our staff allows, as `app.codename`."""
    rows = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in rows}


def permissions_named(names: Iterable[str]) -> list[Permission]:
    """Find permissions by `app.codename`.

    Raises:
        InvalidRequestError: there is no such permission.

    """
    wanted = set(names)
    found = {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in Permission.objects.select_related("content_type").filter(
            codename__in=[name.rpartition(".")[2] for name in wanted]
        )
    }
    if unknown := sorted(wanted - found.keys()):
        raise InvalidRequestError(f"No such permission: {', '.join(unknown[:5])}.", errors={"permissions": unknown})
    return [found[name] for name in sorted(wanted)]
