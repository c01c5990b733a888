"""The page about what is kept: its numbers and names are the program's."""

import asyncio
import re
from pathlib import Path
from typing import get_args

import pytest

from gateway import clock, flow, losses
from gateway.clock import SystemClock
from gateway.config.parts import Clock, size_bytes
from gateway.config.parts import Journal as Options
from gateway.history.buckets import DAY_S
from gateway.history.file import HOURS_KEEP_S, MINUTES_KEEP_S
from gateway.journal import letters, retention, staging
from gateway.journal.files import Files
from gateway.journal.journal import Journal
from tests.guide import FILES, part, text
from tests.test_guide_words import QUOTES, WORDS

NUMBERS: list[tuple[float, tuple[str, str]]] = [
    (Options().samples_keep_d, ("{:g}일(`samples_keep_d`)", "{:g} days (`samples_keep_d`)")),
    (size_bytes(Options().max_bytes) / 1e9, ("{:g} GB(`max_bytes`)", "{:g} GB (`max_bytes`)")),
    (retention.THIN_FROM * 100, ("{:g}%가 차면", "At {:g}%")),
    (MINUTES_KEEP_S / DAY_S, ("1분마다의 값은 {:g}일", "each minute {:g} days")),
    (HOURS_KEEP_S / DAY_S / 365, ("1시간마다의 값은 {:g}년", "each hour {:g} years")),
    (Options().samples_commit_s, ("{:g}초(`samples_commit_s`)", "{:g} s (`samples_commit_s`)")),
    (size_bytes(Options().max_bytes) / 1e9, ("{:g} GB가", "{:g} GB are")),
    (staging.MOST_BYTES >> 20, ("메모리에 {:g} MB까지", "Up to {:g} MB wait")),
    (flow.EVENTS_HELD, ("메모리에 {:,d}건까지", "Up to {:,d} wait")),
    (letters.KEPT, ("마지막 {:,d}건", "last {:,d}")),
    (Clock().hold_s / 60, ("{:g}분(`hold_s`)", "{:g} minutes (`hold_s`)")),
    (clock.LEAP_NS / 3600e9, ("{:g}시간 넘게 뛰면", "more than {:g} hour")),
    (clock.BELIEVED_AFTER_NS / 60e9, ("{:g}분이 지나야 믿어요", "stood for {:g} minutes")),
]


@pytest.mark.parametrize("language", FILES)
def test_the_pages_numbers_are_the_programs(language: str) -> None:
    written = [sentence[language == "en"].format(value) for value, sentence in NUMBERS]
    assert [said for said in written if said not in text("kept", language)] == []


@pytest.mark.parametrize("language", FILES)
def test_the_page_tells_all_that_can_become_of_a_row(language: str) -> None:
    words = [WORDS[language][f"ledger.{what}"].join(QUOTES[language]) for what in get_args(losses.What)]
    assert [word for word in words if word not in text("kept", language)] == []


@pytest.mark.parametrize("language", FILES)
def test_what_the_page_never_lets_go_is_never_let_go(language: str) -> None:
    """What may go when space ends is told in the row that says so; tickets and the configuration are not among it."""
    names = {"ko": ("알람", "생산 수", "상태", "글자"), "en": ("Alarms", "pieces", "states", "texts")}[language]
    kinds = dict(zip(("alarm", "count", "state", "text"), names, strict=True))
    forever, expendable = re.findall(r"^\| (?!-|무엇|What)(.*?) \|", part("kept", language, 1), re.MULTILINE)[:2]
    assert all(name in expendable for name in kinds.values())
    # No device makes measurements yet; a backup tells of a copy alone.
    assert set(kinds) == set(retention.EXPENDABLE) - {"measurement", "backup"}
    assert not any(name in forever for name in kinds.values())


@pytest.mark.parametrize("language", FILES)
def test_a_damaged_file_is_called_as_the_page_says(language: str, tmp_path: Path) -> None:
    files = Files(tmp_path / "journal.db")

    async def start() -> None:
        await (await Journal.open(files.database, "gw_1", SystemClock())).close()

    asyncio.run(start())
    files.marker.touch()  # it refused a commit
    asyncio.run(start())
    (aside,) = (file.name for file in tmp_path.glob("journal.db.damaged-?"))
    assert f"`{aside}`" in text("kept", language)
