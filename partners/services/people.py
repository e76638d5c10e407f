"""People who log in, each in one role; a first password leaves here once and is only stored as a hash."""

import secrets
from dataclasses import dataclass

from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django_subatomic.db import savepoint, transaction_required

from partners.models import User
from partners.services.audit import record_audit
from partners.services.partners import check_email
from partners.services.roles import PARTNER_ROLES, STAFF_ROLES
from steller.errors import InvalidRequestError

_PASSWORD_BYTES = 18


@dataclass(frozen=True, slots=True, repr=False)
class NewUser:
    """A user just made, with the first password that it was given."""

    id: int
    email: str
    password: str


@transaction_required
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

    Raises:
        InvalidRequestError: a wrong or taken e-mail address, a role of the other side, a weak password.

    """
    roles = STAFF_ROLES if partner_id is None else PARTNER_ROLES
    if role not in roles:
        raise InvalidRequestError(f"The role is one of {', '.join(roles)}.")
    check_email(email)
    if password is not None:
        _check_password(password)
    chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        with savepoint():
            user = User.objects.create_user(
                email,
                chosen,
                name=name,
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
    record_audit(
        action="user.create",
        subject=f"user:{user.pk}",
        actor=actor,
        partner_id=partner_id,
        after={"email": user.email, "role": role},
    )
    return NewUser(user.pk, user.email, chosen)


def _check_password(password: str) -> None:
    try:
        password_validation.validate_password(password)
    except ValidationError as error:
        raise InvalidRequestError(" ".join(error.messages)) from error
