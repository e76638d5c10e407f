"""How the supplier's live view looks in JSON: masked, as everything that staff see of cards."""

from typing import Any

from rest_framework import serializers

from bamboo import schemas
from orders.api.staff.purchase_shapes import PurchaseBody, amount_or_none, purchase_body
from orders.models import Purchase, masked
from steller.money import display


class SupplierCard(serializers.Serializer[Any]):
    """A card as the supplier shows it, masked."""

    id = serializers.IntegerField()
    status = serializers.CharField()
    serial_number = serializers.CharField(help_text="Its last characters.")
    has_code = serializers.BooleanField()
    has_pin = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)


class SupplierItem(serializers.Serializer[Any]):
    """A product and face value of the supplier's order."""

    supplier_product_id = serializers.IntegerField()
    face_value = serializers.CharField()
    quantity = serializers.IntegerField()
    status = serializers.CharField(allow_null=True)
    cards = SupplierCard(many=True)


class SupplierOrder(serializers.Serializer[Any]):
    """The supplier's order as it is now."""

    order_id = serializers.IntegerField(allow_null=True)
    status = serializers.CharField()
    is_final = serializers.BooleanField()
    total = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    error_message = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)
    items = SupplierItem(many=True)


class SupplierLook(serializers.Serializer[Any]):
    """One purchase of the order beside the supplier's own view of it, which holds other partners' lines too."""

    purchase = PurchaseBody()
    found = serializers.BooleanField(help_text="False: the supplier shows no order of this RequestId.")
    order = SupplierOrder(allow_null=True)


class SupplierLooks(serializers.Serializer[Any]):
    """The purchases that were read, the latest first; `more` were not."""

    results = SupplierLook(many=True)
    more = serializers.IntegerField()


def look_body(purchase: Purchase, view: schemas.Order | None) -> dict[str, object]:
    """Write a purchase beside the supplier's view of it."""
    return {
        "purchase": purchase_body(purchase),
        "found": view is not None,
        "order": None if view is None else _supplier_order(view),
    }


def _supplier_order(view: schemas.Order) -> dict[str, object]:
    return {
        "order_id": view.order_id,
        "status": view.status.value,
        "is_final": view.is_final,
        "total": amount_or_none(view.total),
        "currency": view.currency,
        "error_message": view.error_message,
        "created_at": view.created_at,
        "items": [
            {
                "supplier_product_id": item.product_id,
                "face_value": display(item.face_value),
                "quantity": item.quantity,
                "status": item.status,
                "cards": [
                    {
                        "id": card.id,
                        "status": card.status.value,
                        "serial_number": masked(card.serial_number or ""),
                        "has_code": bool(card.card_code),
                        "has_pin": bool(card.pin),
                        "expires_at": card.expires_at,
                    }
                    for card in item.cards
                ],
            }
            for item in view.items
        ],
    }
