"""Partners suspended and resumed together with their waiting lines, and the claim's own look at who is suspended.

Suspending locks the partner's row (FOR UPDATE) before it commits. Whoever turns a line into one that may be bought, or
claims one, first shares that row (FOR KEY SHARE) and then reads it: so each of them either sees the suspension, or is
over before it commits. Suspending itself never waits for a line (SKIP LOCKED): what it passes over, the claim refuses.
"""

from collections.abc import Iterable
from functools import partial

from django.db import connection
from django_subatomic.db import durable, run_after_commit, transaction, transaction_required

from orders.models import OrderItem
from orders.services import reasons, wakeups
from orders.states import LineStatus
from partners import services as partners

PARTNER_SUSPENDED = "partner suspended"

# All of them are locked and what they say is read afterwards: a condition here would leave out a row that is being
# suspended right now instead of waiting for it.
_SHARE_AND_READ = """
SELECT id, suspended_at IS NOT NULL OR deleted_at IS NOT NULL
FROM partners_partner WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE
"""


@durable
def suspend_partner(*, partner_id: int, actor: str, reason: str) -> int:
    """Suspend a partner and put what waits for it on hold, in one moment; return how many lines that was.

    Raises:
        InvalidRequestError: no reason.
        NotFoundError: no such partner.

    """
    why = reasons.checked(reason)
    with transaction():
        partners.suspend_partner(partner_id=partner_id, actor=actor, reason=why)
        waiting = OrderItem.objects.filter(partner=partner_id, status=LineStatus.WAITING)
        chosen = waiting.select_for_update(no_key=True, skip_locked=True).order_by("pk")
        return hold(chosen.values_list("pk", flat=True))


@durable
def resume_partner(*, partner_id: int, actor: str, reason: str = "") -> int:
    """Lift a suspension and let the partner's lines wait again, in their old turns; return how many lines that was.

    Raises:
        NotFoundError: no such partner.

    """
    with transaction():
        partners.resume_partner(partner_id=partner_id, actor=actor, reason=reason)
        held = OrderItem.objects.filter(partner=partner_id, status=LineStatus.ON_HOLD, on_hold_reason=PARTNER_SUSPENDED)
        chosen = list(held.select_for_update(no_key=True, skip_locked=True).order_by("pk").values_list("pk", "order"))
        OrderItem.objects.filter(pk__in=[pk for pk, _ in chosen]).update(status=LineStatus.WAITING, on_hold_reason="")
        if chosen:
            run_after_commit(partial(wakeups.order_created, chosen[0][1]))
        return len(chosen)


@transaction_required
def suspended_for_now(partner_ids: Iterable[int]) -> set[int]:
    """Return the suspended or removed ones of these partners; the answer stays true until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE_AND_READ, [sorted(set(partner_ids))])
        return {partner_id for partner_id, is_suspended in cursor.fetchall() if is_suspended}


@transaction_required
def hold(line_ids: Iterable[object]) -> int:
    """Put locked, waiting lines on hold until their partner is resumed."""
    return OrderItem.objects.filter(pk__in=list(line_ids)).update(
        status=LineStatus.ON_HOLD, on_hold_reason=PARTNER_SUSPENDED
    )
