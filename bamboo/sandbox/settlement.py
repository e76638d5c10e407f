"""Charges an order once nothing about it can change any more: the balance, the ledger and its total, together.

What an operator changes of a balance is a movement too, since the report's running balance would break otherwise.

Called inside a transaction by whoever is about to look at money.
"""

import sqlite3
from decimal import Decimal

from bamboo.sandbox.orders import moment_of
from bamboo.sandbox.store import Store


def settle_due(store: Store, *, now: float) -> None:
    """Settle all orders whose time has come."""
    due = store.rows("select * from orders where settled = 0 and settle_at <= ? order by settle_at, id", (now,))
    for order in due:
        total = moment_of(store, order, now=now).total
        account = store.row("select balance from accounts where id = ?", (order["account_id"],))
        balance = (Decimal(account["balance"]) if account else Decimal(0)) - total
        store.change("update accounts set balance = ? where id = ?", (str(balance), order["account_id"]))
        # Whoever starts to listen later is not told of what happened before.
        somebody_listens = store.row("select 1 from notifications where mode = ?", (order["mode"],)) is not None
        store.change(
            "update orders set settled = 1, notified = ?, total = ? where id = ?",
            (int(not somebody_listens), str(total), order["id"]),
        )
        if total:
            store.insert(
                "insert into ledger (mode, order_id, at, amount, balance_after, currency) values (?, ?, ?, ?, ?, ?)",
                (order["mode"], order["id"], order["settle_at"], str(total), str(balance), order["currency"]),
            )


def move(store: Store, account: sqlite3.Row, *, to: Decimal, now: float) -> None:
    """Note that an operator set a balance: a top-up, or money taken out."""
    amount = to - Decimal(account["balance"])
    if amount:
        store.insert(
            "insert into movements (mode, at, type, amount, balance_after, currency, comment)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (account["mode"], now, "TopUp", str(amount), str(to), account["currency"], f"account {account['id']}"),
        )
