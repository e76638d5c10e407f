"""Syncs in these tests wait for nobody: the limiter has its own tests."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.BAMBOO_LIMITS = {}
