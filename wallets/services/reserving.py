"""Money set aside and settled, once: the two moves of the order path, one statement each.

Both lock the wallet row last and for the shortest time, since everything that one partner orders queues on it.
Amounts are in the wallet's currency; references are opaque names that the caller makes unique.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db import connection
from django_subatomic.db import transaction_required

from steller import database
from steller.errors import InsufficientFundsError, InvalidRequestError
from wallets.services.amounts import check_amount, check_positive

_HOLD = """
WITH line AS (
    SELECT reference, amount, place, sum(amount) OVER (ORDER BY place) AS running
    FROM unnest(%(references)s::text[], %(amounts)s::numeric[]) WITH ORDINALITY AS t(reference, amount, place)
), wallet AS (
    UPDATE wallets_wallet
    SET available = available - %(total)s, held = held + %(total)s, version = version + %(count)s,
        updated_at = now(), updated_by = %(actor)s
    WHERE id = %(wallet_id)s AND available >= %(total)s
    RETURNING id, available + %(total)s AS available, held - %(total)s AS held, version - %(count)s AS version
), hold AS (
    INSERT INTO wallets_hold (wallet_id, reference, amount, captured, released, created_at)
    SELECT wallet.id, line.reference, line.amount, 0, 0, now() FROM wallet, line ORDER BY line.place
)
INSERT INTO wallets_walletentry (wallet_id, version, kind, available_delta, held_delta, available_after,
                                 held_after, reference, actor, reason, created_at)
SELECT wallet.id, wallet.version + line.place, 'hold', -line.amount, line.amount,
       wallet.available - line.running, wallet.held + line.running, line.reference, %(actor)s, '', now()
FROM wallet, line ORDER BY line.place
"""

_SETTLE = """
WITH wanted AS (
    SELECT * FROM unnest(%(references)s::text[], %(captured)s::numeric[]) AS t(reference, captured)
), settled AS (
    UPDATE wallets_hold AS hold
    SET captured = wanted.captured, released = hold.amount - wanted.captured, settled_at = now()
    FROM wanted WHERE hold.reference = wanted.reference AND hold.settled_at IS NULL
    RETURNING hold.wallet_id, hold.reference, hold.captured, hold.released
), move AS (
    SELECT *, row_number() OVER running AS place,
           sum(available_delta) OVER running AS available, sum(held_delta) OVER running AS held
    FROM (
        SELECT wallet_id, reference, 'capture' AS kind, 0::numeric AS available_delta, -captured AS held_delta
        FROM settled WHERE captured > 0
        UNION ALL
        SELECT wallet_id, reference, 'release', released, -released FROM settled WHERE released > 0
    ) AS moves
    WINDOW running AS (PARTITION BY wallet_id ORDER BY reference, kind ROWS UNBOUNDED PRECEDING)
), wallet AS (
    UPDATE wallets_wallet AS w
    SET available = w.available + total.available, held = w.held + total.held,
        version = w.version + total.moves, updated_at = now(), updated_by = %(actor)s
    FROM (
        SELECT wallet_id, count(*) AS moves, sum(available_delta) AS available, sum(held_delta) AS held
        FROM move GROUP BY wallet_id
    ) AS total
    WHERE w.id = total.wallet_id
    RETURNING w.id, w.available - total.available AS available, w.held - total.held AS held,
              w.version - total.moves AS version
), entry AS (
    INSERT INTO wallets_walletentry (wallet_id, version, kind, available_delta, held_delta, available_after,
                                     held_after, reference, actor, reason, created_at)
    SELECT wallet.id, wallet.version + move.place, move.kind, move.available_delta, move.held_delta,
           wallet.available + move.available, wallet.held + move.held, move.reference, %(actor)s,
           %(reason)s, now()
    FROM move JOIN wallet ON wallet.id = move.wallet_id
)
SELECT reference FROM settled
"""


@transaction_required
def hold(*, wallet_id: int, amounts: Mapping[str, Decimal], actor: str) -> None:
    """Set money aside under each reference, all or nothing; call it last in the transaction.

    Raises:
        InsufficientFundsError: the available balance does not cover the sum; nothing was changed.
        InvalidRequestError: an amount is not positive, or not one that the ledger can hold.

    """
    for amount in amounts.values():
        check_positive(amount)
    total = sum(amounts.values(), Decimal(0))
    with database.prepared_cursor() as cursor:
        cursor.execute(
            _HOLD,
            {
                "references": list(amounts),
                "amounts": list(amounts.values()),
                "count": len(amounts),
                "total": total,
                "wallet_id": wallet_id,
                "actor": actor,
            },
        )
        if cursor.rowcount != len(amounts):
            raise InsufficientFundsError(f"The order costs {total}; the wallet's available balance is lower.")


@transaction_required
def settle(*, captured: Mapping[str, Decimal], actor: str, reason: str = "") -> frozenset[str]:
    """Settle holds: keep `captured` of each, give the rest back; call it last in the transaction.

    The only way out of a hold, and it happens once: a reference that somebody else has settled is passed over.
    Returns the references that this call settled.

    Raises:
        InvalidRequestError: an amount is negative, or not one that the ledger can hold.

    """
    for amount in captured.values():
        check_amount(amount)
        if amount < 0:
            raise InvalidRequestError("No less than nothing is captured.")
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "references": list(captured),
                "captured": list(captured.values()),
                "actor": actor,
                "reason": reason,
            },
        )
        return frozenset(row[0] for row in cursor.fetchall())
