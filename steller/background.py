"""Small chores of a serving process, done beside its requests by a thread, so that no request pays for them.

What they do may be late or lost with the process: nothing that must happen belongs here, that is what rows and ticks
are for.
"""

import atexit
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import connection

_log = structlog.get_logger(__name__)


class Chore:
    """Runs `work` every so many seconds from the first `wake` on, in web processes and workers only."""

    def __init__(self, name: str, work: Callable[[], object], *, every: float, at_exit: bool = False) -> None:
        """Describe the chore; no thread is started yet, since a fork would not take it along."""
        self._name = name
        self._work = work
        self._every = every
        self._at_exit = at_exit
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """See to it that the thread runs; cheap enough for every request."""
        if (self._thread is not None and self._thread.is_alive()) or settings.PROCESS not in {"web", "worker"}:
            return
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                if self._at_exit:
                    atexit.register(self._once)

    def _run(self) -> None:
        while True:
            time.sleep(self._every)
            self._once()

    def _once(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - it is tried again, and nobody waits for it
            _log.warning("chore_failed", chore=self._name, error=type(error).__name__)
        finally:
            connection.close()
