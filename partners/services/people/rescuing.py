"""People helped back in, logged out, and held to a second factor, by those who may."""

from django.db.models import F
from django_subatomic.db import transaction_if_not_already

from partners.models import Partner, User
from partners.services.audit import record_audit
from partners.services.granting import ANYTHING, GrantLimits
from partners.services.lockouts import unlock
from partners.services.people.finding import locked_user
from partners.services.second_factors import remove_second_factor
from steller.errors import NotFoundError


@transaction_if_not_already
def unlock_user(*, user_id: int, actor: str, reason: str, limits: GrantLimits = ANYTHING) -> None:
    """Let a person try to log in again before the cool-off is over.

    Raises:
        NotFoundError: no such person.
        PermissionDeniedError: it is somebody who may do more.

    """
    user = locked_user(user_id)
    limits.refuse_user(user, user.role)
    places = unlock(user.email)
    record_audit(
        action="user.unlock",
        subject=f"user:{user.pk}",
        actor=actor,
        partner_id=user.partner_id,
        reason=reason,
        after={"places": places},
    )


@transaction_if_not_already
def log_out_user(*, user_id: int, actor: str, reason: str, limits: GrantLimits = ANYTHING) -> None:
    """End all that a person is logged in with, sessions and tokens alike; who knows the password may come back.

    Raises:
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or somebody who may do more.

    """
    user = locked_user(user_id)
    limits.refuse_user(user, user.role)
    user.access_version += 1
    user.updated_by = actor
    user.save(update_fields=["access_version", "updated_by", "updated_at"])
    record_audit(
        action="user.log_out", subject=f"user:{user.pk}", actor=actor, partner_id=user.partner_id, reason=reason
    )


@transaction_if_not_already
def reset_second_factor(
    *, user_id: int, actor: str, reason: str, partner_id: int | None = None, limits: GrantLimits = ANYTHING
) -> None:
    """Take a person's second factor away, since the phone and the recovery codes are lost.

    Raises:
        NotFoundError: no such person.
        PermissionDeniedError: it is oneself, or somebody who may do more.

    """
    user = locked_user(user_id, partner_id=partner_id)
    limits.refuse_user(user, user.role)
    remove_second_factor(user=user, actor=actor, reason=reason)


@transaction_if_not_already
def require_second_factor(*, partner_id: int, required: bool, actor: str, reason: str = "") -> None:
    """Hold a partner's people to a second factor, or leave it to them; who has none is logged out.

    Raises:
        NotFoundError: no such partner.

    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id, deleted_at__isnull=True).first()
    if partner is None:
        raise NotFoundError("No such partner.")
    if partner.second_factor_required == required:
        return
    partner.second_factor_required = required
    partner.updated_by = actor
    partner.save(update_fields=["second_factor_required", "updated_by", "updated_at"])
    if required:
        without = User.objects.filter(partner=partner_id).exclude(second_factor__confirmed_at__isnull=False)
        without.update(access_version=F("access_version") + 1)
    record_audit(
        action="partner.second_factor",
        subject=f"partner:{partner_id}",
        actor=actor,
        partner_id=partner_id,
        reason=reason,
        before={"required": not required},
        after={"required": required},
    )
