"""The moment before a send: lease, doubt, slots and the attempt are committed, then the call may go out.

A lease is time-bounded and fenced: the answer counts only while the token is the purchase's own. The supplier
cannot check our token, so the RequestId, which never changes, is the second fence.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django_subatomic.db import transaction_required

from bamboo.models import Account
from orders.models import AttemptConclusion, OrderItem, Purchase, PurchaseAttempt
from orders.services import slots
from orders.states import PurchaseStatus

# An answer that is not here by then is looked for by reading, which is always safe.
READ_AFTER_SECONDS = 10.0
# The slot is at most this far away when a claim commits.
SLOT_AHEAD_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One (product, face value) of a checkout, its quantities summed."""

    supplier_product_id: int
    face_value: Decimal
    quantity: int


@dataclass(frozen=True, slots=True)
class Send:
    """A committed purchase, to be sent once by whoever holds this token."""

    purchase_id: uuid.UUID
    token: uuid.UUID
    request_id: uuid.UUID
    mode: str
    supplier_account_id: int
    entries: tuple[Entry, ...]
    sent_at: datetime
    # time.monotonic() at which the lease must be taken for lost.
    lease_ends: float


@transaction_required
def lease(purchase: Purchase, lines: Sequence[OrderItem], account: Account, *, at: datetime) -> Send:
    """Put a new or locked purchase into `placing` and raise its doubt; commit before anything is sent."""
    clocks = settings.CLOCKS
    if purchase.status == PurchaseStatus.UNKNOWN and not purchase.doubt:
        # An answer came that nobody could read, and no two looks called the order missing: that send is in doubt.
        purchase.doubt = 1
    purchase.move_to(PurchaseStatus.PLACING)
    purchase.lease_token = uuid.uuid4()
    purchase.lease_until = at + timedelta(seconds=clocks.lease)
    purchase.doubt += 1
    purchase.sends += 1
    purchase.first_sent_at = purchase.first_sent_at or at
    purchase.last_sent_at = at
    purchase.next_attempt_at = None
    purchase.next_check_at = at + timedelta(seconds=READ_AFTER_SECONDS)
    purchase.save()
    PurchaseAttempt.objects.create(
        purchase=purchase, token=purchase.lease_token, sent_at=at, conclusion=AttemptConclusion.SENT
    )
    slots.take(
        {line.product_id for line in lines},
        mode=purchase.mode,
        token=purchase.lease_token,
        at=at,
        call=clocks.checkout + SLOT_AHEAD_SECONDS,
    )
    return Send(
        purchase_id=purchase.pk,
        token=purchase.lease_token,
        request_id=purchase.supplier_request_id,
        mode=purchase.mode,
        supplier_account_id=account.supplier_id,
        entries=_entries(lines),
        sent_at=at,
        lease_ends=time.monotonic() + clocks.lease,
    )


def _entries(lines: Sequence[OrderItem]) -> tuple[Entry, ...]:
    quantities: dict[tuple[int, Decimal], int] = {}
    for line in lines:
        key = (line.supplier_product_id, line.face_value)
        quantities[key] = quantities.get(key, 0) + line.quantity
    return tuple(Entry(product, value, quantity) for (product, value), quantity in quantities.items())
