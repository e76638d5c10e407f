"""Partners, their contacts, users and API keys; what we tell them; the audit log."""

from partners.models.audit import AuditEntry
from partners.models.email import Email
from partners.models.event import Event
from partners.models.key import ApiKey
from partners.models.partner import Contact, Partner
from partners.models.user import User, UserManager

__all__ = ["ApiKey", "AuditEntry", "Contact", "Email", "Event", "Partner", "User", "UserManager"]
