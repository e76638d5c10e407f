"""Cards that the supplier owes and will not send, declared so by people: what came is delivered, the rest released.

The supplier is read once more in the same moment. When it does not call the order finished itself, it takes two people.
"""

import uuid

from django_subatomic.db import durable, transaction

from bamboo import schemas
from orders.models import Decision, Purchase
from orders.queries import a_purchase
from orders.services import checking, delivering, looking, reasons, settlement
from orders.services.deciding import seconding
from orders.services.deciding.locking import locked_purchase
from orders.services.deciding.seconding import Decided
from orders.services.looking import ClientOf
from orders.states import PurchaseStatus
from partners import services as partners
from steller import database
from steller.errors import StateConflictError


@durable
def declare_not_coming(*, client_of: ClientOf, purchase_id: uuid.UUID, actor: str, reason: str) -> Decided:
    """Settle a placed purchase with the cards that came, and release the money of those that did not.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such purchase.
        StateConflictError: it is not placed, or not on the review list.
        UnavailableError: the supplier gave no answer.

    """
    why = reasons.checked(reason)
    purchase = a_purchase(purchase_id)
    if purchase.status != PurchaseStatus.SETTLED:
        _require_reviewed(purchase)
        view = looking.read_now(client_of, purchase)
        if view is not None:
            settlement.settle_orders(checking.record_view(purchase_id, view))
        decided = _decide(purchase_id, view, actor=actor, reason=why)
    else:
        # Decided before, or the supplier accounted for all cards meanwhile.
        decided = Decided(purchase, is_done=True)
    if decided.is_done:
        settlement.settle_orders(settlement.orders_of_purchase(purchase_id))
    return decided


def _decide(purchase_id: uuid.UUID, view: schemas.Order | None, *, actor: str, reason: str) -> Decided:
    with transaction():
        purchase = locked_purchase(purchase_id)
        at = database.now()
        if purchase.status == PurchaseStatus.SETTLED:
            # That last read settled it.
            return Decided(purchase, is_done=True)
        _require_reviewed(purchase)
        is_final = view is not None and view.is_final
        if not is_final and not seconding.is_seconded(purchase, Decision.NOT_COMING, actor=actor, at=at):
            return seconding.propose(purchase, Decision.NOT_COMING, actor=actor, reason=reason, at=at)
        before = {"review_reason": purchase.review_reason, "proposed_by": purchase.proposed_by}
        # Before the last cards are taken in: a surplus among them opens a review of its own.
        seconding.close(purchase, at=at)
        delivering.give_up(purchase, view, at=at)
        partners.record_audit(
            action="purchase.not_coming",
            subject=f"purchase:{purchase_id}",
            actor=actor,
            reason=reason,
            before=before,
            after={"supplier_status": view.status.value if view else "not found"},
        )
    return Decided(purchase, is_done=True)


def _require_reviewed(purchase: Purchase) -> None:
    if purchase.status != PurchaseStatus.PLACED:
        raise StateConflictError(f"Only cards of a placed purchase can be missing: it is {purchase.status}.")
    if purchase.review_at is None:
        raise StateConflictError("It is still being read; it comes to the review list when its cards are late.")
