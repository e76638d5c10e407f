"""Partners, their people and keys, what they are told; each change of access has its entry in the audit log."""

from partners.services.audit import record_audit
from partners.services.emails import queue_email
from partners.services.events import number_events, record_event
from partners.services.forgetting import forget_old
from partners.services.keys import NewKey, create_api_key, note_key_use, revoke_api_key, rotate_api_key
from partners.services.mailing import send_emails
from partners.services.notifying import change_preferences, notify
from partners.services.partners import create_partner, resume_partner, suspend_partner
from partners.services.people import NewUser, create_user
from partners.services.roles import PARTNER_ROLES, STAFF_ROLES, grant_roles
from partners.services.sending import deliver_due
from partners.services.webhooks import (
    EndpointChange,
    NewEndpoint,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    replay,
    request_test,
    rotate_secret,
)

__all__ = [
    "PARTNER_ROLES",
    "STAFF_ROLES",
    "EndpointChange",
    "NewEndpoint",
    "NewKey",
    "NewUser",
    "change_endpoint",
    "change_preferences",
    "create_api_key",
    "create_endpoint",
    "create_partner",
    "create_user",
    "delete_endpoint",
    "deliver_due",
    "forget_old",
    "grant_roles",
    "note_key_use",
    "notify",
    "number_events",
    "queue_email",
    "record_audit",
    "record_event",
    "replay",
    "request_test",
    "resume_partner",
    "revoke_api_key",
    "rotate_api_key",
    "rotate_secret",
    "send_emails",
    "suspend_partner",
]
