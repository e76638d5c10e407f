"""Events that partners read: written with the change that they tell of, numbered afterwards."""

from django.db import connection
from django_subatomic.db import durable, transaction, transaction_required

from partners.models import Event


@transaction_required
def record_event(*, partner_id: int, kind: str, body: dict[str, object], actor: str) -> None:
    """Write down what a partner will want to hear of; it is shown once `number_events` has numbered it."""
    Event.objects.create(partner_id=partner_id, kind=kind, body=body, actor=actor)


_NUMBER_EVENTS = """
WITH fresh AS (
    SELECT id, partner_id, row_number() OVER (PARTITION BY partner_id ORDER BY id) AS place
    FROM (SELECT id, partner_id FROM partners_event WHERE number IS NULL ORDER BY id LIMIT 1000) AS oldest
), last AS (
    SELECT partner_id, (SELECT max(number) FROM partners_event
                        WHERE partner_id = partner.partner_id AND number IS NOT NULL) AS number
    FROM (SELECT DISTINCT partner_id FROM fresh) AS partner
)
UPDATE partners_event AS event SET number = coalesce(last.number, 0) + fresh.place
FROM fresh JOIN last USING (partner_id) WHERE event.id = fresh.id
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
        return int(cursor.rowcount)
