"""What every test of the API needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """No test is refused for the requests of the one before."""
    cache.clear()
    yield
    cache.clear()
