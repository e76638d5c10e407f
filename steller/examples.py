"""Examples in the API's description: a request and an answer for each operation that a new client begins with.

They tell one story, the one of docs/api.md; a test holds each against the shape that it is an example of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PLACED_AT, _SETTLED_AT = "2026-11-23T02:20:07.039019Z", "2026-11-23T02:20:09.114530Z"
_ORDER_ID, _LINE_ID = "c4a9e88e-3c19-4cf7-9d31-f17d004216cd", "91341c12-a03b-4e70-b01e-c22a8e2d330d"
_REQUEST_ID = "0b7c2f0e-6f0a-4a55-9a43-5a4f0a1c9a11"
_ASKED = {"product_id": 12, "face_value": "10.00", "quantity": 2}
_LINE = {
    "id": _LINE_ID,
    **_ASKED,
    "product_name": "Example 10 USD",
    "brand_code": "B-1020",
    "country": "US",
    "picture_url": "https://assets.example/1020.png",
    "face_value_currency": "USD",
    "unit_price": "10.00",
    "sale_amount": "20.00",
    "delivered": 0,
    "captured_amount": "0.00",
    "released_amount": "0.00",
    "status": "waiting",
    "error": None,
}
_PLACED = {
    "id": _ORDER_ID,
    "number": 100003,
    "request_id": _REQUEST_ID,
    "reference": "",
    "mode": "live",
    "type": "api",
    "status": "created",
    "currency": "USD",
    "wallet_id": 7,
    "sale_total": "20.00",
    "created_at": _PLACED_AT,
    "settled_at": None,
    "error": None,
    "items": [_LINE],
}
_DELIVERED = {
    **_PLACED,
    "status": "succeeded",
    "settled_at": _SETTLED_AT,
    "items": [{**_LINE, "delivered": 2, "captured_amount": "20.00", "status": "delivered"}],
}
_CARD = {
    "id": "7c0e1d52-0d2b-4b8e-8f35-0f3a1c2b9d44",
    "item_id": _LINE_ID,
    "serial_number": "0007",
    "card_code": "EXAMPLE-CODE",
    "pin": "",
    "expires_at": None,
}
_WALLET = {
    "id": 7,
    "currency": "USD",
    "type": "prepaid",
    "available": "980.00",
    "held": "20.00",
    "version": 2,
    "low_balance_threshold": "200.00",
    "is_low": False,
}
_ENTRY = {
    "id": 41,
    "version": 2,
    "kind": "hold",
    "available_delta": "-20.00",
    "held_delta": "20.00",
    "available_after": "980.00",
    "held_after": "20.00",
    "reference": f"line:{_LINE_ID}",
    "reason": "",
    "actor": "key:7",
    "created_at": _PLACED_AT,
}
_PAYMENT = {"amount": "500.00", "reference": "BANK-2026-1107", "note": "wired today"}
_TOP_UP = {
    "id": 3,
    "wallet_id": 7,
    "currency": "USD",
    **_PAYMENT,
    "status": "pending",
    "created_at": _PLACED_AT,
    "decided_at": None,
    "decision_reason": "",
}
_EVENT = {
    "id": "0d7c4a52-63a4-4d0e-9f0b-3b4b7c0f5a11",
    "number": 41,
    "type": "order.succeeded",
    "created_at": _SETTLED_AT,
    "data": {
        "order_id": _ORDER_ID,
        "number": 100003,
        "request_id": _REQUEST_ID,
        "reference": "",
        "order_type": "api",
        "placed_by": "key:7",
        "status": "succeeded",
        "currency": "USD",
        "sale_total": "20.00",
        "captured": "20.00",
        "released": "0.00",
        "delivered": 2,
    },
}
_NEW_WEBHOOK = {"url": "https://example.com/hooks", "events": ["order.succeeded", "order.failed"]}
_WEBHOOK = {
    "id": "6f1f3c1e-0b1c-4d3f-9f63-0a4d2a1f7c55",
    **_NEW_WEBHOOK,
    "description": "",
    "status": "active",
    "paused_by": None,
    "paused_at": None,
    "last_delivered": 41,
    "last_success_at": _SETTLED_AT,
    "failures": 0,
    "failing_since": None,
    "next_attempt_at": None,
    "previous_secret_until": None,
    "created_at": _PLACED_AT,
}
_WITH_SECRET = {**_WEBHOOK, "secret": "whsec_EXAMPLE"}
_PARTS = {
    "face_value": "10.00",
    "commission": "+0%",
    "rate": "1",
    "price_by_rule": "10",
    "is_raised": False,
    "unit_price": "10.00",
}


def _page(*results: Mapping[str, Any]) -> dict[str, Any]:
    return {"next": None, "previous": None, "results": list(results)}


@dataclass(frozen=True, slots=True)
class Example:
    """What is sent, if anything, and what is answered."""

    answer: Any
    request: Any = None


EXAMPLES: Mapping[str, Example] = {
    "order_place": Example(
        _PLACED, {"request_id": _REQUEST_ID, "currency": "USD", "items": [_ASKED], "expected_total": "20.00"}
    ),
    "order_list": Example(_page(_DELIVERED)),
    "order_read": Example(_DELIVERED),
    "order_cards": Example({"results": [_CARD]}),
    "order_cancel": Example(
        {**_PLACED, "status": "cancelled", "settled_at": _SETTLED_AT}, {"reason": "not needed any more"}
    ),
    "order_estimate": Example(
        {
            "currency": "USD",
            "total": "20.00",
            "items": [{**_ASKED, "unit_price": "10.00", "sale_amount": "20.00", "parts": _PARTS}],
        },
        {"currency": "USD", "items": [_ASKED]},
    ),
    "wallet_list": Example({"results": [_WALLET]}),
    "wallet_read": Example(_WALLET),
    "wallet_change": Example(_WALLET, {"low_balance_threshold": "200.00"}),
    "wallet_entries": Example(_page(_ENTRY)),
    "wallet_top_up": Example(_TOP_UP, _PAYMENT),
    "wallet_top_up_list": Example(_page(_TOP_UP)),
    "event_list": Example({"next": None, "results": [_EVENT]}),
    "webhook_list": Example(_page(_WEBHOOK)),
    "webhook_create": Example(_WITH_SECRET, _NEW_WEBHOOK),
    "webhook_read": Example(_WEBHOOK),
    "webhook_change": Example({**_WEBHOOK, "status": "paused"}, {"status": "paused"}),
    "webhook_rotate": Example(_WITH_SECRET, {"overlap_hours": 24}),
    "webhook_replay": Example({"id": 5, "after": 40, "until": 60}, {"after": 40, "until": 60}),
}
