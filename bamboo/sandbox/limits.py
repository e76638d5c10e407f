"""The supplier's rate limits: a window of fixed length, opened by the first call in it.

A refused call is not counted. The limits live in memory, so a restart forgets them.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


RULES = {
    "catalog_v1": Rule(2, 3600),
    "catalog_v2": Rule(1, 1),
    "checkout": Rule(2, 1),
    "order": Rule(120, 60),
    "exchange_rates": Rule(20, 60),
    "transactions": Rule(4, 3600),
    "other": Rule(1, 1),
}
PRODUCT_RULE = Rule(6, 60)
CHECKOUT_SPACING_SECONDS = 0.5


@dataclass(slots=True)
class _Window:
    ends: float
    used: int


class Limiter:
    """Counts the calls of each pair of credentials."""

    def __init__(self) -> None:
        """Begin with no window open."""
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], _Window] = {}
        self._next_checkout: dict[str, float] = {}

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._windows.clear()
            self._next_checkout.clear()

    def wait_for(
        self, *, client: str, endpoint: str, products: Sequence[int], now: float, scale: float
    ) -> float | None:
        """Count a call; or return how many seconds it comes too early, counting nothing then."""
        if not scale:
            return None
        keys = [(endpoint, RULES.get(endpoint, RULES["other"]))]
        keys += [(f"product {product}", PRODUCT_RULE) for product in sorted(set(products))]
        with self._lock:
            waits = [self._wait(client, name, rule, now) for name, rule in keys]
            if endpoint == "checkout":
                waits.append(self._next_checkout.get(client, 0.0) - now)
            if max(waits) > 0:
                return max(waits)
            for name, rule in keys:
                self._count(client, name, rule.seconds / scale, now)
            if endpoint == "checkout":
                self._next_checkout[client] = now + CHECKOUT_SPACING_SECONDS / scale
        return None

    def _wait(self, client: str, name: str, rule: Rule, now: float) -> float:
        window = self._windows.get((client, name))
        if window is None or window.ends <= now or window.used < rule.calls:
            return 0.0
        return window.ends - now

    def _count(self, client: str, name: str, seconds: float, now: float) -> None:
        window = self._windows.get((client, name))
        if window is None or window.ends <= now:
            self._windows[client, name] = _Window(ends=now + seconds, used=1)
        else:
            window.used += 1
