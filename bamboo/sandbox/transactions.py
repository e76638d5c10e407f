"""Writes the transactions report: every movement on the accounts, with the quirks of the supplier's own report."""

import sqlite3
from datetime import date
from decimal import Decimal
from typing import Any

from bamboo.sandbox.defects import Defects, Movement
from bamboo.sandbox.money import number, rate
from bamboo.sandbox.orders import stamp
from bamboo.sandbox.reports import CLIENT_NAME, order_number, unit_price
from bamboo.sandbox.settings import Mode
from bamboo.sandbox.settlement import settle_due
from bamboo.sandbox.store import Store

Span = tuple[date, date, float, float]


def transactions(
    store: Store, span: Span, *, mode: Mode, now: float, defects: Defects, untidy: bool = False
) -> dict[str, Any]:
    """Write the movements of these days, with the balance after each; `untidy`: as badly as the contract allows."""
    with store.transaction():
        settle_due(store, now=now)
    moved = defects.applied(_movements(store, mode), now=now)
    rows = [_transaction(store, each) for each in moved if span[2] <= each.at < span[3]]
    clients = _untidy(rows) if untidy else [{"clientName": CLIENT_NAME, "transactions": rows}]
    return {
        "startDate": f"{span[0].isoformat()}T00:00:00",
        "endDate": f"{span[1].isoformat()}T23:59:59",
        "clients": clients,
    }


def _movements(store: Store, mode: Mode) -> list[Movement]:
    charges = store.rows(
        "select ledger.id, at, amount, balance_after, ledger.currency, order_id, request_id, accepted_at"
        " from ledger join orders on orders.id = order_id where ledger.mode = ? order by ledger.id",
        (mode,),
    )
    others = store.rows("select * from movements where mode = ? order by id", (mode,))
    found = [
        Movement(
            id=f"{row['id']}",
            type="Order",
            at=row["at"],
            amount=Decimal(row["amount"]),
            balance=Decimal(row["balance_after"]),
            currency=row["currency"],
            request_id=row["request_id"],
            order_id=row["order_id"],
            ordered_at=row["accepted_at"],
        )
        for row in charges
    ] + [
        Movement(
            id=f"{row['id']}",
            type=row["type"],
            at=row["at"],
            amount=Decimal(row["amount"]),
            balance=Decimal(row["balance_after"]),
            currency=row["currency"],
            comment=row["comment"],
        )
        for row in others
    ]
    return sorted(found, key=lambda each: each.at)


def _untidy(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turn the order of rows round, spread them over clients, and leave out what may be left out."""
    for position, row in enumerate(rows):
        for name in ("comment", "notes", "clientName", "orderType", "xeroCreditNoteNumber", "orderItems", "productId"):
            row[name] = None
        if position % 2:
            del row["orderTotal"], row["orderTotalForSelectedProducts"], row["currencyCode"]
            row["transactionAmount"] = {"value": str(row["transactionAmount"]["value"])}
    backwards = rows[::-1]
    return [
        {"clientName": CLIENT_NAME, "transactions": backwards[::2]},
        {"clientName": "Second Client", "transactions": backwards[1::2]},
        {"clientName": None, "transactions": None},
    ]


def _transaction(store: Store, moved: Movement) -> dict[str, Any]:
    lines = store.rows("select * from lines where order_id = ? order by position", (moved.order_id,))
    amount = {"value": number(moved.amount), "currencyCode": moved.currency}
    return {
        "orderId": moved.order_id,
        "requestId": moved.request_id,
        "productId": lines[0]["product_id"] if lines else None,
        "orderNumber": None if moved.order_id is None else order_number(moved.order_id),
        "orderTotal": amount,
        "orderTotalForSelectedProducts": amount,
        "currencyCode": None,
        "orderDate": stamp(moved.at if moved.ordered_at is None else moved.ordered_at),
        # The space at the end is the supplier's.
        "transactionId": f"{moved.id} ",
        "transactionType": moved.type,
        "comment": moved.comment,
        "notes": None,
        "availableBalance": {"value": number(moved.balance), "currencyCode": moved.currency},
        "transactionAmount": amount,
        "transactionDate": stamp(moved.at),
        "orderItems": [_item(line, moved.currency) for line in lines],
        "clientName": None,
        "orderType": None,
        "xeroCreditNoteNumber": None,
    }


def _item(line: sqlite3.Row, currency: str) -> dict[str, Any]:
    price = {"value": number(unit_price(line)), "currencyCode": currency}
    return {
        "createdDate": "0001-01-01T00:00:00",
        "productName": line["product_name"],
        "brandName": line["brand_name"],
        "brandCurrencyCode": line["face_currency"],
        "brandWithDenominationCurrency": f"{line['brand_name']} {line['face_currency']}",
        "denomination": {"value": number(Decimal(line["face_value"])), "currencyCode": line["face_currency"]},
        "clientDiscountType": "Percentage",
        "clientDiscountValue": 0,
        "clientTransactionFeeType": None,
        "clientTransactionFeeValue": 0,
        "clientPrice": price,
        "estimatedPrice": price,
        "quantity": line["quantity"],
        "clientTotal": number(unit_price(line) * line["quantity"]),
        "clientExchangeRate": {
            "fromCurrency": currency,
            "toCurrency": line["face_currency"],
            "exchangeRate": 0 if currency == line["face_currency"] else number(rate(currency, line["face_currency"])),
        },
    }
