"""What draws labels in the tests: the typeface of the product."""

from typing import Any

import pytest

from gateway.printing.typeface import of


@pytest.fixture(scope="session")
def typeface() -> Any:
    return of
