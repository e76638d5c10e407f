"""Events that partners read: written with the change that they tell of, numbered afterwards.

An event becomes visible with its number. In the same transaction the partner's endpoints become due and the e-mails
that it calls for are written, so neither is ever forgotten or done twice.
"""

from django.db import connection
from django_subatomic.db import durable, transaction, transaction_required

from partners.models import Event
from partners.services import notifying
from steller.database import Mode


@transaction_required
def record_event(
    *, partner_id: int, kind: str, body: dict[str, object], actor: str, mode: str = Mode.LIVE.value
) -> None:
    """Write down what a partner will want to hear of; it is shown once `number_events` has numbered it.

    `kind` is one of `EventKind`, each published with an example; never put a card's code into `body`.
    """
    Event.objects.create(partner_id=partner_id, mode=mode, kind=kind, body=body, actor=actor)


# Every row of `fresh` takes one look at the index for its partner's last number, however many there are.
_NUMBER_EVENTS = """
WITH fresh AS (
    SELECT id, partner_id, mode, row_number() OVER (PARTITION BY partner_id, mode ORDER BY id) AS place
    FROM (SELECT id, partner_id, mode FROM partners_event WHERE number IS NULL ORDER BY id LIMIT 1000) AS oldest
), last AS (
    SELECT partner_id, mode, (SELECT max(number) FROM partners_event
                              WHERE partner_id = sequence.partner_id AND mode = sequence.mode
                                AND number IS NOT NULL) AS number
    FROM (SELECT DISTINCT partner_id, mode FROM fresh) AS sequence
)
UPDATE partners_event AS event SET number = coalesce(last.number, 0) + fresh.place
FROM fresh JOIN last USING (partner_id, mode) WHERE event.id = fresh.id
RETURNING event.id, event.partner_id
"""
# An endpoint that waits after a failure goes on waiting. Rows are locked in one order by all.
_WAKE_ENDPOINTS = """
UPDATE partners_webhookendpoint SET due_at = greatest(retry_at, clock_timestamp())
WHERE id IN (SELECT id FROM partners_webhookendpoint
             WHERE partner_id = ANY(%s) AND status = 'active' AND deleted_at IS NULL
             ORDER BY id FOR NO KEY UPDATE)
"""
# The advisory lock under which events are numbered: "even" in ASCII.
_NUMBERING = 0x6576656E


@durable
def number_events() -> int:
    """Give numbers to committed events per partner, without gaps; one process at a time, in the order of commits."""
    if not Event.objects.filter(number__isnull=True).exists():
        return 0
    with transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_NUMBERING])
        cursor.execute(_NUMBER_EVENTS)
        numbered: list[tuple[int, int]] = cursor.fetchall()
        if numbered:
            cursor.execute(_WAKE_ENDPOINTS, [sorted({partner_id for _, partner_id in numbered})])
            notifying.mail_events([event_id for event_id, _ in numbered])
    return len(numbered)
