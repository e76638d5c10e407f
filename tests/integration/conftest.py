"""What all tests inside one process share."""

import pytest

from orders.services import first_reads


@pytest.fixture(autouse=True)
def _no_pause_before_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a purchase as soon as it is placed: here nobody's supplier needs a moment, and no test sleeps."""
    monkeypatch.setattr(first_reads, "wait_of", lambda _mode: first_reads.Wait(seconds=0.0))
