"""Fairness over partners: start-time fair queueing with one number, the turn.

A line's turn is its partner's turn, but never behind the account's clock; the partner's turn then moves on by
the line's cards divided by the partner's weight. Buying in order of turns serves partners round robin by
cards, however many orders or keys each has. Turns are given by claims, never while an order is placed.
"""

from django.db import connection
from django_subatomic.db import transaction_required

from bamboo.models import Account

# More than this are waiting: the next claim goes on.
LINES_A_CLAIM = 1000

_GIVE = """
WITH fresh AS (
    SELECT id, partner_id, quantity, queued_at FROM orders_orderitem
    WHERE account_id = %(account)s AND status = 'waiting' AND turn IS NULL
    ORDER BY queued_at LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
), started AS (
    SELECT partner.id AS partner_id, greatest(coalesce(stored.turn, 0), %(clock)s) AS turn,
           partner.weight::float AS weight
    FROM partners_partner partner
    LEFT JOIN orders_partnerturn stored ON stored.partner_id = partner.id AND stored.account_id = %(account)s
    WHERE partner.id IN (SELECT partner_id FROM fresh)
), given AS (
    SELECT fresh.id, started.partner_id, fresh.quantity,
           started.turn + (sum(fresh.quantity) OVER earlier - fresh.quantity) / started.weight AS turn,
           started.turn + sum(fresh.quantity) OVER earlier / started.weight AS next_turn
    FROM fresh JOIN started USING (partner_id)
    WINDOW earlier AS (PARTITION BY fresh.partner_id ORDER BY fresh.queued_at, fresh.id)
), moved AS (
    INSERT INTO orders_partnerturn (account_id, partner_id, turn)
    SELECT %(account)s, partner_id, max(next_turn) FROM given GROUP BY partner_id
    ON CONFLICT (account_id, partner_id) DO UPDATE SET turn = excluded.turn
)
UPDATE orders_orderitem AS line SET turn = given.turn FROM given WHERE line.id = given.id
"""


@transaction_required
def give(account: Account) -> None:
    """Give a turn to the oldest lines of a locked account that have none."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, {"account": account.pk, "clock": account.clock, "limit": LINES_A_CLAIM})
