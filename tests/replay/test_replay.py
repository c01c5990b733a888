"""A recorded day gives the events that the day gave, whatever file it comes from; what is wrong in one is told."""

import asyncio
import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.commands.main import main
from gateway.config.load import load
from gateway.journal.journal import Journal
from gateway.table import PointTable
from sensors.batch import Batch

DAYS = sorted(path.parent for path in (Path(__file__).parents[1] / "engine" / "days").glob("*/config.yaml"))
SECOND_NS = 1_000_000_000
BASE_S = 1_764_000_000  # a whole minute, as the day's own zero is
Row = tuple[int, str, list[str]]


def rows_of(day: Path) -> list[Row]:
    with (day / "rows.csv").open(encoding="utf-8") as file:
        return [
            (round(float(at_s) * SECOND_NS) + BASE_S * SECOND_NS, device, values)
            for at_s, device, *values in csv.reader(file)
        ]


def events_of(day: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (day / "events.jsonl").read_text("utf-8").splitlines()]


def points_of(day: Path) -> dict[str, list[str]]:
    table = PointTable.of(load(day / "config.yaml"))
    return {entry.name: [point.name for point in entry.points] for entry in table.devices[:-2]}


def iso(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat(timespec="milliseconds")


def as_exported(day: Path, path: Path) -> list[Path]:
    """As `gongbang journal export --samples` writes it: blocks of ten seconds, device by device."""
    points = points_of(day)
    names = list(dict.fromkeys(name for own in points.values() for name in own))
    with (path / "day.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["time", "clock", "device", *names, "bad"])
        table.writeheader()
        for _, block in groupby(rows_of(day), lambda row: row[0] // (10 * SECOND_NS)):
            for time_ns, device, values in sorted(block, key=lambda row: row[1]):
                cells = dict(zip(points[device], values, strict=True))
                bad = {name: 18 for name, value in cells.items() if not value}
                table.writerow({"time": iso(time_ns), "clock": "synced", "device": device, **cells,
                                "bad": json.dumps(bad) if bad else ""})  # fmt: skip
    return [path / "day.csv"]


def as_spreadsheet(day: Path, path: Path) -> list[Path]:
    """As a spreadsheet in Korea saves it: a column a point, semicolons, CP949, milliseconds since 1970."""
    points = points_of(day)
    names = [f"{device}.{name}" for device, own in points.items() for name in own]
    with (path / "day.csv").open("w", encoding="cp949", newline="") as file:
        table = csv.DictWriter(file, ["time", *names, "비고"], delimiter=";")
        table.writeheader()
        for time_ns, device, values in rows_of(day):
            cells = {f"{device}.{name}": value for name, value in zip(points[device], values, strict=True)}
            table.writerow({"time": time_ns // 1_000_000, **cells, "비고": "흐림"})
    return [path / "day.csv"]


def as_parquet(day: Path, path: Path) -> list[Path]:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    points, rows = points_of(day), rows_of(day)
    names = list(dict.fromkeys(name for own in points.values() for name in own))
    columns: dict[str, list[Any]] = {name: [] for name in ("time", "device", *names)}
    for time_ns, device, values in rows:
        cells = dict(zip(points[device], values, strict=True))
        columns["time"].append(datetime.fromtimestamp(time_ns / 1e9, UTC))
        columns["device"].append(device)
        for name in names:
            columns[name].append(float(cells[name]) if cells.get(name) else None)
    parquet.write_table(pyarrow.table(columns), path / "day.parquet")
    return [path / "day.parquet"]


class Told:
    """A clock that is told; UTC and mono are the same."""

    synced, boot_id, now_ns = True, "boot-1", 0

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def as_journal(day: Path, path: Path) -> list[Path]:
    """In the shop's own journal, committed every ten seconds as the daemon does."""
    asyncio.run(_keep(day, path / "journal.db"))
    return []


async def _keep(day: Path, path: Path) -> None:
    clock, table = Told(), PointTable.of(load(day / "config.yaml"))
    async with await Journal.open(path, "gw_1", clock) as journal:
        clock.now_ns = BASE_S * SECOND_NS
        schemas = {
            entry.name: await journal.declare(
                entry.name, {"fields": [p.name for p in entry.points], "units": [p.unit for p in entry.points]}
            )
            for entry in table.devices[:-2]
        }
        for _, block in groupby(rows_of(day), lambda row: row[0] // (10 * SECOND_NS)):
            for time_ns, device, cells in block:
                clock.now_ns = time_ns
                values = np.array([[float(cell or "nan") for cell in cells]])
                quality = np.where(np.isnan(values), 18, 0).astype(np.uint8)
                number = table.device_index(device)
                batch = Batch(number, table.devices[number].first, np.array([time_ns], np.int64), values, quality)
                journal.stage(batch, schemas[device])
            await journal.commit_block(b"")


@pytest.fixture
def replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`replay(day, *arguments)`: the command on the day's configuration, with a journal of its own."""

    def run(day: Path, *arguments: object) -> tuple[int, str, str]:
        text = (day / "config.yaml").read_text("utf-8")
        config = tmp_path / "edge_config.yaml"
        config.write_text(f"{text}\njournal: {{path: {tmp_path / 'journal.db'}}}\n", "utf-8")
        capsys.readouterr()
        code = main(["replay", *map(str, arguments), "-c", str(config)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


RECORDS = [
    pytest.param(day, write, id=f"{day.name}-{write.__name__}")
    for day in DAYS
    for write in (as_exported, as_spreadsheet, as_parquet, as_journal)
    if write is not as_spreadsheet or all(any(values) for _, _, values in rows_of(day))  # no reply is no cell there
]


@pytest.mark.parametrize(("day", "write"), RECORDS)
def test_a_day_gives_its_events_from_any_record(day: Path, write: Any, replay: Any, tmp_path: Path) -> None:
    files = write(day, tmp_path)
    code, out, err = replay(day, *files, "--json", "--from", iso(BASE_S * SECOND_NS))
    found = []
    for line in out.splitlines():
        event = json.loads(line)
        event["at_s"] = round(event.pop("ts") / 1e3 - BASE_S, 6)
        found.append({name: value for name, value in event.items() if name not in ("message", "todo", "source")})
    last = max(row[0] for row in rows_of(day)) / SECOND_NS - BASE_S
    expected = [event for event in events_of(day) if event["at_s"] <= last]
    assert [_short(event) for event in found if event["at_s"] <= last] == [_short(event) for event in expected]
    assert code == 0
    assert "줄 / rows" in err


def _short(event: dict[str, Any]) -> dict[str, Any]:
    return event | {name: round(event[name], 3) for name in ("at_s", "after_s") if name in event}


def test_the_lines_tell_what_happened_and_the_end_how_often(replay: Any, tmp_path: Path) -> None:
    day = DAYS[-1].with_name("press")
    _, out, err = replay(day, *as_exported(day, tmp_path), "--kind", "alarm")
    assert "alarm  press_overheat           raise" in out
    assert "프레스 과열 / Press is overheating" in out
    assert "state " not in out
    raised = sum(event.get("action") == "raise" for event in events_of(day))
    assert f"alarm press_overheat: {raised}번 / times" in err


def test_what_cannot_be_read_is_told_with_its_line_and_costs_nothing_else(replay: Any, tmp_path: Path) -> None:
    day = DAYS[-1].with_name("press")
    file = tmp_path / "day.csv"
    file.write_text(
        "time,meter_1.power,meter_2.power\n2026-11-28T09:00:00,hot,1\nyesterday,5,1\n2026-11-28T09:00:02,5\n"
        "2026-11-28T09:00:03,5,1\n"
    )
    code, _, err = replay(day, file)
    assert f"{file}:2: power: 'hot': 수가 아니에요. / not a number" in err
    assert f"{file}:3: time: 'yesterday': 시각이 아니에요. / not a time" in err
    assert f"{file}:4: 3 ≠ 2 칸 / cells" in err
    assert f"{file}: meter_2.power: 설정에 없어요. / not in the configuration (4). meter_1.power?" in err
    assert "meter_1: 2 줄 / rows" in err
    assert code == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("day.csv", "power\n1\n", "there is no column 'time'"),
        ("day.csv", "", "there is no column 'time'"),
        ("day.csv", "time,fan.x\n2026-11-28T09:00:00,1\n", "none of the configuration's devices (meter_1, press_1)"),
        ("day.parquet", "no parquet", "is no Parquet file"),
        ("none.csv", None, "there is no such file"),
    ],
)
def test_a_file_that_is_no_recording_says_why(
    name: str, text: str | None, said: str, replay: Any, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    code, _, err = replay(DAYS[-1].with_name("press"), tmp_path / name)
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    "cell", ["1764000001", "1764000001000", "1764000001000000", "1764000001000000000", "2025-11-25T01:00:01+09:00",
             "2025-11-25 01:00:01"],
)  # fmt: skip
def test_times_are_understood_as_people_and_programs_write_them(cell: str, replay: Any, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(f"time,meter_1.power,press_1.fault\n{cell},5,1\n")
    _, out, _ = replay(DAYS[-1].with_name("press"), file, "--json")
    assert {round(json.loads(line)["ts"] / 1e3) for line in out.splitlines()} == {BASE_S + 1}


def test_a_night_in_which_the_gateway_was_off_is_not_lived_through(replay: Any, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text("time,press_1.fault\n1764000001,1\n1764000002,1\n1795536001,0\n1795536005,1\n")
    code, out, _ = replay(DAYS[-1].with_name("press"), file)
    assert (code, out.count("state")) == (0, 3)


def test_without_any_row_it_says_so(replay: Any, tmp_path: Path) -> None:
    as_journal(DAYS[-1].with_name("press"), tmp_path)
    code, out, err = replay(DAYS[-1].with_name("press"), "--from", "2020-01-01", "--to", "2020-01-02")
    assert (code, out) == (1, "")
    assert "There are no rows to replay" in err


def test_without_a_journal_it_says_so(replay: Any) -> None:
    code, out, err = replay(DAYS[-1].with_name("press"))
    assert (code, out) == (1, "")
    assert "기록이 아직 없어요. / there is no journal yet." in err
