"""Orders written for our staff, as `order_shapes` describes them."""

from typing import Any

from orders.api.shapes import order_body
from orders.api.staff.purchase_shapes import amount_or_none, masked_card, purchase_detail, refund_body
from orders.models import Order, OrderItem
from orders.queries import StaffOrder
from partners.models import AuditEntry, Event
from steller.money import display
from wallets.queries import HeldMoney, Move


def row_body(order: Any) -> dict[str, object]:
    """Write an order of `queries.staff_orders`."""
    return {
        "id": order.id,
        "number": order.number,
        "partner": _partner(order),
        "mode": order.mode,
        "type": order.type,
        "status": order.status,
        "request_id": order.request_id,
        "reference": order.reference,
        "currency": order.currency,
        "sale_total": display(order.sale_total),
        "supplier_total": amount_or_none(order.supplier_total),
        "lines": order.lines or 0,
        "cards": order.cards or 0,
        "delivered": order.delivered,
        "error": order.error or None,
        "created_at": order.created_at,
        "settled_at": order.settled_at,
        "retry_of": order.retry_of_id,
    }


def staff_order_body(found: StaffOrder) -> dict[str, object]:
    """Write an order with everything behind it."""
    order = found.order
    body = order_body(order, found.items)
    lines = zip(found.items, body["items"], strict=True)  # type: ignore[call-overload]
    return {
        **body,
        "partner": _partner(order),
        "supplier_total": amount_or_none(order.supplier_total),
        "created_by": order.created_by,
        "updated_by": order.updated_by,
        "cancel_requested_at": order.cancel_requested_at,
        "retry_of": _link(order.retry_of),
        "retries": [_link(retry) for retry in found.retries],
        "items": [{**line, **_line(item, found.holds.get(item.hold_reference))} for item, line in lines],
        "purchases": [purchase_detail(purchase) for purchase in found.purchases],
        "moves": [_move(move) for move in found.moves],
        "card_count": found.card_count,
        "cards": [masked_card(card) for card in found.cards],
        "refunds": [refund_body(refund) for refund in found.refunds],
        "events": [_event(event) for event in found.events],
        "audit": [_deed(entry) for entry in found.audit],
    }


def _partner(order: Order) -> dict[str, object]:
    return {"id": order.partner_id, "name": order.partner.name, "is_suspended": order.partner.is_suspended}


def _link(order: Order | None) -> dict[str, object] | None:
    return None if order is None else {"id": order.pk, "number": order.number, "status": order.status}


def _line(item: OrderItem, hold: HeldMoney | None) -> dict[str, object]:
    return {
        "purchase_id": item.purchase_id,
        "account": str(item.account),
        "supplier_product_id": item.supplier_product_id,
        "brand_name": item.brand_name,
        "country": item.country,
        "supplier_currency": item.supplier_currency,
        "unit_cost": display(item.unit_cost),
        "break_even_cost": display(item.break_even_cost),
        "supplier_amount": amount_or_none(item.supplier_amount),
        "price_parts": item.price_parts,
        "on_hold_reason": item.on_hold_reason,
        "queued_at": item.queued_at,
        "claimed_at": item.claimed_at,
        "decided_at": item.decided_at,
        "hold": None
        if hold is None
        else {
            "amount": display(hold.amount),
            "captured": display(hold.captured),
            "released": display(hold.released),
            "settled_at": hold.settled_at,
        },
    }


def _move(move: Move) -> dict[str, object]:
    return {
        "kind": move.kind,
        "available_delta": display(move.available_delta),
        "held_delta": display(move.held_delta),
        "reference": move.reference,
        "actor": move.actor,
        "reason": move.reason,
        "created_at": move.created_at,
    }


def _event(event: Event) -> dict[str, object]:
    return {"number": event.number, "kind": event.kind, "body": event.body, "created_at": event.created_at}


def _deed(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "reason": entry.reason,
        "before": entry.before,
        "after": entry.after,
    }
