"""The ledger's invariants, each as one query over the data that returns what breaks it.

They compare the four places that tell of money: wallets with their entries, holds with theirs, order lines with their
holds and cards, and the ledger with its seals outside the database. Each reads its tables once, so the time grows with
them and no faster.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django_subatomic.db import transaction

from wallets import queries as wallets

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """How many rows break an invariant, and the first of them."""

    name: str
    broken: int
    examples: tuple[str, ...]


# Name: rows that break the invariant, each as one text that names the row.
_CHECKS = {
    "wallets_that_differ_from_their_entries": """
        SELECT 'wallet:' || w.id FROM wallets_wallet w
        LEFT JOIN (SELECT wallet_id, sum(available_delta) AS available, sum(held_delta) AS held, count(*) AS entries
                   FROM wallets_walletentry GROUP BY wallet_id) e ON e.wallet_id = w.id
        WHERE w.available <> coalesce(e.available, 0) OR w.held <> coalesce(e.held, 0)
           OR w.version <> coalesce(e.entries, 0)
    """,
    "wallets_below_zero": "SELECT 'wallet:' || id FROM wallets_wallet WHERE available < 0 OR held < 0",
    "entries_out_of_sequence": """
        SELECT 'wallet:' || wallet_id || ' version:' || version FROM (
            SELECT wallet_id, version, available_delta, held_delta, available_after, held_after,
                   row_number() OVER moves AS place,
                   lag(available_after, 1, 0.0) OVER moves AS available_before,
                   lag(held_after, 1, 0.0) OVER moves AS held_before
            FROM wallets_walletentry WINDOW moves AS (PARTITION BY wallet_id ORDER BY version)
        ) e
        WHERE version <> place OR available_after <> available_before + available_delta
           OR held_after <> held_before + held_delta
    """,
    "wallets_that_differ_from_their_open_holds": """
        SELECT 'wallet:' || w.id FROM wallets_wallet w
        LEFT JOIN (SELECT wallet_id, sum(amount) AS amount FROM wallets_hold WHERE settled_at IS NULL
                   GROUP BY wallet_id) h ON h.wallet_id = w.id
        WHERE w.held <> coalesce(h.amount, 0)
    """,
    "holds_that_differ_from_their_entries": """
        SELECT 'hold:' || h.reference FROM wallets_hold h
        LEFT JOIN (SELECT wallet_id, reference,
                          sum(held_delta) FILTER (WHERE kind = 'hold') AS held,
                          -sum(held_delta) FILTER (WHERE kind = 'capture') AS captured,
                          sum(available_delta) FILTER (WHERE kind = 'release') AS released
                   FROM wallets_walletentry WHERE kind IN ('hold', 'capture', 'release')
                   GROUP BY wallet_id, reference) e ON e.wallet_id = h.wallet_id AND e.reference = h.reference
        WHERE h.amount <> coalesce(e.held, 0) OR h.captured <> coalesce(e.captured, 0)
           OR h.released <> coalesce(e.released, 0)
           OR (h.settled_at IS NOT NULL AND h.captured + h.released <> h.amount)
    """,
    "entries_without_a_hold": """
        SELECT 'wallet:' || e.wallet_id || ' version:' || e.version FROM wallets_walletentry e
        LEFT JOIN wallets_hold h ON h.wallet_id = e.wallet_id AND h.reference = e.reference
        WHERE e.kind IN ('hold', 'capture', 'release') AND h.id IS NULL
    """,
    "refunds_above_what_was_captured": """
        SELECT 'hold:' || h.reference FROM wallets_hold h
        JOIN (SELECT wallet_id, substring(reference FROM '^(.*)#') AS reference, sum(available_delta) AS amount
              FROM wallets_walletentry WHERE kind = 'refund' GROUP BY 1, 2) e
          ON e.wallet_id = h.wallet_id AND e.reference = h.reference
        WHERE e.amount > h.captured
    """,
    "requests_that_differ_from_their_entries": """
        SELECT r.kind || ':' || r.id FROM (
            SELECT 'top_up' AS kind, id, wallet_id, reference, amount, status FROM wallets_topup
            UNION ALL SELECT 'adjustment', id, wallet_id, reference, amount, status FROM wallets_adjustment
        ) r
        LEFT JOIN wallets_walletentry e
               ON e.wallet_id = r.wallet_id AND e.kind = r.kind AND e.reference = r.reference
        WHERE (r.status = 'approved') <> (e.id IS NOT NULL) OR e.available_delta <> r.amount
    """,
    "lines_that_differ_from_their_holds": """
        SELECT 'line:' || line.id FROM orders_orderitem line
        JOIN orders_order o ON o.id = line.order_id
        LEFT JOIN wallets_hold h ON h.reference = 'line:' || line.id AND h.wallet_id = o.wallet_id
        WHERE h.id IS NULL OR h.amount <> line.sale_amount OR h.captured <> line.captured_amount
           OR h.released <> line.released_amount OR (h.settled_at IS NULL) <> (line.settled_at IS NULL)
    """,
    "holds_without_a_line": """
        SELECT 'hold:' || h.reference FROM wallets_hold h
        LEFT JOIN orders_orderitem line ON h.reference = 'line:' || line.id
        WHERE h.reference LIKE 'line:%%' AND line.id IS NULL
    """,
    "lines_that_differ_from_their_cards": """
        SELECT 'line:' || line.id FROM orders_orderitem line
        LEFT JOIN (SELECT item_id, count(*) AS cards FROM orders_card WHERE item_id IS NOT NULL GROUP BY item_id) c
               ON c.item_id = line.id
        WHERE line.delivered <> coalesce(c.cards, 0)
           OR (line.settled_at IS NOT NULL AND line.captured_amount <> line.unit_price * coalesce(c.cards, 0))
    """,
    "orders_that_differ_from_their_lines": """
        SELECT 'order:' || o.id FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(sale_amount) AS amount, bool_and(settled_at IS NOT NULL) AS settled
                   FROM orders_orderitem GROUP BY order_id) line ON line.order_id = o.id
        WHERE o.sale_total <> coalesce(line.amount, 0) OR (o.settled_at IS NOT NULL) <> coalesce(line.settled, false)
    """,
    "codes_shown_twice": """
        SELECT 'card:' || min(id::text) FROM orders_card WHERE NOT is_duplicate AND item_id IS NOT NULL
        GROUP BY code_index HAVING count(*) > 1
    """,
    "purchases_that_cost_more_than_their_lines_show": """
        SELECT 'purchase:' || p.id FROM orders_purchase p
        JOIN (SELECT purchase_id, sum(supplier_amount) AS amount, sum(delivered) AS delivered
              FROM orders_orderitem GROUP BY purchase_id) line ON line.purchase_id = p.id
        WHERE p.status = 'settled' AND p.total IS NOT NULL AND line.delivered > 0 AND p.total <> line.amount
    """,
}
_FIGURES = {
    "wallets": "SELECT count(*) FROM wallets_wallet",
    "entries": "SELECT count(*) FROM wallets_walletentry",
    "pending_requests": """
        SELECT (SELECT count(*) FROM wallets_topup WHERE status = 'pending')
             + (SELECT count(*) FROM wallets_adjustment WHERE status = 'pending')
    """,
    "open_holds": "SELECT count(*) FROM wallets_hold WHERE settled_at IS NULL",
    "order_lines": "SELECT count(*) FROM orders_orderitem",
    "cards": "SELECT count(*) FROM orders_card",
}


def findings() -> list[Finding]:
    """Check every invariant against the data."""
    seals = wallets.verify_seals()
    return [
        *(_check(name, statement) for name, statement in _CHECKS.items()),
        _found("seals_that_we_did_not_sign", seals.forged),
        _found("seals_that_do_not_follow_the_earlier", seals.torn),
        _found("entries_that_differ_from_their_seals", seals.changed),
    ]


def figures() -> dict[str, int]:
    """Count what is checked; nights that were sealed are files."""
    counts = {}
    with connection.cursor() as cursor:
        for name, statement in _FIGURES.items():
            cursor.execute(statement)
            row = cursor.fetchone()
            counts[name] = int(row[0])
    return {**counts, "sealed_nights": wallets.sealed_nights()}


def _found(name: str, subjects: Sequence[str]) -> Finding:
    return Finding(name, len(subjects), tuple(subjects[:_SHOWN]))


def _check(name: str, statement: str) -> Finding:
    with _whole_tables(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), (array_agg(subject))[1:%s] FROM ({statement}) AS broken(subject)", [_SHOWN])
        count, examples = cursor.fetchone()
    return Finding(name, count, tuple(examples or ()))


@contextmanager
def _whole_tables() -> Iterator[None]:
    """Keep the planner from comparing each row with each: it does when its statistics know a table as small still."""
    with transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
