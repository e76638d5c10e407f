"""What all parts of a running imitation share."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bamboo.sandbox.defects import Defects
from bamboo.sandbox.faults import Faults
from bamboo.sandbox.limits import Limiter
from bamboo.sandbox.notifications import Notifier
from bamboo.sandbox.settings import SandboxSettings
from bamboo.sandbox.store import Store

# Set in the WSGI environment by the application: close the connection and answer nothing.
DROPPED = "bamboo.sandbox.dropped"

_REMEMBERED_CALLS = 100_000


@dataclass(slots=True)
class Call:
    """One call of the supplier's API, as the log keeps it. Status 0: the connection was dropped."""

    at: float
    method: str
    path: str
    endpoint: str
    mode: str | None = None
    status: int = 0
    request_id: str | None = None
    products: list[int] = field(default_factory=list)
    quantity: int = 0


@dataclass(slots=True)
class Sandbox:
    """A running imitation. The log of calls, the limits, faults and defects live in memory; the rest in the store."""

    store: Store
    settings: SandboxSettings
    clock: Callable[[], float]
    notifier: Notifier
    limiter: Limiter = field(default_factory=Limiter)
    faults: Faults = field(default_factory=Faults)
    defects: Defects = field(default_factory=Defects)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_CALLS))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        """Return the time, in seconds since 1970."""
        return self.clock()

    def change_settings(self, values: dict[str, Any]) -> None:
        """Switch some settings.

        Raises:
            ValueError: a name is unknown or a value has the wrong type.

        """
        with self.lock:
            self.settings = self.settings.changed(values)
        self.notifier.settings = self.settings

    def close(self) -> None:
        """Stop the background work and close the database."""
        self.notifier.stop()
        self.store.close()
