"""What all tests inside one process share."""

from typing import Any

import pytest

from orders.services import first_reads


@pytest.fixture(autouse=True)
def _no_pause_before_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a purchase as soon as it is placed: here nobody's supplier needs a moment, and no test sleeps."""
    monkeypatch.setattr(first_reads, "wait_of", lambda _mode: first_reads.Wait(seconds=0.0))


@pytest.fixture(autouse=True)
def _no_walk_over_static_files(settings: Any) -> None:
    """Let the middleware look static files up when they are asked for: each client of a test loads it anew."""
    settings.WHITENOISE_AUTOREFRESH = True
