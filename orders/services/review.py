"""The review list: purchases that a person must look at. Flagging changes nothing else and happens once."""

from datetime import datetime

import structlog

from orders.models import Purchase

_log = structlog.get_logger(__name__)


def flag(purchase: Purchase, reason: str, *, at: datetime, freeze: bool = False) -> None:
    """Put a locked purchase on the list; `freeze` also stops everything automatic on it. The caller saves it."""
    if freeze and purchase.frozen_at is None:
        purchase.frozen_at = at
    if purchase.review_at is not None and purchase.review_closed_at is None:
        return
    purchase.review_at = at
    purchase.review_closed_at = None
    purchase.review_reason = reason
    _log.error("purchase_needs_review", purchase=str(purchase.id), reason=reason)
