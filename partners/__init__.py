"""Who deals with us: partners, their people and keys, their events, and the audit log."""
