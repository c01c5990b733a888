"""The page about what is kept: its numbers and names are the program's."""

import re
from pathlib import Path
from typing import get_args

import pytest

from gateway import clock, flow, losses
from gateway.config.parts import Clock, Journal, size_bytes
from gateway.history.buckets import DAY_S
from gateway.history.file import HOURS_KEEP_S, MINUTES_KEEP_S
from gateway.journal import letters, rescue, retention, staging
from gateway.journal.files import Files
from tests.guide import FILES, part, text

FOREVER, LOST_AT_MOST, LEDGER, CLOCK = 1, 2, 5, 7  # the headings
NUMBERS: list[tuple[int, float, tuple[str, str]]] = [
    (FOREVER, Journal().samples_keep_d, ("{:g}일(`samples_keep_d`)", "{:g} days (`samples_keep_d`)")),
    (FOREVER, size_bytes(Journal().max_bytes) / 1e9, ("{:g} GB(`max_bytes`)", "{:g} GB (`max_bytes`)")),
    (FOREVER, retention.THIN_FROM * 100, ("{:g}%", "{:g}%")),
    (FOREVER, MINUTES_KEEP_S / DAY_S, ("{:g}일", "each minute {:g} days")),
    (FOREVER, HOURS_KEEP_S / DAY_S / 365, ("{:g}년", "each hour {:g} years")),
    (LOST_AT_MOST, Journal().samples_commit_s, ("{:g}초(`samples_commit_s`)", "{:g} s (`samples_commit_s`)")),
    (LOST_AT_MOST, size_bytes(Journal().max_bytes) / 1e9, ("{:g} GB가", "{:g} GB are")),
    (LOST_AT_MOST, staging.MOST_BYTES >> 20, ("{:g} MB", "{:g} MB")),
    (LOST_AT_MOST, flow.EVENTS_HELD, ("{:,d}건", "{:,d} wait")),
    (LEDGER, letters.KEPT, ("마지막 {:,d}건", "last {:,d}")),
    (CLOCK, Clock().hold_s / 60, ("{:g}분(`hold_s`)", "{:g} minutes (`hold_s`)")),
    (CLOCK, clock.LEAP_NS / 3600e9, ("{:g}시간", "{:g} hour")),
    (CLOCK, clock.BELIEVED_AFTER_NS / 60e9, ("{:g}분", "{:g} minutes")),
]


@pytest.mark.parametrize("language", FILES)
def test_the_pages_numbers_are_the_programs(language: str) -> None:
    written = [(number, sentence[language == "en"].format(value)) for number, value, sentence in NUMBERS]
    assert [said for number, said in written if said not in part("kept", language, number)] == []


@pytest.mark.parametrize("language", FILES)
def test_the_page_tells_all_that_can_become_of_a_row(language: str) -> None:
    told = re.findall(r"`(\w+)`", part("kept", language, LEDGER))
    assert set(get_args(losses.What)) <= set(told)


@pytest.mark.parametrize("language", FILES)
def test_what_the_page_never_lets_go_is_never_let_go(language: str) -> None:
    """What may go when space ends is told in the row that says so; tickets and the configuration are not among it."""
    names = {"ko": ("알람", "생산 수", "상태", "글자"), "en": ("Alarms", "pieces", "states", "texts")}[language]
    kinds = dict(zip(("alarm", "count", "state", "text"), names, strict=True))
    forever, expendable = re.findall(r"^\| (?!-|무엇|What)(.*?) \|", part("kept", language, FOREVER), re.MULTILINE)[:2]
    assert all(name in expendable for name in kinds.values())
    assert set(kinds) == set(retention.EXPENDABLE) - {"measurement"}  # no device makes these yet
    assert not any(name in forever for name in kinds.values())


@pytest.mark.parametrize("language", FILES)
def test_a_damaged_file_is_called_as_the_page_says(language: str, tmp_path: Path) -> None:
    database = tmp_path / "journal.db"
    database.touch()
    assert f"`{rescue.set_aside(Files(database).database).name}`" in text("kept", language)
