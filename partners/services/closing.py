"""The end of a partner: nobody logs in any more, no key is taken, and the people are forgotten."""

from django.utils import timezone
from django_subatomic.db import transaction_required

from partners.models import ApiKey, User
from partners.services.audit import record_audit
from partners.services.partners import locked_partner
from partners.services.people.changing import blank


@transaction_required
def remove_partner(*, partner_id: int, actor: str, reason: str) -> None:
    """Remove a partner for good: its keys end, its people and contacts are blanked; orders and money stay readable.

    That it owes and is owed nothing is for the caller to check, with the partner's row locked.

    Raises:
        NotFoundError: no such partner.

    """
    partner = locked_partner(partner_id)
    now = timezone.now()
    ApiKey.objects.filter(partner=partner, revoked_at=None).update(revoked_at=now, updated_by=actor)
    for user in User.objects.select_for_update().filter(partner=partner, deleted_at=None).order_by("pk"):
        blank(user, actor=actor)
    partner.contacts.all().delete()
    partner.deleted_at = now
    partner.updated_by = actor
    partner.save(update_fields=["deleted_at", "updated_by", "updated_at"])
    record_audit(
        action="partner.remove", subject=f"partner:{partner_id}", actor=actor, partner_id=partner_id, reason=reason
    )
