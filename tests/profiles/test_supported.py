"""The list of devices in the guide: as the profiles say, in both languages."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.config.supported import CATEGORIES, FRAMES, PAGES, SURE, Language, main, page
from sensors import profile

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
LANGUAGES: tuple[Language, ...] = ("ko", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committed_list_is_what_the_profiles_say(language: Language) -> None:
    """Write it anew with `make docs`."""
    assert (GUIDE / PAGES[language]).read_text(encoding="utf-8") == page(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_stands_there_with_its_points_and_outputs(language: Language) -> None:
    text = page(language)
    for name in profile.names():
        known = profile.load(name)
        _, found, rest = text.partition(f"### `{name}`\n")
        assert found, name
        section = re.split(r"^##", rest, flags=re.MULTILINE)[0]
        assert known.source.rstrip(".") in section
        assert [part.name for part in (*known.points, *known.outputs) if f"| `{part.name}` |" not in section] == []
        assert f"[`{name}`](#{name})" in text


def test_every_word_of_the_list_is_there_in_both_languages() -> None:
    for told in (SURE, FRAMES, CATEGORIES):
        assert all(re.search("[가-힣]|PLC", ko) and not re.search("[가-힣]", en) for ko, en in told.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_is_torn(language: Language) -> None:
    """Each row of a table has as many cells as its head."""
    rows = [line for line in page(language).splitlines() if line.startswith("|")]
    for before, row in pairwise(rows):
        if "---" in row:
            width = before.count("|")
        elif "---" in before:
            assert row.count("|") == width


def test_both_pages_are_written(tmp_path: Path) -> None:
    main(str(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(PAGES.values())
