"""The admin pages of partners, people, keys and the audit log."""

from partners.admin import people, rows
from partners.admin.audited import AuditedAdmin, actor_of

__all__ = ["AuditedAdmin", "actor_of", "people", "rows"]
