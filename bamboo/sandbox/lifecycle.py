"""What becomes of an accepted order: planned once, at acceptance, and then read off a clock.

Nothing runs in the background. The plan says after how many milliseconds each thing happens; reading an order means
to look at the plan and at the time.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bamboo.sandbox.faults import Fault
from bamboo.sandbox.settings import SandboxSettings

NEVER = 10**13


@dataclass(slots=True)
class CardPlan:
    """When one card is sold, has failed, stops being paused, and shows its code."""

    line: int
    product_id: int
    sold_ms: int | None
    failed_ms: int | None = None
    paused_until_ms: int | None = None
    code_ms: int = 0
    repeats_code: bool = False


@dataclass(slots=True)
class Script:
    """When the order itself moves. `odd_status` is shown instead of Processing."""

    created_ms: int
    final_ms: int
    final_status: str = "Succeeded"
    hidden_until_ms: int = 0
    surcharge_percent: int = 0
    odd_status: str = ""
    list_failed: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return what the database keeps."""
        return asdict(self)

    def status(self, elapsed_ms: float, *, paused: bool) -> str:
        """Tell the order's status; `paused` says that one of its cards is."""
        if elapsed_ms >= self.final_ms:
            return self.final_status
        if elapsed_ms < self.created_ms:
            return "Created"
        if paused:
            return "Pending"
        return self.odd_status or "Processing"


@dataclass(slots=True)
class Plan:
    """An order's script and its cards."""

    script: Script
    cards: list[CardPlan]

    @property
    def settle_ms(self) -> int:
        """Tell when nothing can change any more."""
        return max([self.script.final_ms, *(card.sold_ms or 0 for card in self.cards)])


def plan(*, lines: Sequence[tuple[int, int]], settings: SandboxSettings, faults: Sequence[Fault]) -> Plan:
    """Plan an order of lines (product, quantity) with the faults that struck it."""
    script = Script(
        created_ms=min(settings.created_ms, settings.issue_after_ms),
        final_ms=settings.issue_after_ms,
        list_failed=settings.list_failed_cards,
    )
    cards = [
        CardPlan(line=position, product_id=product_id, sold_ms=script.final_ms)
        for position, (product_id, quantity) in enumerate(lines)
        for _ in range(quantity)
    ]
    planned = Plan(script, cards)
    if settings.drip:
        _drip(planned)
    for fault in faults:
        _EFFECTS[fault.fault](planned, fault)
    _conclude(planned)
    return planned


def _drip(planned: Plan) -> None:
    start, end = planned.script.created_ms, planned.script.final_ms
    for position, card in enumerate(planned.cards, start=1):
        card.sold_ms = start + (end - start) * position // len(planned.cards)


def _conclude(planned: Plan) -> None:
    """Derive the final status from the cards, unless a fault has hidden some of them."""
    failed = sum(card.sold_ms is None for card in planned.cards)
    if failed:
        planned.script.final_status = "Failed" if failed == len(planned.cards) else "PartialFailed"


def _hit(planned: Plan, fault: Fault, *, all_of_them: bool = False) -> list[CardPlan]:
    cards = [card for card in planned.cards if fault.product_id in (None, card.product_id)]
    return cards if all_of_them else cards[: fault.cards]


def _ms(fault: Fault, *, default: float) -> int:
    return round((default if fault.delay is None else fault.delay) * 1000)


def _fail(card: CardPlan, planned: Plan) -> None:
    card.sold_ms, card.failed_ms = None, planned.script.final_ms


def _hide(planned: Plan, fault: Fault) -> None:
    planned.script.hidden_until_ms = _ms(fault, default=2)


def _partial(planned: Plan, fault: Fault) -> None:
    for card in _hit(planned, fault):
        _fail(card, planned)


def _failed(planned: Plan, fault: Fault) -> None:
    for card in _hit(planned, fault, all_of_them=True):
        _fail(card, planned)


def _slow(planned: Plan, fault: Fault) -> None:
    _postpone(planned, planned.script.final_ms + _ms(fault, default=5))


def _never(planned: Plan, _fault: Fault) -> None:
    _postpone(planned, NEVER)


def _postpone(planned: Plan, final_ms: int) -> None:
    planned.script.final_ms = final_ms
    for card in planned.cards:
        if card.sold_ms is not None:
            card.sold_ms = max(card.sold_ms, final_ms)
        if card.failed_ms is not None:
            card.failed_ms = max(card.failed_ms, final_ms)


def _late(planned: Plan, fault: Fault) -> None:
    for card in _hit(planned, fault, all_of_them=True):
        if card.sold_ms is not None:
            card.sold_ms += _ms(fault, default=5)


def _paused(planned: Plan, fault: Fault) -> None:
    until = planned.script.final_ms + _ms(fault, default=20)
    for card in _hit(planned, fault):
        card.sold_ms = card.paused_until_ms = until
    planned.script.final_ms = until


def _without_code(planned: Plan, fault: Fault) -> None:
    for card in _hit(planned, fault):
        card.code_ms = NEVER if fault.delay is None else planned.script.final_ms + _ms(fault, default=0)


def _missing(planned: Plan, fault: Fault) -> None:
    hit = {id(card) for card in _hit(planned, fault)}
    planned.cards = [card for card in planned.cards if id(card) not in hit]


def _overcharge(planned: Plan, _fault: Fault) -> None:
    planned.script.surcharge_percent = 10


def _repeated(planned: Plan, fault: Fault) -> None:
    for card in _hit(planned, fault):
        card.repeats_code = True


def _odd(planned: Plan, fault: Fault) -> None:
    planned.script.odd_status = "CheckingOut"
    _postpone(planned, planned.script.final_ms + _ms(fault, default=2))


_EFFECTS: dict[str, Callable[[Plan, Fault], None]] = {
    "hide_order": _hide,
    "partial": _partial,
    "failed": _failed,
    "slow_order": _slow,
    "never_final": _never,
    "late_cards": _late,
    "paused_card": _paused,
    "sold_without_code": _without_code,
    "missing_cards": _missing,
    "overcharge": _overcharge,
    "repeated_code": _repeated,
    "unknown_status": _odd,
}
