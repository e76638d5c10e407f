"""A purchase whose outcome nobody knows, declared not bought by people.

The supplier may show an order late, and a send may be answered to nobody. So this is refused while any send could
still arrive, the supplier is read once more in the same moment, and while a send is in doubt it takes two people.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django_subatomic.db import durable, transaction

from orders.models import Decision, OrderItem, Purchase
from orders.queries import a_purchase
from orders.services import answers, checking, looking, parting, reasons, settlement
from orders.services.deciding import seconding
from orders.services.deciding.locking import locked_purchase
from orders.services.deciding.seconding import Decided
from orders.services.looking import ClientOf
from orders.states import PurchaseStatus
from partners import services as partners
from steller import database
from steller.errors import StateConflictError

NOT_BOUGHT = "not_bought"
type LinesThen = Literal["wait", "fail"]
_DECISIONS = {"wait": Decision.NOT_BOUGHT_WAIT, "fail": Decision.NOT_BOUGHT_FAIL}


@durable
def declare_not_bought(
    *, client_of: ClientOf, purchase_id: uuid.UUID, lines: LinesThen, actor: str, reason: str
) -> Decided:
    """End a purchase that was never bought: its lines wait again, or fail with their money released.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such purchase.
        StateConflictError: its outcome is known, a send may still arrive, or the supplier shows it after all.
        UnavailableError: the supplier gave no answer.

    """
    why = reasons.checked(reason)
    purchase = a_purchase(purchase_id)
    if _was_declared(purchase):
        return Decided(purchase, is_done=True)
    _require_over(purchase, database.now())
    _require_absent(client_of, purchase)
    with transaction():
        purchase = locked_purchase(purchase_id)
        at = database.now()
        if _was_declared(purchase):
            return Decided(purchase, is_done=True)
        _require_over(purchase, at)
        decision = _DECISIONS[lines]
        if purchase.doubt and not seconding.is_seconded(purchase, decision, actor=actor, at=at):
            return seconding.propose(purchase, decision, actor=actor, reason=why, at=at)
        order_ids = _end(purchase, lines, actor=actor, reason=why, at=at)
    settlement.settle_orders(order_ids)
    return Decided(purchase, is_done=True)


def _was_declared(purchase: Purchase) -> bool:
    return purchase.status == PurchaseStatus.REFUSED and purchase.error_code == NOT_BOUGHT


def _require_over(purchase: Purchase, at: datetime) -> None:
    if purchase.status != PurchaseStatus.UNKNOWN:
        raise StateConflictError(f"Its outcome is not unknown: it is {purchase.status}.")
    # A worker sends nothing once its lease is over, and what it sent has arrived a checkout's time later.
    clocks = settings.CLOCKS
    quiet_from = (purchase.last_sent_at or at) + timedelta(seconds=clocks.lease + clocks.checkout + clocks.grace)
    if at < quiet_from:
        raise StateConflictError(f"A send may still arrive: decide after {quiet_from:%H:%M:%S} UTC.")


def _require_absent(client_of: ClientOf, purchase: Purchase) -> None:
    view = looking.read_now(client_of, purchase)
    if view is None:
        return
    if purchase.frozen_at is not None:
        raise StateConflictError("The supplier has an order of this RequestId: let it be read again.")
    settlement.settle_orders(checking.record_view(purchase.pk, view))
    raise StateConflictError("The supplier has it after all; its cards are delivered as they come.")


def _end(purchase: Purchase, then: LinesThen, *, actor: str, reason: str, at: datetime) -> Sequence[uuid.UUID]:
    before = {"doubt": purchase.doubt, "sends": purchase.sends, "proposed_by": purchase.proposed_by}
    order_ids = answers.put_back(purchase, at=at) if then == "wait" else _fail(purchase, at)
    purchase.error_code = NOT_BOUGHT
    purchase.next_check_at = purchase.next_attempt_at = None
    seconding.close(purchase, at=at)
    purchase.save()
    partners.record_audit(
        action="purchase.not_bought",
        subject=f"purchase:{purchase.pk}",
        actor=actor,
        reason=reason,
        before=before,
        after={"lines": then},
    )
    return order_ids


def _fail(purchase: Purchase, at: datetime) -> Sequence[uuid.UUID]:
    purchase.move_to(PurchaseStatus.REFUSED)
    failed = list(parting.open_lines(purchase).select_for_update(no_key=True).order_by("pk"))
    for line in failed:
        line.decided_at, line.error = at, NOT_BOUGHT
    OrderItem.objects.bulk_update(failed, ["decided_at", "error"])
    return [line.order_id for line in failed]
