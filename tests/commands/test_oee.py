"""`gongbang oee`: the figures of a machine from a journal, for people and for programs."""

import asyncio
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.commands.main import main
from gateway.event import Event
from gateway.journal.journal import Journal

SECOND_NS = 1_000_000_000
CONFIG = """workshop: {{id: w-1, name: 공방, timezone: Asia/Seoul, day_start: "09:00", day_end: "10:00"}}
drivers:
  - name: plc
    type: modbus_tcp
    host: 127.0.0.1
    devices:
      - name: m
        unit: 1
        points: [{{name: power, unit: W, table: input, address: 0, type: f32}}]
machines:
  - {{name: press_1, ideal_cycle_s: 10, states: [{{state: run, when: m.power > 9 W}}]}}
  - {{name: lathe_1, states: [{{state: run, when: m.power > 9 W}}]}}
journal: {{path: {path}}}
"""


class Day:
    """A clock that is told; UTC and mono are the same."""

    synced, boot_id, now_ns = True, "boot-1", 0

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2025-11-03T{text}+09:00").timestamp()) * SECOND_NS


async def _write(path: Path) -> None:
    """Half an hour of running, 90 pieces; then idle, into the evening."""
    clock = Day()
    clock.now_ns = at("08:00")
    async with await Journal.open(path, "gw_1", clock) as journal:
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        for time, state, before in (("09:00", "run", "off"), ("09:30", "idle", "run"), ("20:00", "off", "idle")):
            clock.now_ns = at(time)
            body: dict[str, Any] = {"machine": "press_1", "delta": 90, "total": 90, "reset": False, "raw": 90}
            events = [Event("count", "press_1", clock.now_ns, body)] if before == "run" else []
            body = {"machine": "press_1", "state": state, "before": before, "after_s": 1.0}
            await journal.append([*events, Event("state", "press_1", clock.now_ns, body)])


@pytest.fixture
def config(tmp_path: Path) -> str:
    asyncio.run(_write(tmp_path / "journal.db"))
    file = tmp_path / "edge_config.yaml"
    file.write_text(CONFIG.format(path=tmp_path / "journal.db"), "utf-8")
    return str(file)


DAY = ("--from", "2025-11-03", "--to", "2025-11-03")


def test_people_see_percentages_and_what_they_are_made_of(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["oee", "press_1", "-c", config, *DAY]) == 0
    lines = [re.split(r"  +", line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["press_1"],
        ["설비종합효율 / OEE", "모름 / not known"],
        ["가동률 / availability", "50.0 %", "1800 / 3600"],
        ["성능 / effectiveness", "50.0 %", "900 / 1800"],
        ["양품률 / quality", "모름 / not known"],
        ["자료가 덮는 시간 / covered", "100.0 %", "3600 s"],
        ["만든 수 / pieces", "90, 계획 밖 / outside the plan 0"],
        ["순간 정지 / micro-stops", "0 (0 s), 긴 것 / long 1 (1800 s)"],
    ]


def test_programs_get_all_machines(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["oee", "-c", config, "--json", *DAY]) == 0
    press, lathe = json.loads(capsys.readouterr().out)
    assert (press["oee"]["availability"]["value"], lathe["oee"]["availability"]["coverage"]) == (0.5, 0.0)


def test_wrong_names_times_and_files_are_told(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["oee", "pres_1", "-c", config]) == 2
    assert "press_1?" in capsys.readouterr().err
    assert main(["oee", "-c", config, "--from", "2025-11-04", "--to", "2025-11-03"]) == 2
    assert main(["oee", "-c", config, "--from", "2099-01-01"]) == 2
    Path(config).write_text(Path(config).read_text("utf-8").replace("journal.db", "none.db"), "utf-8")
    assert main(["oee", "-c", config, *DAY]) == 2
    assert "no journal here" in capsys.readouterr().err
