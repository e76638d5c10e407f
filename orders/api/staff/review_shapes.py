"""How the review list and its decisions look in JSON."""

from typing import Any

from rest_framework import serializers

from orders.api.staff.order_shapes import OrderPartner
from orders.api.staff.purchase_shapes import MaskedCard, PurchaseBody, masked_card, purchase_body
from orders.models import Card, OrderItem
from orders.queries import Pile, Review
from orders.states import LineStatus
from steller.money import display


class PileBody(serializers.Serializer[Any]):
    """How many of a kind wait, and since when the oldest does."""

    count = serializers.IntegerField()
    oldest_at = serializers.DateTimeField(allow_null=True)


class ReviewBody(serializers.Serializer[Any]):
    """The review list in figures."""

    purchases = PileBody()
    lines_on_hold = PileBody()
    surplus_cards = PileBody()
    duplicate_cards = PileBody()


class PurchaseToReview(PurchaseBody):
    """A purchase to review, and how many lines wait for it."""

    lines = serializers.IntegerField()


class LineOnHold(serializers.Serializer[Any]):
    """A line on hold."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    order_number = serializers.IntegerField()
    partner = OrderPartner()
    product_id = serializers.IntegerField()
    product_name = serializers.CharField()
    face_value = serializers.CharField()
    face_value_currency = serializers.CharField()
    quantity = serializers.IntegerField()
    sale_amount = serializers.CharField()
    currency = serializers.CharField()
    break_even_cost = serializers.CharField()
    supplier_currency = serializers.CharField()
    on_hold_reason = serializers.CharField()
    queued_at = serializers.DateTimeField()


class CardWithoutLine(MaskedCard):
    """A card that no line has."""

    supplier_request_id = serializers.UUIDField()
    supplier_order_id = serializers.IntegerField(allow_null=True)


class CardFilters(serializers.Serializer[Any]):
    """Which cards to list."""

    kind = serializers.ChoiceField(choices=["surplus", "duplicate"], default="surplus")


class NotBoughtBody(serializers.Serializer[Any]):
    """What becomes of the lines of a purchase that was never bought."""

    lines = serializers.ChoiceField(choices=["wait", "fail"])
    reason = serializers.CharField(max_length=300, help_text="The evidence, such as the supplier's ticket.")


class CardsBody(serializers.Serializer[Any]):
    """Which cards, and why."""

    card_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    reason = serializers.CharField(max_length=300)


class RefundRequest(serializers.Serializer[Any]):
    """How much to refund; without an amount, what is left of the card's price."""

    request_id = serializers.UUIDField()
    amount = serializers.DecimalField(max_digits=18, decimal_places=4, required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300)


class DecidedLine(serializers.Serializer[Any]):
    """A line after a decision."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=LineStatus.choices)
    delivered = serializers.IntegerField()
    captured_amount = serializers.CharField()
    released_amount = serializers.CharField()


class WrittenOff(serializers.Serializer[Any]):
    """How many cards were written off now."""

    written_off = serializers.IntegerField()


def review_body(review: Review) -> dict[str, object]:
    """Write the list in figures."""
    return {
        "purchases": _pile(review.purchases),
        "lines_on_hold": _pile(review.lines_on_hold),
        "surplus_cards": _pile(review.surplus_cards),
        "duplicate_cards": _pile(review.duplicate_cards),
    }


def purchase_to_review_body(purchase: Any) -> dict[str, object]:
    """Write a purchase of `queries.purchases_to_review`."""
    return {**purchase_body(purchase), "lines": purchase.line_count}


def line_on_hold_body(line: OrderItem) -> dict[str, object]:
    """Write a line on hold."""
    return {
        "id": line.pk,
        "order_id": line.order_id,
        "order_number": line.order.number,
        "partner": {"id": line.partner_id, "name": line.partner.name, "is_suspended": line.partner.is_suspended},
        "product_id": line.product_id,
        "product_name": line.product_name,
        "face_value": display(line.face_value),
        "face_value_currency": line.currency,
        "quantity": line.quantity,
        "sale_amount": display(line.sale_amount),
        "currency": line.order.currency,
        "break_even_cost": display(line.break_even_cost),
        "supplier_currency": line.supplier_currency,
        "on_hold_reason": line.on_hold_reason,
        "queued_at": line.queued_at,
    }


def card_without_line_body(card: Card) -> dict[str, object]:
    """Write a card that no line has."""
    return {
        **masked_card(card),
        "supplier_request_id": card.purchase.supplier_request_id,
        "supplier_order_id": card.purchase.supplier_order_id,
    }


def decided_line_body(line: OrderItem) -> dict[str, object]:
    """Write a line after a decision."""
    return {
        "id": line.pk,
        "order_id": line.order_id,
        "status": line.status,
        "delivered": line.delivered,
        "captured_amount": display(line.captured_amount),
        "released_amount": display(line.released_amount),
    }


def _pile(pile: Pile) -> dict[str, object]:
    return {"count": pile.count, "oldest_at": pile.oldest_at}
