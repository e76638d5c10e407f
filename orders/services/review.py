"""The review list: purchases that a person must look at. Flagging changes nothing else and happens once."""

from datetime import datetime, timedelta

import structlog

from orders.models import Purchase

# How long a person who closed a review is not asked again about something that simply goes on.
ASK_AGAIN_AFTER = timedelta(hours=24)

_log = structlog.get_logger(__name__)


def flag(purchase: Purchase, reason: str, *, at: datetime, freeze: bool = False, lasting: bool = False) -> None:
    """Put a locked purchase on the list; `freeze` also stops everything automatic on it. The caller saves it.

    A `lasting` reason is found again by each read: once a person has closed its review, it stays so for a day.
    """
    if freeze and purchase.frozen_at is None:
        purchase.frozen_at = at
    if purchase.review_at is not None and purchase.review_closed_at is None:
        return
    if lasting and purchase.review_reason == reason and _closed_lately(purchase, at):
        return
    purchase.review_at = at
    purchase.review_closed_at = None
    purchase.review_reason = reason
    _log.error("purchase_needs_review", purchase=str(purchase.id), reason=reason)


def _closed_lately(purchase: Purchase, at: datetime) -> bool:
    return purchase.review_closed_at is not None and at - purchase.review_closed_at < ASK_AGAIN_AFTER
