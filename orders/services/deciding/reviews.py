"""A purchase on the review list that needs no more than a look, or one more read."""

import uuid

from django_subatomic.db import durable, transaction

from orders.models import Purchase
from orders.queries import a_purchase
from orders.services import checking, looking, reasons, settlement
from orders.services.deciding.locking import locked_purchase
from orders.services.looking import ClientOf
from orders.states import READABLE_PURCHASES, PurchaseStatus
from partners import services as partners
from steller import database
from steller.errors import StateConflictError


@durable
def close_review(*, purchase_id: uuid.UUID, actor: str, reason: str) -> Purchase:
    """Take a purchase off the review list: somebody looked at it, and nothing is to be done. Nothing else changes.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such purchase.
        StateConflictError: it is frozen, so that its lines would wait for ever.

    """
    why = reasons.checked(reason)
    with transaction():
        purchase = locked_purchase(purchase_id)
        if purchase.review_at is None or purchase.review_closed_at is not None:
            # Closed before.
            return purchase
        if purchase.frozen_at is not None:
            raise StateConflictError("It is frozen: let it be read again, or decide what became of it.")
        purchase.review_closed_at = database.now()
        purchase.save(update_fields=["review_closed_at", "updated_at"])
        partners.record_audit(
            action="purchase.review.close",
            subject=f"purchase:{purchase_id}",
            actor=actor,
            reason=why,
            before={"review_reason": purchase.review_reason},
        )
    return purchase


@durable
def read_again(*, client_of: ClientOf, purchase_id: uuid.UUID, actor: str, reason: str) -> Purchase:
    """Let a purchase be read now: an open one, frozen or not, by the next tick; one that is over at once.

    Cards that the supplier shows of a purchase that is over here are kept without a line, for the review list.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such purchase.
        StateConflictError: it was never sent.
        UnavailableError: the supplier gave no answer.

    """
    why = reasons.checked(reason)
    with transaction():
        purchase = locked_purchase(purchase_id)
        if purchase.status == PurchaseStatus.PLANNED:
            raise StateConflictError("It has not been sent, so the supplier has nothing to show.")
        was_frozen = purchase.frozen_at is not None
        if purchase.status in READABLE_PURCHASES:
            purchase.frozen_at = None
            purchase.next_check_at = database.now()
            purchase.save(update_fields=["frozen_at", "next_check_at", "updated_at"])
        partners.record_audit(
            action="purchase.read_again",
            subject=f"purchase:{purchase_id}",
            actor=actor,
            reason=why,
            before={"frozen": was_frozen, "status": purchase.status},
        )
    if purchase.status not in READABLE_PURCHASES:
        view = looking.read_now(client_of, purchase)
        if view is not None:
            settlement.settle_orders(checking.record_view(purchase_id, view))
        purchase = a_purchase(purchase_id)
    return purchase
