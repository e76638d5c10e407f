"""Links that open a door once: an invitation's, a password reset's. They are signed, and nothing of them is stored.

A link carries its user's stamp, which hangs on the password: once a password was set by it, it is worthless,
as is every other link of that user.
"""

from enum import StrEnum
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from partners.models import User
from steller.errors import LinkInvalidError


class Door(StrEnum):
    """What a link opens, by the name of its page."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset-set"  # noqa: S105 - the name of a page


def link_for(user: User, door: Door) -> str:
    """Write the address that a person opens with a browser."""
    # In the query, since paths are logged.
    # A colon may stand in a query as it is: so people and programs can take the token out of the link by copying it.
    return f"{settings.PUBLIC_URL}{reverse(door.value)}?{urlencode({'token': token_for(user, door)}, safe=':')}"


def token_for(user: User, door: Door) -> str:
    """Sign that this user may pass this door for a while."""
    return _signer(door).sign_object([user.pk, user.access_stamp])


def user_behind(token: str, *, doors: tuple[Door, ...]) -> User:
    """Return whose link this is, locked until the end of the transaction.

    Raises:
        LinkInvalidError: it is made up, too old, was used, or its user cannot log in any more.

    """
    user = _holder(token, doors, among=User.objects.select_for_update())
    if user is None:
        raise LinkInvalidError("The link is too old, or was used before; ask for another one.")
    return user


def is_link_usable(token: str) -> bool:
    """Tell whether a link would open its door now, so that nobody chooses a password in vain."""
    return _holder(token, tuple(Door), among=User.objects.all()) is not None


def _holder(token: str, doors: tuple[Door, ...], *, among: QuerySet[User]) -> User | None:
    for door in doors:
        try:
            user_id, stamp = _signer(door).unsign_object(token, max_age=_SECONDS[door]())
        except (BadSignature, ValueError, TypeError):
            continue
        user = among.filter(pk=user_id, is_active=True, deleted_at__isnull=True).first()
        if user is not None and constant_time_compare(stamp, user.access_stamp):
            return user
    return None


_SECONDS = {
    Door.INVITATION: lambda: settings.INVITATION_TIMEOUT,
    Door.PASSWORD_RESET: lambda: settings.PASSWORD_RESET_TIMEOUT,
}


def _signer(door: Door) -> TimestampSigner:
    return TimestampSigner(salt=f"partners.{door.value}")
