"""Fixtures of the journal's tests: a clock moved by hand."""

import pytest
from histories import HandClock


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that is synchronised and stands."""
    return HandClock()
