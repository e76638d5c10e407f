"""New people: with a first password that is shown once, or by an invitation whose link lets them choose their own."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import IntegrityError
from django_subatomic.db import savepoint, transaction_if_not_already

from partners.models import User
from partners.services.audit import record_audit
from partners.services.emails import queue_email
from partners.services.granting import ANYTHING, GrantLimits
from partners.services.links import Door, link_for
from partners.services.partners import check_email
from partners.services.passwords import check_password
from partners.services.people.finding import locked_user
from steller.errors import InvalidRequestError

_PASSWORD_BYTES = 18


@dataclass(frozen=True, slots=True, repr=False)
class NewUser:
    """A user just made, with the first password that it was given."""

    id: int
    email: str
    password: str


@transaction_if_not_already
def create_user(
    *,
    email: str,
    role: str,
    actor: str,
    partner_id: int | None = None,
    password: str | None = None,
    name: str = "",
) -> NewUser:
    """Store a user in one role: of a partner, or staff when there is none; a password is made up if not given.

    For commands, whose output an operator reads. Pages and the API invite.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, a role of the other side, a weak password.

    """
    if password is not None:
        check_password(password)
    chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    user = _store(email, role, actor=actor, partner_id=partner_id, password=chosen, name=name)
    _record(user, "user.create", role, actor=actor)
    return NewUser(user.pk, user.email, chosen)


@transaction_if_not_already
def invite_user(
    *,
    email: str,
    role: str,
    actor: str,
    partner_id: int | None = None,
    name: str = "",
    reason: str = "",
    limits: GrantLimits = ANYTHING,
) -> int:
    """Store a user without a password and mail the link that sets the first one; the answer is the user's id.

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, a role of the other side.
        PermissionDeniedError: the role may do more than the one who invites.

    """
    limits.refuse_role(role, of_partner=partner_id is not None)
    user = _store(email, role, actor=actor, partner_id=partner_id, password=None, name=name)
    _record(user, "user.invite", role, actor=actor, reason=reason)
    _mail_invitation(user, actor)
    return user.pk


@transaction_if_not_already
def invite_again(*, user_id: int, actor: str, partner_id: int | None = None, limits: GrantLimits = ANYTHING) -> None:
    """Mail a fresh link to somebody who has not set a password yet; the earlier link is over.

    Raises:
        InvalidRequestError: the person has a password.
        NotFoundError: no such person.
        PermissionDeniedError: the person may do more than the one who invites.

    """
    user = locked_user(user_id, partner_id=partner_id)
    limits.refuse_user(user, user.role)
    if user.has_usable_password():
        raise InvalidRequestError("This person has accepted the invitation.")
    user.set_unusable_password()
    user.updated_by = actor
    user.save(update_fields=["password", "updated_by", "updated_at"])
    _record(user, "user.invite", user.role, actor=actor)
    _mail_invitation(user, actor)


def _store(email: str, role: str, *, actor: str, partner_id: int | None, password: str | None, name: str) -> User:
    ANYTHING.refuse_role(role, of_partner=partner_id is not None)
    check_email(email)
    try:
        with savepoint():
            user = User.objects.create_user(
                email,
                password,
                name=name.strip(),
                partner_id=partner_id,
                is_staff=partner_id is None,
                # The role that runs the others; what these may do stands with the group.
                is_superuser=partner_id is None and role == "admin",
                created_by=actor,
                updated_by=actor,
            )
    except IntegrityError as error:
        raise InvalidRequestError(f"Another user has the e-mail address {email}.") from error
    user.groups.add(Group.objects.get(name=role))
    return user


def _mail_invitation(user: User, actor: str) -> None:
    queue_email(
        to=user.email,
        kind="invitation",
        context={"link": link_for(user, Door.INVITATION), "partner": user.partner, "name": user.name},
        partner_id=user.partner_id,
        actor=actor,
    )


def _record(user: User, action: str, role: str, *, actor: str, reason: str = "") -> None:
    record_audit(
        action=action,
        subject=f"user:{user.pk}",
        actor=actor,
        partner_id=user.partner_id,
        reason=reason,
        after={"email": user.email, "role": role},
    )
