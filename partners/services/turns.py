"""An endpoint's turn: taken with a lease, its next message chosen, what came of it recorded, the endpoint given back.

First comes a test that somebody asked for, then the sequence of events, then replays. The sequence waits after a
failure, replays by themselves: what is sent once more never holds up what is new.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import Min
from django_subatomic.db import transaction

from partners import queries
from partners.models import Event, WebhookEndpoint, WebhookReplay
from partners.services import results, signing
from steller import database
from steller.encryption import DecryptionError
from steller.outbound import Outcome, Post

# Far longer than a call may take, names that are slowly found included.
LEASE = timedelta(seconds=60)

_TAKE = """
UPDATE partners_webhookendpoint
SET lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE id = (
    SELECT id FROM partners_webhookendpoint
    WHERE due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
      AND deleted_at IS NULL AND NOT partner_id = ANY(%(busy)s)
    ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, partner_id, due_at
"""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an event, of the sequence or of a replay, or a test, which is none."""

    id: str
    event: Event | None = None
    replay: WebhookReplay | None = None


@dataclass(slots=True)
class Turn:
    """A lease on one endpoint, until when it is used (monotonic), and the message under way."""

    endpoint_id: uuid.UUID
    partner_id: int
    token: uuid.UUID
    due_at: datetime
    until: float
    message: Message | None = None


def take(*, busy_partners: list[int], seconds: float) -> Turn | None:
    """Take a lease on the endpoint that has been due for longest, but on none of these partners'."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"token": token, "lease": LEASE.total_seconds(), "busy": busy_partners})
        row = cursor.fetchone()
    if row is None:
        return None
    return Turn(endpoint_id=row[0], partner_id=row[1], token=token, due_at=row[2], until=time.monotonic() + seconds)


def next_post(turn: Turn) -> Post | None:
    """Choose the turn's next message and sign it; None: there is nothing to send now."""
    endpoint = WebhookEndpoint.objects.filter(pk=turn.endpoint_id, lease_token=turn.token).first()
    if endpoint is None:
        return None
    turn.message = _next_message(endpoint)
    if turn.message is None:
        return None
    try:
        return signing.sign(endpoint, turn.message.id, turn.message.event)
    except DecryptionError:
        # Its key left the ring. That is no reason to stop sending to all others.
        _log.exception("webhook_secret_unreadable", endpoint=str(endpoint.pk))
        record(turn, Outcome(None, 0, "our copy of the secret cannot be read"))
        return None


def record(turn: Turn, outcome: Outcome) -> bool:
    """Write down what came of the turn's message, and move on if it was taken; tell whether the turn goes on.

    A turn whose lease is gone moves nothing: somebody else sends the same message again, under the same id.
    """
    message = turn.message
    if message is None:
        raise AssertionError("nothing was sent")
    with transaction():
        held = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = held.filter(pk=turn.endpoint_id, lease_token=turn.token, deleted_at__isnull=True).first()
        if endpoint is None:
            return False
        if message.event is None:
            results.record_test(endpoint, message.id, outcome)
        elif message.replay is None:
            results.record_event_sent(endpoint, message.event, outcome)
        else:
            results.record_replayed(endpoint, message.replay, message.event, outcome)
        endpoint.lease_until = database.now() + LEASE
        endpoint.save()
    return True


def give_back(turn: Turn, *, more: bool) -> None:
    """End the lease. With `more` to send the endpoint queues up again behind those that wait."""
    with transaction():
        held = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = held.filter(pk=turn.endpoint_id, lease_token=turn.token).first()
        if endpoint is None:
            return
        if more:
            endpoint.due_at = database.now()
        elif endpoint.due_at == turn.due_at:
            # Else something became due while we looked, so it stays due.
            endpoint.due_at = _next_due(endpoint)
        endpoint.lease_token = endpoint.lease_until = None
        endpoint.save(update_fields=["due_at", "lease_token", "lease_until"])


def _next_message(endpoint: WebhookEndpoint) -> Message | None:
    if endpoint.test_id is not None:
        return Message(f"test_{endpoint.test_id}")
    now = database.now()
    is_active = endpoint.status == WebhookEndpoint.Status.ACTIVE
    # One that was paused after failures is tried now and then: that is when `retry_at` is set.
    may_try = endpoint.retry_at <= now if endpoint.retry_at else is_active
    if may_try and (event := _next_event(endpoint)) is not None:
        return Message(f"evt_{event.public_id}", event)
    return _next_replay(endpoint, now) if is_active else None


def _next_event(endpoint: WebhookEndpoint) -> Event | None:
    newest = queries.last_number(partner_id=endpoint.partner_id, mode=endpoint.mode) if endpoint.kinds else 0
    events = queries.event_list(partner_id=endpoint.partner_id, mode=endpoint.mode, after=endpoint.last_delivered)
    event = (events.filter(kind__in=endpoint.kinds) if endpoint.kinds else events).first()
    if event is None and newest > endpoint.last_delivered:
        # All up to there are of kinds that are not wanted: the next look begins behind them.
        WebhookEndpoint.objects.filter(pk=endpoint.pk, lease_token=endpoint.lease_token).update(last_delivered=newest)
    return event


def _next_replay(endpoint: WebhookEndpoint, now: datetime) -> Message | None:
    for replay in endpoint.replays.filter(done_at__isnull=True).order_by("pk"):
        if replay.next_attempt_at is not None and replay.next_attempt_at > now:
            continue
        events = queries.event_list(partner_id=endpoint.partner_id, mode=endpoint.mode, after=replay.after)
        if replay.numbers:
            events = events.filter(number__in=replay.numbers)
        elif endpoint.kinds:
            events = events.filter(kind__in=endpoint.kinds)
        event = events.filter(number__lte=replay.until).first()
        if event is not None:
            return Message(f"evt_{event.public_id}", event, replay)
        WebhookReplay.objects.filter(pk=replay.pk).update(done_at=now)
    return None


def _next_due(endpoint: WebhookEndpoint) -> datetime | None:
    """Return when something is due, if nothing is now: a retry, or a replay that waits after a failure."""
    times = [endpoint.retry_at]
    if endpoint.status == WebhookEndpoint.Status.ACTIVE:
        waiting = endpoint.replays.filter(done_at__isnull=True)
        times.append(waiting.aggregate(first=Min("next_attempt_at"))["first"])
    return min((at for at in times if at is not None), default=None)
