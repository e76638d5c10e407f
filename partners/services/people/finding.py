"""A person found and locked, with all who share its fate: the team of a partner, or our staff."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django_subatomic.db import transaction_required

from partners.models import Partner, User
from steller.errors import InvalidRequestError, NotFoundError


@transaction_required
def locked_user(user_id: int, *, partner_id: int | None = None) -> User:
    """Lock a living person's row, and before it the row that makes changes of one team take turns.

    Raises:
        NotFoundError: no such person, or of another partner.

    """
    found = User.objects.filter(pk=user_id, deleted_at__isnull=True)
    if partner_id is not None:
        found = found.filter(partner=partner_id)
    team = found.values_list("partner", flat=True).first() if found.exists() else -1
    if team == -1:
        raise NotFoundError("No such person.")
    if team is None:
        Group.objects.select_for_update().get(name="admin")
    else:
        # Without the key, so that orders, which point to the partner, need not wait.
        Partner.objects.select_for_update(no_key=True).get(pk=team)
    user = found.select_for_update(of=("self",)).select_related("partner").first()
    if user is None:
        raise NotFoundError("No such person.")
    return user


def refuse_to_orphan(user: User, *, role: str) -> None:
    """Refuse a change, made already in this transaction, that took the last owner or the last admin away.

    `role` is the one that the person had; somebody who has not accepted the invitation yet does not count.

    Raises:
        InvalidRequestError: nobody is left who could give rights to others.

    """
    living = User.objects.filter(is_active=True, deleted_at__isnull=True).exclude(
        password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    if role == "admin":
        if not living.filter(is_superuser=True).exists():
            raise InvalidRequestError("Somebody has to stay an admin.")
    elif role == "owner" and not living.filter(partner=user.partner_id, groups__name="owner").exists():
        raise InvalidRequestError("A partner keeps at least one owner.")
