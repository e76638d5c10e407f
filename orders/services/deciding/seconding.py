"""Two people for what could cost us money unseen: the first proposes, another agrees within a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.models import Decision, Purchase
from partners import services as partners

GOOD_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Decided:
    """The purchase after a decision; `is_done` is False while it waits for a second person."""

    purchase: Purchase
    is_done: bool


def is_seconded(purchase: Purchase, decision: Decision, *, actor: str, at: datetime) -> bool:
    """Tell whether somebody else proposed this decision for a locked purchase lately."""
    return (
        purchase.proposed_decision == decision
        and purchase.proposed_by != actor
        and purchase.proposed_at is not None
        and at - purchase.proposed_at < GOOD_FOR
    )


def propose(purchase: Purchase, decision: Decision, *, actor: str, reason: str, at: datetime) -> Decided:
    """Write down what the first person wants; the same person again only renews it."""
    purchase.proposed_decision, purchase.proposed_by, purchase.proposed_at = decision, actor, at
    purchase.save(update_fields=["proposed_decision", "proposed_by", "proposed_at", "updated_at"])
    partners.record_audit(
        action=f"purchase.{decision.value}.propose", subject=f"purchase:{purchase.pk}", actor=actor, reason=reason
    )
    return Decided(purchase, is_done=False)


def close(purchase: Purchase, *, at: datetime) -> None:
    """Take a locked purchase off the review list and forget what was proposed. The caller saves it."""
    if purchase.review_at is not None and purchase.review_closed_at is None:
        purchase.review_closed_at = at
    purchase.frozen_at = None
    purchase.proposed_decision, purchase.proposed_by, purchase.proposed_at = "", "", None
