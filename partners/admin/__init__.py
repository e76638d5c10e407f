"""The admin pages of partners, people, keys and the audit log."""

from partners.admin import people, rows

__all__ = ["people", "rows"]
