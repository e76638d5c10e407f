"""Writes what is about money: accounts, exchange rates and the order report."""

import sqlite3
from datetime import date
from decimal import Decimal
from typing import Any

from bamboo.sandbox.checkout import reserved_amount
from bamboo.sandbox.errors import Unbound
from bamboo.sandbox.money import PER_DOLLAR, TWO, number, rate
from bamboo.sandbox.orders import moment_of, stamp
from bamboo.sandbox.settings import Mode, SandboxSettings
from bamboo.sandbox.settlement import settle_due
from bamboo.sandbox.store import Store

Span = tuple[date, date, float, float]

CLIENT_NAME = "Demo Client"


def accounts(store: Store, *, mode: Mode, settings: SandboxSettings, now: float) -> dict[str, Any]:
    """Write the accounts of one world, after what is due has been charged."""
    with store.transaction():
        settle_due(store, now=now)
        rows = store.rows("select * from accounts where mode = ? order by id", (mode,))
        return {"accounts": [_account(store, row, settings) for row in rows]}


def _account(store: Store, row: sqlite3.Row, settings: SandboxSettings) -> dict[str, Any]:
    balance = Decimal(row["balance"])
    if not settings.balance_includes_reserved:
        balance -= reserved_amount(store, int(row["id"]))
    return {
        "id": row["id"],
        "currency": row["currency"],
        "balance": number(balance),
        "isActive": bool(row["is_active"]),
        "sandboxMode": row["mode"] == Mode.SANDBOX,
    }


def exchange_rates(base: str, currency: str) -> dict[str, Any]:
    """Write the rates of a base currency, or the one rate that is asked for."""
    if unknown := {base, currency or base} - set(PER_DOLLAR):
        raise Unbound("currency", f"Unknown currency {unknown.pop()}.")
    wanted = [currency] if currency else [each for each in PER_DOLLAR if each != base]
    return {
        "baseCurrencyCode": base,
        "rates": [{"currencyCode": each, "value": number(rate(base, each))} for each in wanted],
    }


def orders(store: Store, span: Span, *, mode: Mode, now: float) -> list[dict[str, Any]]:
    """Write a row for each line of each order that was accepted on these days."""
    rows = store.rows(
        "select * from orders where mode = ? and accepted_at >= ? and accepted_at < ? order by id",
        (mode, span[2], span[3]),
    )
    return [row for order in rows for row in _order_rows(store, order, now)]


def _order_rows(store: Store, order: sqlite3.Row, now: float) -> list[dict[str, Any]]:
    moment = moment_of(store, order, now=now)
    return [
        {
            "clientName": CLIENT_NAME,
            "orderNumber": order_number(order["id"]),
            "orderDate": stamp(order["accepted_at"])[:10] + "T00:00:00",
            "clientReferenceNumber": order["request_id"],
            "channel": "Sandbox" if order["mode"] == Mode.SANDBOX else "Live",
            "productName": line["product_name"],
            "denomination": f"{line['face_currency']} {line['face_value']}",
            "quantity": line["quantity"],
            "unitPrice": number(unit_price(line)),
            "subTotal": number(unit_price(line) * line["quantity"]),
            "total": number(moment.total),
            "accountCurrency": order["currency"],
            "status": moment.status,
        }
        for line in moment.lines
    ]


def unit_price(line: sqlite3.Row) -> Decimal:
    """Return a unit price as reports show it; the charge itself is made with four decimals."""
    return Decimal(line["unit_cost"]).quantize(TWO)


def order_number(order_id: int) -> str:
    """Return the number that people see."""
    return f"O-{order_id:08d}"
