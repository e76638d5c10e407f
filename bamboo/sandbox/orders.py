"""Shows an order as it is at a moment: its plan, read against the clock."""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bamboo.sandbox.lifecycle import Script
from bamboo.sandbox.money import four_decimals, number
from bamboo.sandbox.settings import Mode
from bamboo.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class Moment:
    """An order with its lines and cards, looked at so many milliseconds after it was accepted."""

    order: sqlite3.Row
    script: Script
    lines: Sequence[sqlite3.Row]
    cards: Sequence[sqlite3.Row]
    elapsed_ms: float

    @property
    def status(self) -> str:
        """The order's status now."""
        paused = any(card_status(card, self.elapsed_ms) == "Paused" for card in self.cards)
        return self.script.status(self.elapsed_ms, paused=paused)

    @property
    def total(self) -> Decimal:
        """What has been charged until now: sold cards only."""
        total = Decimal(0)
        for line in self.lines:
            sold = sum(is_sold(card, self.elapsed_ms) for card in self.cards if card["line"] == line["position"])
            total += four_decimals(Decimal(line["unit_cost"]) * sold)
        return four_decimals(total * (100 + self.script.surcharge_percent) / 100)

    @property
    def sold(self) -> int:
        """How many cards are sold now."""
        return sum(is_sold(card, self.elapsed_ms) for card in self.cards)


def moment_of(store: Store, order: sqlite3.Row, *, now: float) -> Moment:
    """Look at an order."""
    return Moment(
        order=order,
        script=Script(**json.loads(order["script"])),
        lines=store.rows("select * from lines where order_id = ? order by position", (order["id"],)),
        cards=store.rows("select * from cards where order_id = ? order by id", (order["id"],)),
        elapsed_ms=(now - float(order["accepted_at"])) * 1000,
    )


def find(store: Store, mode: Mode, reference: str) -> sqlite3.Row | None:
    """Find an order by its RequestId, or by the supplier's number."""
    if reference.isascii() and reference.isdigit():
        return store.row("select * from orders where mode = ? and id = ?", (mode, int(reference[:18])))
    try:
        request_id = uuid.UUID(reference)
    except ValueError:
        return None
    return store.row("select * from orders where mode = ? and request_id = ?", (mode, str(request_id)))


def is_sold(card: sqlite3.Row, elapsed_ms: float) -> bool:
    """Tell whether a card is delivered and charged."""
    return card["sold_ms"] is not None and elapsed_ms >= card["sold_ms"]


def card_status(card: sqlite3.Row, elapsed_ms: float) -> str:
    """Tell a card's status."""
    if is_sold(card, elapsed_ms):
        return "Sold"
    if card["failed_ms"] is not None and elapsed_ms >= card["failed_ms"]:
        return "Failed"
    if card["paused_until_ms"] is not None and elapsed_ms < card["paused_until_ms"]:
        return "Paused"
    return "Processing"


def shown(moment: Moment) -> dict[str, Any]:
    """Write an order as the supplier does."""
    order, status = moment.order, moment.status
    failed = sum(card_status(card, moment.elapsed_ms) == "Failed" for card in moment.cards)
    message = f"{failed} of {len(moment.cards)} cards could not be purchased" if failed else None
    return {
        "orderId": order["id"],
        "requestId": order["request_id"],
        "items": [_item(moment, line, status) for line in moment.lines],
        "status": status,
        "createdDate": stamp(order["accepted_at"]),
        "total": number(moment.total),
        "errorMessage": message,
        "orderType": "Sandbox" if order["mode"] == Mode.SANDBOX else "Live",
        "currency": order["currency"],
    }


def _item(moment: Moment, line: sqlite3.Row, order_status: str) -> dict[str, Any]:
    cards = [card for card in moment.cards if card["line"] == line["position"]]
    if order_status == "Created":
        cards = []
    if not moment.script.list_failed:
        cards = [card for card in cards if card_status(card, moment.elapsed_ms) != "Failed"]
    return {
        "brandCode": None,
        "productId": line["product_id"],
        "productFaceValue": number(Decimal(line["face_value"])),
        "quantity": line["quantity"],
        "pictureUrl": None,
        "countryCode": line["country"],
        "currencyCode": line["face_currency"],
        "status": order_status if order_status in _ITEM_STATUSES else "Created",
        "cards": [_card(card, moment.elapsed_ms) for card in cards],
    }


_ITEM_STATUSES = frozenset({"Created", "Succeeded", "PartialFailed", "Failed"})


def _card(card: sqlite3.Row, elapsed_ms: float) -> dict[str, Any]:
    sold = is_sold(card, elapsed_ms)
    readable = sold and elapsed_ms >= card["code_ms"]
    return {
        "id": card["id"],
        "serialNumber": card["serial"] if sold else None,
        "cardCode": card["code"] if readable else None,
        "pin": card["pin"] if readable else None,
        "expirationDate": card["expires_at"] if sold else None,
        "status": card_status(card, elapsed_ms),
    }


def stamp(seconds: float) -> str:
    """Write a time as the supplier does: seven decimals, no zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "7"
