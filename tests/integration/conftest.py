"""What all tests inside one process share."""

import pytest

from orders.services import answers


@pytest.fixture(autouse=True)
def _no_pause_before_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a purchase as soon as it is placed: here nobody's supplier needs a moment, and no test sleeps."""
    monkeypatch.setattr(answers, "FIRST_READ_SECONDS", 0.0)
