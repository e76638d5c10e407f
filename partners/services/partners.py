"""Partners taken on, suspended and taken up again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.utils import timezone
from django_subatomic.db import savepoint, transaction_if_not_already, transaction_required

from partners.models import Partner
from partners.services.audit import record_audit
from steller.errors import InvalidRequestError, NotFoundError

# What our staff change of a partner at will; everything else has a service of its own.
CHANGEABLE = ("name", "email", "registration_number", "logo_url", "address", "phone", "weight")


@transaction_required
def create_partner(*, name: str, email: str, actor: str, reason: str = "", **details: Any) -> int:
    """Store a partner; the answer is its id. `details` are others of its columns, such as `phone` or `weight`.

    Raises:
        InvalidRequestError: no name, no weight, no e-mail address, or one that another partner has.

    """
    _check({"name": name, "email": email, **details})
    try:
        with savepoint():
            partner = Partner.objects.create(
                name=name.strip(), email=email, created_by=actor, updated_by=actor, **details
            )
    except IntegrityError as error:
        raise InvalidRequestError(f"Another partner has the e-mail address {email}.") from error
    record_audit(
        action="partner.create",
        subject=f"partner:{partner.pk}",
        actor=actor,
        partner_id=partner.pk,
        reason=reason,
        after={"name": partner.name, "email": email},
    )
    return partner.pk


@transaction_if_not_already
def change_partner(*, partner_id: int, actor: str, reason: str, **changes: Any) -> None:
    """Change what is known of a partner, or its weight in the turns for the supplier; what is left out stays.

    Raises:
        InvalidRequestError: no name, no weight, no e-mail address, or one that another partner has.
        NotFoundError: no such partner.

    """
    partner = locked_partner(partner_id)
    changed = {name: value for name, value in changes.items() if name in CHANGEABLE and getattr(partner, name) != value}
    if not changed:
        return
    _check(changed)
    before = {name: getattr(partner, name) for name in changed}
    for name, value in changed.items():
        setattr(partner, name, value)
    partner.updated_by = actor
    try:
        with savepoint():
            partner.save(update_fields=[*changed, "updated_by", "updated_at"])
    except IntegrityError as error:
        raise InvalidRequestError(f"Another partner has the e-mail address {partner.email}.") from error
    record_audit(
        action="partner.change",
        subject=f"partner:{partner_id}",
        actor=actor,
        partner_id=partner_id,
        reason=reason,
        before=before,
        after=changed,
    )


@transaction_required
def lock_partner(*, partner_id: int) -> None:
    """Keep everybody else from changing a partner until the end of the transaction.

    Raises:
        NotFoundError: no such partner.

    """
    locked_partner(partner_id)


@transaction_if_not_already
def suspend_partner(*, partner_id: int, actor: str, reason: str) -> None:
    """Stop a partner's new orders and reveals; what is at the supplier settles as usual.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such partner.

    """
    if not reason.strip():
        raise InvalidRequestError("A suspension needs a reason.")
    _set_suspension(partner_id, at=timezone.now(), reason=reason, actor=actor, action="partner.suspend")


@transaction_if_not_already
def resume_partner(*, partner_id: int, actor: str, reason: str = "") -> None:
    """Lift a partner's suspension.

    Raises:
        NotFoundError: no such partner.

    """
    _set_suspension(partner_id, at=None, reason=reason, actor=actor, action="partner.resume")


def _set_suspension(partner_id: int, *, at: datetime | None, reason: str, actor: str, action: str) -> None:
    partner = locked_partner(partner_id)
    partner.suspended_at = at
    partner.suspended_reason = reason if at else ""
    partner.updated_by = actor
    partner.save(update_fields=["suspended_at", "suspended_reason", "updated_by", "updated_at"])
    record_audit(action=action, subject=f"partner:{partner_id}", actor=actor, partner_id=partner_id, reason=reason)


def locked_partner(partner_id: int) -> Partner:
    """Lock a living partner's row.

    Raises:
        NotFoundError: no such partner.

    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id, deleted_at__isnull=True).first()
    if partner is None:
        raise NotFoundError("No such partner.")
    return partner


def _check(fields: Mapping[str, Any]) -> None:
    if not fields.get("name", "left out").strip():
        raise InvalidRequestError("A partner needs a name.")
    if fields.get("weight", 1) < 1:
        raise InvalidRequestError("A partner weighs 1 at least.")
    if "email" in fields:
        check_email(fields["email"])


def check_email(email: str) -> None:
    """Refuse what is no e-mail address.

    Raises:
        InvalidRequestError: it is none.

    """
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidRequestError(f"{email!r} is not an e-mail address.") from error
