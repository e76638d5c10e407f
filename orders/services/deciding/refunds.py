"""Money back for a delivered card that was bad: at most what the card was sold for, each request once."""

import uuid
from decimal import Decimal

from django.db.models import Sum
from django_subatomic.db import durable, transaction

from orders.models import Card, CardRefund, OrderItem
from orders.services import reasons
from partners import services as partners
from partners.models import EventKind
from steller.errors import InvalidRequestError, NotFoundError, RequestIdReusedError, StateConflictError
from steller.money import display
from wallets import services as wallets


@durable
def refund_card(
    *, card_id: uuid.UUID, request_id: uuid.UUID, amount: Decimal | None = None, actor: str, reason: str
) -> CardRefund:
    """Refund a captured card, the whole of what is left of its price unless an amount is given.

    Raises:
        InvalidRequestError: no reason, or not a positive amount within what is left.
        NotFoundError: no such card.
        RequestIdReusedError: the request id refunded another amount of this card.
        StateConflictError: the card was not paid for, or all of it was refunded.

    """
    why = reasons.checked(reason)
    with transaction():
        card = Card.objects.filter(pk=card_id).first()
        if card is None:
            raise NotFoundError("No such card.")
        # The line's lock lets one refund of it happen at a time.
        line = (
            OrderItem.objects.select_for_update(no_key=True, of=("self",))
            .select_related("order")
            .filter(cards=card)
            .first()
        )
        if line is None or line.settled_at is None:
            raise StateConflictError("Nobody has paid for this card.")
        earlier = CardRefund.objects.filter(card=card, request_id=request_id).first()
        if earlier is not None:
            return _same(earlier, amount)
        paid_back = _amount(card, line, amount)
        return _refund(card, line, request_id, paid_back, actor, why)


def _same(earlier: CardRefund, amount: Decimal | None) -> CardRefund:
    if amount is not None and amount != earlier.amount:
        raise RequestIdReusedError("This request id refunded another amount.")
    return earlier


def _amount(card: Card, line: OrderItem, amount: Decimal | None) -> Decimal:
    refunded = CardRefund.objects.filter(card=card).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    left: Decimal = line.unit_price - refunded
    if not left:
        raise StateConflictError("The whole price of this card was refunded before.")
    if amount is not None and not 0 < amount <= left:
        wrong = [f"At most {display(left)} {line.order.currency} of it is left."]
        raise InvalidRequestError("The amount is not within what is left.", errors={"amount": wrong})
    return left if amount is None else amount


def _refund(card: Card, line: OrderItem, request_id: uuid.UUID, amount: Decimal, actor: str, reason: str) -> CardRefund:
    order = line.order
    facts = {
        "order_id": str(order.pk),
        "number": order.number,
        "item_id": str(line.pk),
        "card_id": str(card.pk),
        "amount": display(amount),
        "currency": order.currency,
    }
    partners.record_event(
        partner_id=order.partner_id, mode=order.mode, kind=EventKind.ORDER_REFUNDED, body=facts, actor=actor
    )
    partners.record_audit(
        action="card.refund",
        subject=f"order:{order.pk}",
        actor=actor,
        partner_id=order.partner_id,
        reason=reason,
        after=facts,
    )
    reference = wallets.refund(hold_reference=line.hold_reference, amount=amount, actor=actor, reason=reason)
    return CardRefund.objects.create(
        card=card,
        request_id=request_id,
        amount=amount,
        currency=order.currency,
        reference=reference,
        actor=actor,
        reason=reason,
    )
