"""Other readings of the contract: how else the supplier might write what the imitation shows."""

from typing import Any

from flask import Response

from bamboo.sandbox.errors import Refusal, problem
from bamboo.sandbox.settings import CardIds, SandboxSettings, UnknownOrder
from bamboo.sandbox.writing import json_answer

_NO_ORDER = {"orderId": 0, "requestId": "00000000-0000-0000-0000-000000000000", "items": [], "status": "Created"}
_BODIES: dict[UnknownOrder, tuple[int, object]] = {
    UnknownOrder.NULL: (200, None),
    UnknownOrder.OBJECT: (200, {}),
    UnknownOrder.LIST: (200, []),
    UnknownOrder.TEXT: (200, ""),
    UnknownOrder.ZEROS: (200, _NO_ORDER),
    UnknownOrder.GONE: (410, {"message": "Gone"}),
    UnknownOrder.TITLE: (400, problem(400, "Bad Request")),
    UnknownOrder.SENTENCE: (400, {"message": "There is no such order"}),
    UnknownOrder.UNREADABLE: (400, {"message": "What do you mean?"}),
    UnknownOrder.SERVER_ERROR: (500, {"message": "Object reference not set to an instance of an object."}),
}


def no_such_order(settings: SandboxSettings) -> Response:
    """Say that there is no such order, in the way that is switched on.

    Raises:
        Refusal: in the usual way.

    """
    match settings.unknown_order:
        case UnknownOrder.REFUSAL:
            raise Refusal("OrderNotFound", status=settings.unknown_order_status)
        case UnknownOrder.NO_CONTENT:
            return Response(status=204)
        case UnknownOrder.EMPTY:
            return Response(b"", 200, mimetype="application/json")
        case UnknownOrder.EMPTY_REFUSAL:
            return Response(b"", 400)
        case style:
            status, body = _BODIES[style]
            return json_answer(body, status)


def order_answer(shown: dict[str, Any], settings: SandboxSettings) -> dict[str, Any]:
    """Write an order as it is shown, or as loosely as the contract lets it."""
    number_cards(shown, settings.card_ids)
    if not settings.untidy:
        return shown
    shown["requestId"] = shown["requestId"].upper()
    shown["status"] = shown["status"].lower()
    for item in shown["items"]:
        item["faceValue"] = {"value": item.pop("productFaceValue"), "currencyCode": item["currencyCode"]}
        for card in item["cards"]:
            card["status"] = card["status"].upper()
            card["expirationDate"] = "0001-01-01T00:00:00"
    loose: dict[str, Any] = loosened(shown)
    return loose


def number_cards(shown: dict[str, Any], ids: CardIds) -> None:
    """Leave the cards' own ids, take them away, or give all of them the same one."""
    if ids is not CardIds.OWN:
        for item in shown["items"]:
            for card in item["cards"]:
                card["id"] = None if ids is CardIds.NONE else 1


def accounts_answer(shown: dict[str, Any], settings: SandboxSettings) -> object:
    """Write the accounts as usual, or without an envelope, without flags, and with a broken row among them."""
    if not settings.untidy:
        return shown
    rows = [{key: row[key] for key in ("id", "currency", "balance")} for row in shown["accounts"] if row["isActive"]]
    return loosened([*rows, {"id": None}])


def loosened(value: Any) -> Any:
    """Write keys in PascalCase and numbers as texts."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: loosened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [loosened(each) for each in value]
    return value if value is None or isinstance(value, bool) else str(value)
