"""Partners, their people and their keys: every change of access, each with its entry in the audit log."""

from partners.services.audit import record_audit
from partners.services.emails import queue_email
from partners.services.events import number_events, record_event
from partners.services.keys import NewKey, create_api_key, note_key_use, revoke_api_key, rotate_api_key
from partners.services.partners import create_partner, resume_partner, suspend_partner
from partners.services.people import NewUser, create_user
from partners.services.roles import PARTNER_ROLES, STAFF_ROLES, grant_roles

__all__ = [
    "PARTNER_ROLES",
    "STAFF_ROLES",
    "NewKey",
    "NewUser",
    "create_api_key",
    "create_partner",
    "create_user",
    "grant_roles",
    "note_key_use",
    "number_events",
    "queue_email",
    "record_audit",
    "record_event",
    "resume_partner",
    "revoke_api_key",
    "rotate_api_key",
    "suspend_partner",
]
