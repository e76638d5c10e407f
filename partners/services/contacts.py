"""People to talk to at a partner."""

from django_subatomic.db import transaction_if_not_already

from partners.models import Contact
from partners.services.audit import record_audit
from partners.services.partners import locked_partner
from steller.errors import NotFoundError

_FIELDS = ("name", "email", "phone", "position")


@transaction_if_not_already
def add_contact(*, partner_id: int, actor: str, **fields: str) -> int:
    """Store a contact; the answer is its id.

    Raises:
        NotFoundError: no such partner.

    """
    partner = locked_partner(partner_id)
    contact = Contact.objects.create(partner=partner, created_by=actor, updated_by=actor, **fields)
    _record("contact.create", contact, actor=actor)
    return contact.pk


@transaction_if_not_already
def change_contact(*, contact_id: int, partner_id: int, actor: str, **changes: str) -> None:
    """Change what is known of a contact; what is left out stays.

    Raises:
        NotFoundError: the partner has no such contact.

    """
    contact = _locked_contact(contact_id, partner_id)
    changed = {name: value for name, value in changes.items() if name in _FIELDS and getattr(contact, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(contact, name, value)
    contact.updated_by = actor
    contact.save(update_fields=[*changed, "updated_by", "updated_at"])
    _record("contact.change", contact, actor=actor)


@transaction_if_not_already
def remove_contact(*, contact_id: int, partner_id: int, actor: str) -> None:
    """Forget a contact.

    Raises:
        NotFoundError: the partner has no such contact.

    """
    contact = _locked_contact(contact_id, partner_id)
    _record("contact.remove", contact, actor=actor)
    contact.delete()


def _record(action: str, contact: Contact, *, actor: str) -> None:
    # Who it is stands in the row, which can be forgotten; the log cannot.
    record_audit(action=action, subject=f"contact:{contact.pk}", actor=actor, partner_id=contact.partner_id)


def _locked_contact(contact_id: int, partner_id: int) -> Contact:
    contact = Contact.objects.select_for_update().filter(pk=contact_id, partner=partner_id).first()
    if contact is None:
        raise NotFoundError("No such contact.")
    return contact
