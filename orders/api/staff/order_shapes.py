"""What our staff send and get about orders, as the API's description tells it; `order_bodies` writes the answers."""

from typing import Any

from rest_framework import serializers

from orders.api.shapes import OrderBody, OrderFilters, OrderLine, PlaceRequest
from orders.api.staff.asking import LARGEST_ID, MODES
from orders.api.staff.purchase_shapes import MaskedCard, PurchaseDetail, RefundBody
from orders.models import OrderType
from orders.states import OrderStatus


class StaffFilters(OrderFilters):
    """Which orders of all partners to list."""

    partner = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    mode = serializers.ChoiceField(choices=MODES, required=False)
    type = serializers.ChoiceField(choices=OrderType.choices, required=False)
    search = serializers.CharField(
        required=False,
        max_length=100,
        help_text="An id, a request id, a number, part of a reference or of the partner's name; our purchase, its "
        "request id or the supplier's order number.",
    )


class PlaceForPartner(PlaceRequest):
    """An order to place for a partner, who pays for it."""

    partner_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    mode = serializers.ChoiceField(choices=MODES, default="live")
    reason = serializers.CharField(max_length=300)


class ForPartner(serializers.Serializer[Any]):
    """The fields of `PlaceForPartner` that a partner's own order has not."""

    partner_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    mode = serializers.ChoiceField(choices=MODES, default="live")
    reason = serializers.CharField(max_length=300)


class RetryBody(serializers.Serializer[Any]):
    """Order again what failed; the same `request_id` twice is one retry."""

    request_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=300)
    expected_total = serializers.DecimalField(
        max_digits=18, decimal_places=4, required=False, allow_null=True, default=None
    )


class OrderPartner(serializers.Serializer[Any]):
    """Whose order it is."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    is_suspended = serializers.BooleanField()


class StaffOrderRow(serializers.Serializer[Any]):
    """An order in the list across partners."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    partner = OrderPartner()
    mode = serializers.ChoiceField(choices=MODES)
    type = serializers.ChoiceField(choices=OrderType.choices)
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    request_id = serializers.UUIDField()
    reference = serializers.CharField()
    currency = serializers.CharField()
    sale_total = serializers.CharField()
    supplier_total = serializers.CharField(allow_null=True)
    lines = serializers.IntegerField()
    cards = serializers.IntegerField()
    delivered = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    retry_of = serializers.UUIDField(allow_null=True)


class HoldBody(serializers.Serializer[Any]):
    """The money of one line."""

    amount = serializers.CharField()
    captured = serializers.CharField()
    released = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)


class StaffLine(OrderLine):
    """A line with what it costs us and where it stands."""

    purchase_id = serializers.UUIDField(allow_null=True)
    account = serializers.CharField()
    supplier_product_id = serializers.IntegerField()
    brand_name = serializers.CharField()
    country = serializers.CharField()
    supplier_currency = serializers.CharField()
    unit_cost = serializers.CharField()
    break_even_cost = serializers.CharField()
    supplier_amount = serializers.CharField(allow_null=True)
    price_parts = serializers.DictField()
    on_hold_reason = serializers.CharField(allow_blank=True)
    queued_at = serializers.DateTimeField()
    claimed_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    hold = HoldBody(allow_null=True)


class MoveBody(serializers.Serializer[Any]):
    """An entry of the ledger."""

    kind = serializers.CharField()
    available_delta = serializers.CharField()
    held_delta = serializers.CharField()
    reference = serializers.CharField()
    actor = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class OrderEventBody(serializers.Serializer[Any]):
    """What the partner was told."""

    number = serializers.IntegerField(allow_null=True)
    kind = serializers.CharField()
    body = serializers.DictField()
    created_at = serializers.DateTimeField()


class DeedBody(serializers.Serializer[Any]):
    """An entry of the audit log."""

    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    subject = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    before = serializers.JSONField(help_text="May be null.")
    after = serializers.JSONField(help_text="May be null.")


class RetryLink(serializers.Serializer[Any]):
    """Another order that this one led to, or came from."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)


class StaffOrderBody(OrderBody):
    """An order with everything behind it. Of cards, events and deeds at most 200 are shown."""

    partner = OrderPartner()
    supplier_total = serializers.CharField(allow_null=True)
    created_by = serializers.CharField()
    updated_by = serializers.CharField()
    cancel_requested_at = serializers.DateTimeField(allow_null=True)
    retry_of = RetryLink(allow_null=True)
    retries = RetryLink(many=True)
    items = StaffLine(many=True)
    purchases = PurchaseDetail(many=True)
    moves = MoveBody(many=True)
    card_count = serializers.IntegerField()
    cards = MaskedCard(many=True)
    refunds = RefundBody(many=True)
    events = OrderEventBody(many=True)
    audit = DeedBody(many=True)
