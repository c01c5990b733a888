"""A shop whose journal is copied."""

from pathlib import Path

import pytest


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """A folder that stands for a mounted share; copies into it say `same_disk`, as tests have one disk."""
    folder = tmp_path / "share"
    folder.mkdir()
    return folder
