"""A partner's view of the demo: the products, an order, its cards, over HTTP as any client would."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

FINAL = {"succeeded", "partially_failed", "failed", "cancelled"}
_LINES = 2
_USUAL_FACE_VALUE = Decimal(10)


class ShopError(RuntimeError):
    """An answer that the demo cannot go on with; the message holds it."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The API at an address, as seen with one API key."""

    address: str
    api_key: str

    def products(self) -> list[dict[str, Any]]:
        """Return the first products that are in stock, priced and sold in dollars, cheapest first."""
        found = self._call("GET", "/api/product?page_size=200")["results"]
        for_sale = [each for each in found if each["in_stock"] and each["price"] and each["currency"] == "USD"]
        if not for_sale:
            raise ShopError(f"None of {len(found)} products is in stock, priced and in USD")
        return sorted(for_sale, key=lambda each: Decimal(each["price"]["min"]))

    def usable_funds(self) -> Decimal | None:
        """Return the dollars that this key can spend, or None when the key opens nothing."""
        answer = self._send("GET", "/api/wallet")
        if not answer.ok:
            return None
        wallets = answer.json()["results"]
        return sum((Decimal(each["available"]) for each in wallets if each["currency"] == "USD"), Decimal(0))

    def place_order(self, products: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Order two cards of the first product and one of the second."""
        lines = [
            {"product_id": each["id"], "face_value": face_value(each), "quantity": quantity}
            for each, quantity in zip(products[:_LINES], (2, 1), strict=False)
        ]
        body = {"request_id": str(uuid.uuid4()), "currency": "USD", "items": lines}
        return self._call("POST", "/api/order", body)

    def wait_for(self, order_id: str, *, seconds: float) -> dict[str, Any]:
        """Return the order when it is final, or as it is when the time is over."""
        give_up_at = time.monotonic() + seconds
        while True:
            order = self._call("GET", f"/api/order/{order_id}")
            if order["status"] in FINAL or time.monotonic() > give_up_at:
                return order
            time.sleep(0.1)

    def cards(self, order_id: str) -> list[dict[str, Any]]:
        """Return the cards of an order with their codes."""
        cards: list[dict[str, Any]] = self._call("GET", f"/api/order/{order_id}/cards")["results"]
        return cards

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = self._send(method, path, body)
        if not answer.ok:
            raise ShopError(f"{method} {path} was answered with {answer.status_code}: {answer.text[:1000]}")
        content: dict[str, Any] = answer.json()
        return content

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        headers = {"X-Api-Key": self.api_key, "Accept": "application/json; version=1"}
        return requests.request(method, self.address + path, json=body, headers=headers, timeout=30)


def face_value(product: Mapping[str, Any]) -> str:
    """Return the face value to order: ten, or what comes nearest."""
    nearest = max(Decimal(product["min_face_value"]), min(_USUAL_FACE_VALUE, Decimal(product["max_face_value"])))
    return str(nearest)
