"""What a partner's catalog answers depend on, as one short text: while it stands, an answer may be given again."""

from django.db import connection
from django.utils import timezone

from wallets import queries as wallets

# The rules stand in it by what they are, not by when they were written: so one that begins or ends by the clock
# changes the stamp as one does that staff set.
_STAMP = """
SELECT coalesce((SELECT number FROM catalog_revision WHERE id = 1), 0),
       (SELECT coalesce(md5(string_agg(id::text, ',' ORDER BY id)), '')
        FROM catalog_commissionrule
        WHERE (partner_id = %(partner_id)s OR partner_id IS NULL)
          AND (starts_at IS NULL OR starts_at <= %(now)s) AND (ends_at IS NULL OR ends_at > %(now)s)),
       (SELECT coalesce(md5(string_agg(id::text, ',' ORDER BY id)), '')
        FROM catalog_catalogrule
        WHERE (partner_id = %(partner_id)s OR partner_id IS NULL) AND ended_at IS NULL)
"""


def stamp(*, partner_id: int) -> str:
    """Return the stamp of a partner's catalog: the supplier's offer, the partner's rules, the rates. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, {"partner_id": partner_id, "now": timezone.now()})
        row = cursor.fetchone()
    return "-".join(str(part) for part in (*row, wallets.rates_stamp()))
