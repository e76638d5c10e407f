"""What people do about their own log-ins."""

from django_subatomic.db import durable, transaction

from partners.models import User
from partners.services.audit import record_audit


@durable
def end_sessions(*, user_id: int) -> User:
    """End all that a person is logged in with, sessions and tokens alike; whoever asks may keep the own session."""
    with transaction():
        user = User.objects.select_for_update().get(pk=user_id)
        actor = f"user:{user_id}"
        user.access_version += 1
        user.updated_by = actor
        user.save(update_fields=["access_version", "updated_by", "updated_at"])
        record_audit(action="user.end_sessions", subject=actor, actor=actor, partner_id=user.partner_id)
        return user
