"""Passwords set by their owners: by the link of an invitation or a reset, or with the old one."""

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django_subatomic.db import durable, transaction, transaction_required

from partners.models import User
from partners.services.audit import record_audit
from partners.services.emails import queue_email
from partners.services.links import Door, link_for, user_behind
from partners.services.lockouts import unlock
from steller.errors import InvalidRequestError

_NOBODY = "nobody has this address"


@durable
def ask_for_reset(*, email: str) -> None:
    """Mail a link that sets a new password, if somebody has this address; nothing tells whether.

    Both ways do the same work, down to the row that is written, so that neither the answer nor its time betrays who
    has an account. A row for an address that nobody has is never sent; our staff see that somebody tried.
    """
    with transaction():
        user = (
            User.objects.filter(email__iexact=email, deleted_at__isnull=True, is_active=True)
            .filter(partner__deleted_at__isnull=True)
            .first()
        )
        queue_email(
            to=email if user is None else user.email,
            kind="password_reset",
            context={"link": link_for(user or _nobody(), Door.PASSWORD_RESET)},
            partner_id=user.partner_id if user else None,
            actor=f"user:{user.pk}" if user else "system:password_reset",
            withheld="" if user else _NOBODY,
        )


@durable
def set_password_by_link(*, token: str, password: str, name: str = "") -> User:
    """Set the password of whoever was sent this link; sessions, tokens and links of before are over.

    Raises:
        InvalidRequestError: the password is weak.
        LinkInvalidError: the link is none of ours, too old, or used.

    """
    with transaction():
        user = user_behind(token, doors=(Door.INVITATION, Door.PASSWORD_RESET))
        was_invited = not user.has_usable_password()
        _set(user, password, name=name if was_invited else "")
        unlock(user.email)
        _record(user, "user.accept" if was_invited else "user.reset_password")
        return user


@durable
def change_password(*, user_id: int, password: str) -> User:
    """Set a person's own new password; who asks has shown the old one.

    Raises:
        InvalidRequestError: the password is weak.

    """
    with transaction():
        user = User.objects.select_for_update().get(pk=user_id)
        _set(user, password)
        _record(user, "user.change_password")
        return user


def check_password(password: str, user: User | None = None) -> None:
    """Refuse a password that is easy to guess.

    Raises:
        InvalidRequestError: it is.

    """
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise InvalidRequestError(" ".join(error.messages), errors={"password": error.messages}) from error


@transaction_required
def _set(user: User, password: str, *, name: str = "") -> None:
    check_password(password, user)
    user.set_password(password)
    user.name = name.strip() or user.name
    user.updated_by = f"user:{user.pk}"
    user.save(update_fields=["password", "name", "updated_by", "updated_at"])


def _record(user: User, action: str) -> None:
    actor = f"user:{user.pk}"
    record_audit(action=action, subject=actor, actor=actor, partner_id=user.partner_id)
    if action != "user.accept":
        queue_email(to=user.email, kind="password_changed", context={}, partner_id=user.partner_id, actor=actor)


def _nobody() -> User:
    # Its link is as long as a true one and opens nothing: there is no user 0.
    return User(pk=0, password=make_password(None))
