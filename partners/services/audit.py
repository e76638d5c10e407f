"""The audit log: who changed money, price or access, or read a card. Append-only, by the database's own rule."""

from django_subatomic.db import transaction_required

from partners.models import AuditEntry
from steller.origin import origin


@transaction_required
def record_audit(  # noqa: PLR0913 - the columns of the log
    *,
    action: str,
    subject: str,
    actor: str,
    partner_id: int | None = None,
    reason: str = "",
    before: object = None,
    after: object = None,
    address: str | None = None,
    reference_id: str = "",
) -> None:
    """Write down who did what to whom, in the same transaction as the deed.

    Address and reference id are those of the request at hand, unless they are given.
    """
    came_from = origin()
    AuditEntry.objects.create(
        action=action,
        subject=subject,
        actor=actor,
        partner_id=partner_id,
        reason=reason,
        before=before,
        after=after,
        address=address or came_from.address,
        reference_id=reference_id or came_from.reference_id,
    )
