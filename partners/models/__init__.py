"""Partners, their contacts, users and API keys; what we tell them; the audit log."""

from partners.models.audit import AuditEntry
from partners.models.email import Email
from partners.models.event import Event, EventKind
from partners.models.key import ApiKey
from partners.models.notification import NotificationKind, NotificationPreference
from partners.models.partner import Contact, Partner
from partners.models.request import RequestNote
from partners.models.second_factor import RecoveryCode, SecondFactor
from partners.models.user import User, UserManager
from partners.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookReplay

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Contact",
    "Email",
    "Event",
    "EventKind",
    "NotificationKind",
    "NotificationPreference",
    "Partner",
    "RecoveryCode",
    "RequestNote",
    "SecondFactor",
    "User",
    "UserManager",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookReplay",
]
