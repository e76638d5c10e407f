"""How purchases and cards look to our staff in JSON; codes, pins and whole serial numbers are in none of these."""

from typing import Any

from rest_framework import serializers

from orders.api.staff.asking import MODES
from orders.models import Card, CardRefund, Purchase
from orders.states import PurchaseStatus
from steller.money import display


class AttemptBody(serializers.Serializer[Any]):
    """One send of a RequestId, or the answer to it."""

    sent_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    conclusion = serializers.CharField()
    error_code = serializers.CharField(allow_blank=True)
    fenced = serializers.BooleanField()


class PurchaseBody(serializers.Serializer[Any]):
    """A supplier order of ours."""

    id = serializers.UUIDField()
    supplier_request_id = serializers.UUIDField()
    supplier_order_id = serializers.IntegerField(allow_null=True)
    mode = serializers.ChoiceField(choices=MODES)
    account = serializers.CharField()
    status = serializers.ChoiceField(choices=PurchaseStatus.choices)
    doubt = serializers.IntegerField()
    sends = serializers.IntegerField()
    parent_id = serializers.UUIDField(allow_null=True)
    expected_cost = serializers.CharField()
    total = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    error_code = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    last_sent_at = serializers.DateTimeField(allow_null=True)
    placed_at = serializers.DateTimeField(allow_null=True)
    final_at = serializers.DateTimeField(allow_null=True)
    next_check_at = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    frozen_at = serializers.DateTimeField(allow_null=True)
    review_reason = serializers.CharField(allow_blank=True)
    review_at = serializers.DateTimeField(allow_null=True)
    review_closed_at = serializers.DateTimeField(allow_null=True)
    proposed_decision = serializers.CharField(allow_blank=True)
    proposed_by = serializers.CharField(allow_blank=True)


class PurchaseDetail(PurchaseBody):
    """A supplier order of ours with every send."""

    attempts = AttemptBody(many=True)


class MaskedCard(serializers.Serializer[Any]):
    """A card as it may be talked about: never its code or pin."""

    id = serializers.UUIDField()
    item_id = serializers.UUIDField(allow_null=True)
    purchase_id = serializers.UUIDField()
    supplier_card_id = serializers.IntegerField()
    supplier_product_id = serializers.IntegerField()
    face_value = serializers.CharField()
    serial_number = serializers.CharField(help_text="Its last characters.")
    status = serializers.ChoiceField(choices=Card.Status.choices)
    is_duplicate = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class RefundBody(serializers.Serializer[Any]):
    """Money given back for a card."""

    id = serializers.UUIDField()
    card_id = serializers.UUIDField()
    request_id = serializers.UUIDField()
    amount = serializers.CharField()
    currency = serializers.CharField()
    reference = serializers.CharField()
    actor = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


def purchase_body(purchase: Purchase) -> dict[str, object]:
    """Write a purchase."""
    return {
        "id": purchase.pk,
        "supplier_request_id": purchase.supplier_request_id,
        "supplier_order_id": purchase.supplier_order_id,
        "mode": purchase.mode,
        "account": str(purchase.account),
        "status": purchase.status,
        "doubt": purchase.doubt,
        "sends": purchase.sends,
        "parent_id": purchase.parent_id,
        "expected_cost": display(purchase.expected_cost),
        "total": amount_or_none(purchase.total),
        "currency": purchase.account.currency,
        "error_code": purchase.error_code,
        "created_at": purchase.created_at,
        "last_sent_at": purchase.last_sent_at,
        "placed_at": purchase.placed_at,
        "final_at": purchase.final_at,
        "next_check_at": purchase.next_check_at,
        "next_attempt_at": purchase.next_attempt_at,
        "frozen_at": purchase.frozen_at,
        "review_reason": purchase.review_reason,
        "review_at": purchase.review_at,
        "review_closed_at": purchase.review_closed_at,
        "proposed_decision": purchase.proposed_decision,
        "proposed_by": purchase.proposed_by,
    }


def purchase_detail(purchase: Purchase) -> dict[str, object]:
    """Write a purchase with its sends."""
    attempts = [
        {
            "sent_at": attempt.sent_at,
            "answered_at": attempt.answered_at,
            "conclusion": attempt.conclusion,
            "error_code": attempt.error_code,
            "fenced": attempt.fenced,
        }
        for attempt in purchase.attempts.all()
    ]
    return {**purchase_body(purchase), "attempts": attempts}


def masked_card(card: Card) -> dict[str, object]:
    """Write a card without what makes it worth stealing."""
    return {
        "id": card.pk,
        "item_id": card.item_id,
        "purchase_id": card.purchase_id,
        "supplier_card_id": card.supplier_card_id,
        "supplier_product_id": card.supplier_product_id,
        "face_value": display(card.face_value),
        "serial_number": card.masked_serial_number,
        "status": card.status,
        "is_duplicate": card.is_duplicate,
        "expires_at": card.expires_at,
        "created_at": card.created_at,
    }


def refund_body(refund: CardRefund) -> dict[str, object]:
    """Write a refund."""
    return {
        "id": refund.pk,
        "card_id": refund.card_id,
        "request_id": refund.request_id,
        "amount": display(refund.amount),
        "currency": refund.currency,
        "reference": refund.reference,
        "actor": refund.actor,
        "reason": refund.reason,
        "created_at": refund.created_at,
    }


def amount_or_none(amount: Any) -> str | None:
    """Write an amount, if there is one."""
    return None if amount is None else display(amount)
