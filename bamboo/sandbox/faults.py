"""Faults that an operator or a test orders for calls to come.

A fault waits until a call matches it (endpoint, product), lets `skip` matching calls pass, strikes `times` times (None:
for ever) and is gone. When it strikes is told by its stage: `BEFORE` the call is looked at, `ACCEPT`, just after a
checkout was accepted, or `LIFE`, for what becomes of the accepted order.
"""

import itertools
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """When a fault strikes."""

    BEFORE = "before"
    ACCEPT = "accept"
    LIFE = "life"


BEFORE = (
    "drop_before_accept",
    "slow",
    "refuse",
    "unclassified_400",
    "redirect",
    "html",
    "garbage",
    "drip_body",
    "vanish",
)
ACCEPT = (
    "accept_then_drop",
    "accept_then_500",
    "slow_accept",
    "accept_other_body",
    "accept_in_object",
    "accept_in_braces",
)
LIFE = (
    "hide_order",
    "partial",
    "failed",
    "slow_order",
    "never_final",
    "late_cards",
    "paused_card",
    "sold_without_code",
    "missing_cards",
    "overcharge",
    "repeated_code",
    "unknown_status",
)

_LEAST_STATUS, _MOST_STATUS = 300, 599


def stage_of(name: str) -> Stage:
    """Tell when the named fault strikes; any HTTP status from 300 to 599 is a name too.

    Raises:
        ValueError: there is no such fault.

    """
    if name in BEFORE or (name.isdigit() and _LEAST_STATUS <= int(name) <= _MOST_STATUS):
        return Stage.BEFORE
    if name in ACCEPT:
        return Stage.ACCEPT
    if name in LIFE:
        return Stage.LIFE
    raise ValueError(f"unknown fault: {name}")


@dataclass(slots=True)
class Fault:
    """One fault on order. `delay` is in seconds, its meaning the fault's own; `cards` is how many it hits."""

    fault: str
    endpoint: str = "checkout"
    product_id: int | None = None
    code: str | None = None
    message: str | None = None
    times: int | None = 1
    skip: int = 0
    delay: float | None = None
    cards: int = 1
    id: int = 0
    struck: int = field(default=0)

    @property
    def stage(self) -> Stage:
        """Tell when it strikes."""
        return stage_of(self.fault)

    def matches(self, endpoint: str, products: Collection[int]) -> bool:
        """Tell whether a call to this endpoint, for these products, is meant."""
        # Vanishing is about a product that the call itself does not name.
        about_it = self.fault == "vanish" or self.product_id is None or self.product_id in products
        return about_it and self.endpoint in ("any", endpoint)


class Faults:
    """All faults on order."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault on order.

        Raises:
            ValueError: there is no such fault.

        """
        stage_of(fault.fault)
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return fault

    def clear(self, fault_id: int | None = None) -> None:
        """Cancel one fault, or all of them."""
        with self._lock:
            self._faults = [each for each in self._faults if fault_id not in (None, each.id)]

    def all(self) -> list[Fault]:
        """Return what is on order."""
        with self._lock:
            return list(self._faults)

    def strike(self, stage: Stage, endpoint: str, products: Collection[int] = ()) -> list[Fault]:
        """Return the faults that strike this call now: the oldest one, or for an order's life all of them."""
        with self._lock:
            meant = [each for each in self._faults if each.stage is stage and each.matches(endpoint, products)]
            if stage is not Stage.LIFE:
                meant = meant[:1]
            return [each for each in meant if self._strikes(each)]

    def _strikes(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        fault.struck += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return True


def fault_from(raw: dict[str, Any]) -> Fault:
    """Read a fault from JSON.

    Raises:
        ValueError: a field is unknown, or has the wrong type.

    """
    known = {"fault", "endpoint", "product_id", "code", "message", "times", "skip", "delay", "cards"}
    if unknown := set(raw) - known:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    values = {name: value for name, value in raw.items() if name not in ("fault", "delay")}
    delay = raw.get("delay")
    for name in ("product_id", "times", "skip", "cards"):
        if values.get(name) is not None:
            values[name] = int(values[name])
    return Fault(fault=str(raw.get("fault", "")), delay=None if delay is None else float(delay), **values)
