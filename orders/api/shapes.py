"""How orders look in JSON: plain functions that write them, and serializers that describe the same fields."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from orders.models import Order, OrderItem, OrderType
from orders.queries import RevealedCard
from orders.services.placement import Estimate
from orders.states import LineStatus, OrderStatus
from steller.money import SMALLEST, display


class LineBody(serializers.Serializer[Any]):
    """A line to order: so many cards of one product at one face value."""

    product_id = serializers.IntegerField()
    face_value = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=SMALLEST)
    quantity = serializers.IntegerField(min_value=1, max_value=500)


class EstimateRequest(serializers.Serializer[Any]):
    """What to price."""

    currency = serializers.RegexField(r"^[A-Z]{3}$", help_text="Of the wallet that would pay.")
    items = serializers.ListField(
        child=LineBody(), min_length=1, max_length=100, help_text="1 to 100 lines, at most 5,000 cards."
    )
    wallet_id = serializers.IntegerField(required=False, allow_null=True)


class PlaceRequest(EstimateRequest):
    """What to order. The same `request_id` with the same body is the same order, however often it is sent."""

    request_id = serializers.UUIDField(help_text="Yours: keep it before you send it.")
    expected_total = serializers.DecimalField(
        max_digits=18,
        decimal_places=4,
        min_value=SMALLEST,
        required=False,
        allow_null=True,
        help_text="Refuse the order above it.",
    )
    reference = serializers.RegexField(
        r"^[^\x00-\x1F\x7F]*$",
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=100,
        help_text="A text of yours; printable.",
    )
    wait_seconds = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=30, help_text="Wait so long for the cards."
    )


class OrderLine(serializers.Serializer[Any]):
    """A line of an order."""

    id = serializers.UUIDField()
    product_id = serializers.IntegerField()
    product_name = serializers.CharField()
    brand_code = serializers.CharField(help_text="The supplier's name for the brand.")
    country = serializers.CharField(help_text="Where the card is good: two letters, or GLC for everywhere.")
    picture_url = serializers.CharField(help_text="The brand's logo; may be empty.")
    face_value = serializers.CharField()
    face_value_currency = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.CharField()
    sale_amount = serializers.CharField()
    delivered = serializers.IntegerField()
    captured_amount = serializers.CharField()
    released_amount = serializers.CharField()
    status = serializers.ChoiceField(choices=LineStatus.choices)
    error = serializers.CharField(allow_null=True)


class OrderBody(serializers.Serializer[Any]):
    """An order with its lines; amounts are strings in the order's currency."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    request_id = serializers.UUIDField()
    reference = serializers.CharField()
    mode = serializers.ChoiceField(choices=["live", "test"])
    type = serializers.ChoiceField(choices=OrderType.choices, help_text="Where it was placed.")
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    currency = serializers.CharField()
    wallet_id = serializers.IntegerField()
    sale_total = serializers.CharField()
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    items = OrderLine(many=True)


class PricePartsBody(serializers.Serializer[Any]):
    """How a price came about."""

    face_value = serializers.CharField()
    commission = serializers.CharField(help_text="Such as +2.5%.")
    rate = serializers.CharField(help_text="From the face value's currency to the wallet's.")
    rate_read_at = serializers.DateTimeField(required=False, help_text="Left out where both are the same.")
    price_by_rule = serializers.CharField(help_text="The exact price by your commission.")
    is_raised = serializers.BooleanField(
        help_text="Whether that lay below our cost, so that the price was raised to it."
    )
    unit_price = serializers.CharField()


class EstimatedLine(LineBody):
    """A line with its price now."""

    unit_price = serializers.CharField()
    sale_amount = serializers.CharField()
    parts = PricePartsBody()


class EstimateBody(serializers.Serializer[Any]):
    """What an order would cost now."""

    currency = serializers.CharField()
    total = serializers.CharField()
    items = EstimatedLine(many=True)


class CardBody(serializers.Serializer[Any]):
    """A card; its code and pin are opaque text."""

    id = serializers.UUIDField(help_text="Name it to our support when the card is bad.")
    item_id = serializers.UUIDField()
    serial_number = serializers.CharField()
    card_code = serializers.CharField()
    pin = serializers.CharField(help_text="Empty when the card has none.")
    expires_at = serializers.DateTimeField(allow_null=True)


class CardList(serializers.Serializer[Any]):
    """The cards of the lines that are settled by now."""

    results = CardBody(many=True)


class CancelBody(serializers.Serializer[Any]):
    """Why an order is cancelled."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300)


class OrderFilters(serializers.Serializer[Any]):
    """Which orders to list."""

    status = serializers.ChoiceField(choices=OrderStatus.choices, required=False)
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)
    search = serializers.CharField(
        required=False, max_length=100, help_text="An id, a request id, a number, or part of a reference."
    )


def order_body(order: Order, items: Sequence[OrderItem] | None = None) -> dict[str, object]:
    """Write an order with its lines, those given or else its own."""
    lines = order.items.all() if items is None else items
    return {
        "id": order.id,
        "number": order.number,
        "request_id": order.request_id,
        "reference": order.reference,
        "mode": order.mode,
        "type": order.type,
        "status": order.status,
        "currency": order.currency,
        "wallet_id": order.wallet_id,
        "sale_total": display(order.sale_total),
        "created_at": order.created_at,
        "settled_at": order.settled_at,
        "error": order.error or None,
        "items": [_line(line) for line in lines],
    }


def _line(line: OrderItem) -> dict[str, object]:
    return {
        "id": line.id,
        "product_id": line.product_id,
        "product_name": line.product_name,
        "brand_code": line.brand_code,
        "country": line.country,
        "picture_url": line.picture_url,
        "face_value": display(line.face_value),
        "face_value_currency": line.currency,
        "quantity": line.quantity,
        "unit_price": display(line.unit_price),
        "sale_amount": display(line.sale_amount),
        "delivered": line.delivered,
        "captured_amount": display(line.captured_amount),
        "released_amount": display(line.released_amount),
        "status": line.status,
        "error": line.error or None,
    }


def estimate_body(estimate: Estimate) -> dict[str, object]:
    """Write an estimate."""
    return {
        "currency": estimate.currency,
        "total": display(estimate.total),
        "items": [
            {
                "product_id": line.product_id,
                "face_value": display(line.face_value),
                "quantity": line.quantity,
                "unit_price": display(line.unit_price),
                "sale_amount": display(line.sale_amount),
                "parts": {**line.shown_parts, "is_raised": line.shown_parts["is_raised"] == "true"},
            }
            for line in estimate.lines
        ],
    }


def card_body(card: RevealedCard) -> dict[str, object]:
    """Write a card."""
    return {
        "id": card.id,
        "item_id": card.item_id,
        "serial_number": card.serial_number,
        "card_code": card.code,
        "pin": card.pin,
        "expires_at": card.expires_at,
    }
