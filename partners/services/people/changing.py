"""What a person may do, changed by others: role, extra permissions, active or not, removed. Sessions and tokens end."""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone
from django_subatomic.db import transaction_if_not_already, transaction_required

from partners.models import User
from partners.services.audit import record_audit
from partners.services.granting import ANYTHING, GrantLimits, permissions_named
from partners.services.lockouts import unlock
from partners.services.people.finding import locked_user, refuse_to_orphan
from partners.services.second_factors import remove_second_factor
from steller.errors import InvalidRequestError

_DESCRIBED = ("name", "phone", "address")


@transaction_if_not_already
def change_role(
    *,
    user_id: int,
    role: str,
    actor: str,
    partner_id: int | None = None,
    reason: str = "",
    limits: GrantLimits = ANYTHING,
) -> None:
    """Give a person another role; the same one changes nothing.

    Raises:
        InvalidRequestError: a role of the other side, or the last owner or admin would be gone.
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or the old or the new role may do more than the one who acts.

    """
    user = locked_user(user_id, partner_id=partner_id)
    before = user.role
    limits.refuse_user(user, before)
    limits.refuse_role(role, of_partner=user.partner_id is not None)
    if role == before:
        return
    user.groups.set([Group.objects.get(name=role)])
    user.is_superuser = user.partner_id is None and role == "admin"
    _save(user, ["is_superuser"], actor=actor)
    refuse_to_orphan(user, role=before)
    _record(user, "user.role", actor=actor, reason=reason, before={"role": before}, after={"role": role})


@transaction_if_not_already
def set_extra_permissions(
    *, user_id: int, permissions: Collection[str], actor: str, reason: str, limits: GrantLimits = ANYTHING
) -> None:
    """Give one of our staff permissions beside the role's, instead of those that it had.

    Raises:
        InvalidRequestError: an unknown permission, or a partner's person.
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or the one who acts does not have them.

    """
    user = locked_user(user_id)
    if user.partner_id is not None:
        raise InvalidRequestError("Partners' people have roles only.")
    limits.refuse_user(user, user.role)
    before = user.extra_permissions
    if before == sorted(permissions):
        return
    limits.refuse_permissions({*permissions, *before})
    user.user_permissions.set(permissions_named(permissions))
    _save(user, [], actor=actor)
    _record(
        user,
        "user.permissions",
        actor=actor,
        reason=reason,
        before={"permissions": before},
        after={"permissions": sorted(permissions)},
    )


@transaction_if_not_already
def change_user(
    *,
    user_id: int,
    actor: str,
    reason: str,
    role: str | None = None,
    extra_permissions: Collection[str] | None = None,
    limits: GrantLimits = ANYTHING,
    **described: Any,
) -> None:
    """Change all of it or nothing: role, extra permissions, and name, phone or address in `described`.

    Raises:
        InvalidRequestError: a role of the other side, an unknown permission, or the last owner or admin would be gone.
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or beyond what the one who acts may do.

    """
    if described:
        limits.refuse_user(user := locked_user(user_id), user.role)
        describe_user(user_id=user_id, actor=actor, reason=reason, **described)
    if role is not None:
        change_role(user_id=user_id, role=role, actor=actor, reason=reason, limits=limits)
    if extra_permissions is not None:
        set_extra_permissions(user_id=user_id, permissions=extra_permissions, actor=actor, reason=reason, limits=limits)


@transaction_if_not_already
def deactivate_user(
    *, user_id: int, actor: str, partner_id: int | None = None, reason: str = "", limits: GrantLimits = ANYTHING
) -> None:
    """Keep a person out until it is reactivated; repeating it changes nothing.

    Raises:
        InvalidRequestError: the last owner or admin would be gone.
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or somebody who may do more.

    """
    _set_active(user_id, active=False, actor=actor, partner_id=partner_id, reason=reason, limits=limits)


@transaction_if_not_already
def reactivate_user(
    *, user_id: int, actor: str, partner_id: int | None = None, reason: str = "", limits: GrantLimits = ANYTHING
) -> None:
    """Let a person in again; repeating it changes nothing.

    Raises:
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or somebody who may do more.

    """
    _set_active(user_id, active=True, actor=actor, partner_id=partner_id, reason=reason, limits=limits)


@transaction_if_not_already
def remove_user(
    *, user_id: int, actor: str, partner_id: int | None = None, reason: str = "", limits: GrantLimits = ANYTHING
) -> None:
    """Remove a person: name, addresses, phone and password are blanked, the row stays for what points to it.

    Raises:
        InvalidRequestError: the last owner or admin would be gone.
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or somebody who may do more.

    """
    user = locked_user(user_id, partner_id=partner_id)
    role = user.role
    limits.refuse_user(user, role)
    blank(user, actor=actor)
    refuse_to_orphan(user, role=role)
    _record(user, "user.remove", actor=actor, reason=reason, before={"role": role})


@transaction_required
def blank(user: User, *, actor: str) -> None:
    """Forget who a person was."""
    unlock(user.email)
    user.email = user.name = user.phone = user.address = ""
    user.set_unusable_password()
    user.is_active = False
    user.is_superuser = False
    user.deleted_at = timezone.now()
    _save(user, ["email", *_DESCRIBED, "password", "is_active", "is_superuser", "deleted_at"], actor=actor)
    user.groups.clear()
    user.user_permissions.clear()
    remove_second_factor(user=user, actor=actor)


@transaction_if_not_already
def describe_user(*, user_id: int, actor: str, partner_id: int | None = None, reason: str = "", **fields: str) -> None:
    """Change a person's name, phone or address.

    Raises:
        NotFoundError: no such person.

    """
    user = locked_user(user_id, partner_id=partner_id)
    changed = {name: value for name, value in fields.items() if name in _DESCRIBED and getattr(user, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(user, name, value)
    user.updated_by = actor
    user.save(update_fields=[*changed, "updated_by", "updated_at"])
    # What it says stands in the row, which can be blanked; the log cannot.
    _record(user, "user.describe", actor=actor, reason=reason, after={"changed": sorted(changed)})


def _set_active(
    user_id: int, *, active: bool, actor: str, partner_id: int | None, reason: str, limits: GrantLimits
) -> None:
    user = locked_user(user_id, partner_id=partner_id)
    limits.refuse_user(user, user.role)
    if user.is_active == active:
        return
    user.is_active = active
    _save(user, ["is_active"], actor=actor)
    if not active:
        refuse_to_orphan(user, role=user.role)
    _record(user, "user.reactivate" if active else "user.deactivate", actor=actor, reason=reason)


def _save(user: User, fields: list[str], *, actor: str) -> None:
    user.access_version += 1
    user.updated_by = actor
    user.save(update_fields=[*fields, "access_version", "updated_by", "updated_at"])


def _record(user: User, action: str, *, actor: str, reason: str, before: object = None, after: object = None) -> None:
    record_audit(
        action=action,
        subject=f"user:{user.pk}",
        actor=actor,
        partner_id=user.partner_id,
        reason=reason,
        before=before,
        after=after,
    )
