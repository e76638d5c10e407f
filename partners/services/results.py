"""What came of a sending: the delivery log, the next try, and the pause of an endpoint that fails for days.

Every function is given an endpoint that its caller has locked and saves.
"""

import random
import re
from datetime import datetime, timedelta

from django_subatomic.db import transaction_required

from partners.models import Event, EventKind, NotificationKind, WebhookDelivery, WebhookEndpoint, WebhookReplay
from partners.services import notifying, webhooks
from partners.services.audit import record_audit
from partners.services.events import record_event
from steller import database
from steller.outbound import Outcome

# Seconds until the next try, then the last one again and again.
PAUSES = (2, 5, 10, 20, 40, 60, 120, 300, 600, 1800, 3600)
PAUSE_AFTER = timedelta(days=3)
# A paused endpoint is tried at this distance, so that it goes on by itself when its receiver is back.
PROBE_EVERY = timedelta(hours=6)
PROBE_FOR = timedelta(days=30)
GIVE_REPLAY_UP_AFTER = 60
_JITTER = 0.1
_GONE = 410
_LONGEST_ANSWER = 200
_ACTOR = "system:webhooks"


@transaction_required
def record_event_sent(endpoint: WebhookEndpoint, event: Event, outcome: Outcome) -> None:
    """Move the endpoint behind an event that was taken; plan the next try of one that was not."""
    attempt = endpoint.failures + 1
    if outcome.is_success:
        endpoint.last_delivered = max(endpoint.last_delivered, event.number or 0)
        _has_answered(endpoint)
    else:
        _has_failed(endpoint, is_gone=outcome.status == _GONE)
    _log(endpoint, event, outcome, attempt=attempt, next_attempt_at=endpoint.retry_at)


@transaction_required
def record_replayed(endpoint: WebhookEndpoint, replay: WebhookReplay, event: Event, outcome: Outcome) -> None:
    """Move a replay on, or have it wait; the endpoint's own sequence is not touched."""
    attempt = replay.failures + 1
    if outcome.is_success:
        replay.after, replay.failures, replay.next_attempt_at = event.number or replay.after, 0, None
    else:
        replay.failures = attempt
        replay.next_attempt_at = database.now() + _pause(attempt)
    if replay.failures >= GIVE_REPLAY_UP_AFTER:
        replay.done_at, replay.given_up, replay.next_attempt_at = database.now(), True, None
    replay.save()
    _log(endpoint, event, outcome, attempt=attempt, next_attempt_at=replay.next_attempt_at, is_replay=True)


@transaction_required
def record_test(endpoint: WebhookEndpoint, message_id: str, outcome: Outcome) -> None:
    """Log a test; one that was taken shows that the receiver is back, so what waits is sent at once."""
    endpoint.test_id = None
    if outcome.is_success:
        _has_answered(endpoint)
    _log(endpoint, None, outcome, attempt=1, next_attempt_at=None, message_id=message_id)


def _has_answered(endpoint: WebhookEndpoint) -> None:
    endpoint.failures, endpoint.failing_since, endpoint.retry_at = 0, None, None
    endpoint.last_success_at = database.now()
    by_partner = endpoint.paused_by == WebhookEndpoint.PausedBy.PARTNER
    if endpoint.status == WebhookEndpoint.Status.PAUSED and not by_partner:
        webhooks.set_active(endpoint)
        _audit(endpoint, "webhook.resume", "the receiver answers again")


def _has_failed(endpoint: WebhookEndpoint, *, is_gone: bool) -> None:
    now = database.now()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    if endpoint.status == WebhookEndpoint.Status.PAUSED:
        still_probed = endpoint.paused_at is not None and now - endpoint.paused_at < PROBE_FOR
        endpoint.retry_at = now + PROBE_EVERY if still_probed else None
    elif is_gone:
        _pause_endpoint(endpoint, by=WebhookEndpoint.PausedBy.GONE, retry_at=None)
    elif now - endpoint.failing_since >= PAUSE_AFTER:
        _pause_endpoint(endpoint, by=WebhookEndpoint.PausedBy.FAILURES, retry_at=now + PROBE_EVERY)
    else:
        endpoint.retry_at = now + _pause(endpoint.failures)


def _pause_endpoint(endpoint: WebhookEndpoint, *, by: WebhookEndpoint.PausedBy, retry_at: datetime | None) -> None:
    """Pause it, and tell the partner by event, e-mail and the audit log. What waits is kept."""
    webhooks.set_paused(endpoint, by=by)
    endpoint.retry_at = endpoint.due_at = retry_at
    reason = "the receiver answered 410 Gone" if by == WebhookEndpoint.PausedBy.GONE else "it failed for three days"
    facts: dict[str, object] = {
        "webhook_id": str(endpoint.pk),
        "url": endpoint.url,
        "reason": by.value,
        "failing_since": endpoint.failing_since.isoformat().replace("+00:00", "Z") if endpoint.failing_since else None,
        "last_delivered": endpoint.last_delivered,
    }
    record_event(
        partner_id=endpoint.partner_id, mode=endpoint.mode, kind=EventKind.WEBHOOK_PAUSED, body=facts, actor=_ACTOR
    )
    notifying.notify(
        partner_id=endpoint.partner_id,
        kind=NotificationKind.WEBHOOK_PAUSED,
        context={**facts, "description": endpoint.description, "explanation": reason, "is_probed": retry_at},
        actor=_ACTOR,
    )
    _audit(endpoint, "webhook.pause", reason)


def _pause(failures: int) -> timedelta:
    seconds = PAUSES[min(failures, len(PAUSES)) - 1]
    return timedelta(seconds=seconds * random.uniform(1, 1 + _JITTER))


def _log(
    endpoint: WebhookEndpoint,
    event: Event | None,
    outcome: Outcome,
    *,
    attempt: int,
    next_attempt_at: datetime | None,
    is_replay: bool = False,
    message_id: str = "",
) -> None:
    WebhookDelivery.objects.create(
        endpoint=endpoint,
        event=event,
        message_id=f"evt_{event.public_id}" if event else message_id,
        kind=event.kind if event else "webhook.test",
        number=event.number if event else None,
        attempt=attempt,
        is_replay=is_replay,
        succeeded=outcome.is_success,
        status_code=outcome.status,
        duration_ms=outcome.duration_ms,
        error=outcome.error,
        answer="" if outcome.is_success else _printable(outcome.answer),
        next_attempt_at=next_attempt_at,
    )


def _printable(answer: bytes) -> str:
    """Keep the beginning of an answer, without markup and without anything that a terminal or page would obey."""
    text = re.sub(r"<[^>]*>", " ", answer.decode("utf-8", errors="replace"))
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST_ANSWER]


def _audit(endpoint: WebhookEndpoint, action: str, reason: str) -> None:
    record_audit(
        action=action,
        subject=f"webhook:{endpoint.pk}",
        actor=_ACTOR,
        partner_id=endpoint.partner_id,
        reason=reason,
    )
