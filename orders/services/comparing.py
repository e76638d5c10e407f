"""What one purchase and the supplier's lines about it tell together: nothing, or what differs. Pure.

Compared is what was really charged, to the fourth decimal. Prices per card are never multiplied here: the supplier
rounds the sum.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orders.models import DifferenceKind
from orders.services.shortfalls import TOLERANCE
from orders.states import OPEN_PURCHASES, PurchaseStatus

# The supplier writes a line within a second; a day's report may be made some hours later.
LATE_AFTER = timedelta(hours=6)
# A purchase is final within minutes. What is charged and still shows no card after this long is no matter of timing.
STUCK_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Bought:
    """What we know of a purchase. `expected` is what its delivered cards should have cost; `total` what we recorded."""

    id: uuid.UUID
    status: str
    currency: str
    total: Decimal | None
    expected: Decimal
    cards: int
    sent_at: datetime | None
    settled_at: datetime | None

    @property
    def recorded(self) -> Decimal:
        """What we believe to have been charged."""
        if self.status != PurchaseStatus.SETTLED:
            return Decimal(0)
        return self.expected if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the report says, once it is stored under `id`."""

    id: int
    type: str
    is_charge: bool
    request_id: uuid.UUID | None
    currency: str
    amount: Decimal | None
    balance: Decimal | None
    happened_at: datetime | None

    @property
    def charged(self) -> Decimal:
        """What the supplier took by it, whichever sign it writes."""
        return abs(self.amount) if self.is_charge and self.amount is not None else Decimal(0)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, before it is stored; `amount` is the supplier's less ours."""

    kind: DifferenceKind
    subject: str
    currency: str
    amount: Decimal
    detail: str
    purchase_id: uuid.UUID | None = None
    line_id: int | None = None


def compare(bought: Bought, lines: Sequence[Line], *, at: datetime) -> list[Found]:
    """Return what differs between a purchase and all lines that carry its RequestId."""
    found = [_unknown(line, bought) for line in lines if not line.is_charge or line.amount is None]
    charges = [line for line in lines if line.charged]
    if any(line.is_charge and line.amount is None for line in lines):
        # It may be the charge: what is missing then is its amount, and that is said already.
        return found
    if strange := _in_another_currency(bought, charges):
        return [*found, strange]
    charged = sum((line.charged for line in charges), Decimal(0))
    if bought.status in OPEN_PURCHASES:
        return found + _still_open(bought, charged, at)
    if not bought.cards:
        return found + _without_cards(bought, charged)
    if not charged:
        return found + _without_charge(bought, at)
    return [*found, *_settled(bought, charges, charged)]


def stray(line: Line) -> Found:
    """Return the difference that a line is which belongs to no purchase of ours."""
    return _unknown(line, None)


def _unknown(line: Line, bought: Bought | None) -> Found:
    if line.amount is None:
        detail = "the line's amount cannot be read"
    elif not line.is_charge:
        detail = f"a line of type {line.type or 'nothing'}"
    else:
        detail = "a charge whose RequestId is none of ours" if line.request_id else "a charge without a RequestId"
    return Found(
        kind=DifferenceKind.UNKNOWN,
        subject=f"line:{line.id}",
        currency=line.currency or (bought.currency if bought else ""),
        amount=line.charged or line.amount or Decimal(0),
        detail=detail[:200],
        purchase_id=bought.id if bought else None,
        line_id=line.id,
    )


def _about(bought: Bought, kind: DifferenceKind, amount: Decimal, detail: str) -> Found:
    return Found(
        kind=kind,
        subject=f"purchase:{bought.id}",
        currency=bought.currency,
        amount=amount,
        detail=detail,
        purchase_id=bought.id,
    )


def _in_another_currency(bought: Bought, charges: Sequence[Line]) -> Found | None:
    other = next((line for line in charges if line.currency not in ("", bought.currency)), None)
    if other is None:
        return None
    detail = f"charged in {other.currency}, our account is in {bought.currency}"
    return Found(
        kind=DifferenceKind.PRICE,
        subject=f"purchase:{bought.id}",
        currency=other.currency,
        amount=other.charged,
        detail=detail,
        purchase_id=bought.id,
        line_id=other.id,
    )


def _still_open(bought: Bought, charged: Decimal, at: datetime) -> list[Found]:
    if not charged:
        return []
    stuck = bought.sent_at is not None and at - bought.sent_at > STUCK_AFTER
    if stuck and not bought.cards:
        return [_about(bought, DifferenceKind.CHARGED_WITHOUT_CARD, charged, "open for a day, and no card came")]
    return [_about(bought, DifferenceKind.TIMING, charged, "charged, and the purchase is still open")]


def _without_cards(bought: Bought, charged: Decimal) -> list[Found]:
    if not charged:
        return []
    return [_about(bought, DifferenceKind.CHARGED_WITHOUT_CARD, charged, f"the purchase is {bought.status}")]


def _without_charge(bought: Bought, at: datetime) -> list[Found]:
    if not bought.recorded:
        return []
    young = bought.settled_at is not None and at - bought.settled_at < LATE_AFTER
    if young:
        return [_about(bought, DifferenceKind.TIMING, -bought.recorded, "the charge is not reported yet")]
    return [_about(bought, DifferenceKind.CARD_WITHOUT_CHARGE, -bought.recorded, "no charge is reported")]


def _settled(bought: Bought, charges: Sequence[Line], charged: Decimal) -> Iterator[Found]:
    """Tell a second charge from a wrong price; several lines that make the total together are neither."""
    if len(charges) > 1 and charged != bought.recorded:
        first = next((line for line in charges if line.charged == bought.recorded), charges[0])
        charged = first.charged
        for line in charges:
            if line is not first:
                yield Found(
                    kind=DifferenceKind.DUPLICATE_CHARGE,
                    subject=f"line:{line.id}",
                    currency=bought.currency,
                    amount=line.charged,
                    detail="charged again under the same RequestId",
                    purchase_id=bought.id,
                    line_id=line.id,
                )
    if charged != bought.recorded:
        detail = f"charged {charged}, recorded {bought.recorded}"
        yield _about(bought, DifferenceKind.PRICE, charged - bought.recorded, detail)
    elif not _is_near(charged, bought.expected):
        detail = f"charged {charged}, expected {bought.expected}"
        yield _about(bought, DifferenceKind.PRICE, charged - bought.expected, detail)


def _is_near(charged: Decimal, expected: Decimal) -> bool:
    """Tell whether exchange rates and rounding, which move a charge a little, explain the distance."""
    return charged <= expected * TOLERANCE and expected <= charged * TOLERANCE
