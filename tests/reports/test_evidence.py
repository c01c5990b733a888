"""The pack of evidence: its figures, worked out by hand here, and that nothing in it can be changed unseen."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.commands.main import main
from gateway.config.load import load
from gateway.reports.evidence.measure import MEASURES
from gateway.reports.evidence.pack import MANIFEST, zipped
from gateway.reports.evidence.verify import verify
from tests.pay import journals

CASES = Path(journals.__file__).with_name("cases")


def done(at: str, bundle: str, operation: str, quantity: int, scanned: bool = True, **more: Any) -> dict[str, Any]:
    entry = {
        "do": "done",
        "bundle": bundle,
        "operation": operation,
        "quantity": quantity,
        "worker": "7",
        "station": "a",
    }
    return {"at": at, "scanned": scanned, "entries": [entry], **more}


def badge(at: str) -> dict[str, Any]:
    return {"at": at, "scanned": True, "entries": [{"do": "badge", "station": "a", "worker": "7"}]}


def leave(at: str) -> dict[str, Any]:
    return {"at": at, "scanned": True, "entries": [{"do": "leave", "station": "a"}]}


def defect(at: str, quantity: int) -> dict[str, Any]:
    entry = {"do": "defect", "bundle": "1", "operation": "SLEEVE", "code": "SKIP", "quantity": quantity, "worker": "7"}
    return {"at": at, "entries": [entry]}


def energy(at: str, kwh: float) -> dict[str, Any]:
    began_ms = (journals.ns(at) // 1_000_000) - 900_000
    body = {"machine": "m", "from": began_ms, "to": began_ms + 900_000, "kwh": kwh, "kw": kwh * 4, "known_s": 900}
    return {"at": at, "event": "energy", "source": "m", "body": body}


# Baseline, four weeks from 2025-09-01: 20 through in 5 h, half of all entered by hand, 2 defects, 3 h for the bundle.
# Now, four weeks from 2025-10-06: 40 through in 5 h (all scanned but for 20 of 80), 1 defect, bundles took 1 h and 2 h.
BEFORE = [
    badge("2025-09-01T09:00"),
    done("2025-09-01T09:30", "1", "FRONT", 20),
    leave("2025-09-01T11:00"),
    badge("2025-09-01T11:30"),
    done("2025-09-01T12:30", "1", "SLEEVE", 20, scanned=False),
    defect("2025-09-01T12:31", 2),
    energy("2025-09-01T14:00", 3.0),
    leave("2025-09-01T15:30"),
]
NOW = [
    badge("2025-10-06T09:00"),
    done("2025-10-06T09:15", "2", "FRONT", 20),
    done("2025-10-06T10:15", "2", "SLEEVE", 20),
    done("2025-10-06T10:30", "3", "FRONT", 20, scanned=False),
    done("2025-10-06T11:30", "9", "FRONT", 5, name="wrong"),
    {"at": "2025-10-06T11:31", "void": "wrong"},
    leave("2025-10-06T12:00"),
    badge("2025-10-06T12:20"),
    done("2025-10-06T12:30", "3", "SLEEVE", 20),
    defect("2025-10-06T13:00", 1),
    energy("2025-10-06T14:00", 4.0),
    leave("2025-10-06T15:00"),
]
BY_HAND = {
    "do": "baseline",
    "from": "2025-06-01",
    "to": "2025-06-28",
    "figures": {"output_per_h": "3.2", "dhu": "12"},
    "source": "작업일지 4주",
}
FROM = ("--from", "2025-10-06")


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a journal of these lines and makes a pack of it."""

    def made(lines: list[dict[str, Any]], *words: str) -> Path:
        config = tmp_path / "edge_config.yaml"
        shop = (CASES / "edge_config.yaml").read_text("utf-8")
        config.write_text(f"{shop}journal: {{path: {tmp_path / 'journal.db'}}}\n", "utf-8")
        journals.write_lines(tmp_path / "journal.db", load(config), lines)
        out = tmp_path / "evidence.zip"
        assert main(["report", "evidence", *FROM, *words, "-c", str(config), "-o", str(out)]) == 0
        return out

    return made


def parts(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def test_four_weeks_before_and_now_give_the_figures_that_were_worked_out_by_hand(pack: Any) -> None:
    told = json.loads(parts(pack([*BEFORE, *NOW]))["figures.json"])
    values = {part: {name: one["value"] for name, one in told[part]["figures"].items()} for part in ("baseline", "now")}
    before = {"output_per_h": 4.0, "dhu": 10.0, "lead_time_h": 3.0, "manual_share": 0.5, "kwh_per_piece": 0.15}
    now = {"output_per_h": 8.0, "dhu": 2.5, "lead_time_h": 1.5, "manual_share": 0.25, "kwh_per_piece": 0.1}
    assert (told["baseline"]["from"], told["baseline"]["to"]) == ("2025-09-01", "2025-09-28")
    assert (told["now"]["from"], told["now"]["to"]) == ("2025-10-06", "2025-11-02")
    assert {name: values["baseline"][name] for name in before} == before
    assert {name: values["now"][name] for name in now} == now
    assert told["change"] == {
        "output_per_h": 1.0,
        "dhu": -0.75,
        "lead_time_h": -0.5,
        "manual_share": -0.5,
        "kwh_per_piece": -0.3333,
        "coverage": 0.0,
    }


def test_a_pack_verifies_with_our_program_and_with_anybodys(pack: Any, tmp_path: Path) -> None:
    file = pack([*BEFORE, *NOW])
    assert verify(file) == []
    assert main(["report", "verify", str(file)]) == 0
    with zipfile.ZipFile(file) as opened:
        opened.extractall(tmp_path / "out")
    checked = subprocess.run(["sha256sum", "-c", MANIFEST], cwd=tmp_path / "out", capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert b"%PDF-" in (tmp_path / "out" / "report.pdf").read_bytes()
    everything = b"".join(data for name, data in parts(file).items() if name != "report.pdf")
    assert "은하".encode() not in everything, "a worker is a badge, and no name"


def test_a_baseline_by_hand_is_marked_as_such(pack: Any) -> None:
    file = pack([{"at": "2025-07-01T09:00", "entries": [BY_HAND]}, *NOW])
    told = json.loads(parts(file)["figures.json"])
    assert (told["baseline"]["by_hand"], told["baseline"]["source"]) == (True, "작업일지 4주")
    assert (told["change"]["output_per_h"], told["change"]["lead_time_h"]) == (1.5, None)
    assert "baseline.lines.jsonl" not in parts(file)
    assert verify(file) == []


@pytest.mark.parametrize("name", ["now.events.jsonl", "figures.json", "plan.json", "report.pdf", "README.txt"])
def test_a_changed_byte_is_seen(pack: Any, name: str, tmp_path: Path) -> None:
    found = parts(pack([*BEFORE, *NOW]))
    found[name] = found[name].replace(b"2", b"3", 1) if b"2" in found[name] else found[name] + b" "
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as out:
        for one, data in found.items():
            out.writestr(one, data)
    assert verify(changed) == [f"{name}: 바뀌었어요. / was changed."]
    assert main(["report", "verify", str(changed)]) == 1


def _rewritten(found: dict[str, bytes], **changed: bytes) -> bytes:
    """Return a pack with other contents whose hashes fit: somebody who knows how has made it."""
    rest = {name: data for name, data in found.items() if name != MANIFEST}
    return zipped(rest | {name.replace("__", "."): data for name, data in changed.items()})


def test_figures_that_the_log_does_not_give_are_seen_although_the_hashes_fit(pack: Any, tmp_path: Path) -> None:
    found = parts(pack([*BEFORE, *NOW]))
    forged = tmp_path / "forged.zip"
    better = found["figures.json"].replace(b'"numerator": 40', b'"numerator": 90', 1)
    assert better != found["figures.json"]
    forged.write_bytes(_rewritten(found, figures__json=better))
    assert "is not what the log says" in verify(forged)[0]
    more = found["now.lines.jsonl"].replace(b",20,", b",80,")
    forged.write_bytes(_rewritten(found, now__lines__jsonl=more))
    assert any("is not what the log says" in one for one in verify(forged))
    event = found["now.events.jsonl"].replace(b'\\"quantity\\":20', b'\\"quantity\\":80', 1)
    assert event != found["now.events.jsonl"]
    forged.write_bytes(_rewritten(found, now__events__jsonl=event))
    assert "CRC" in verify(forged)[0]


def test_what_is_missing_strange_or_no_pack_is_told(pack: Any, tmp_path: Path, capsys: Any) -> None:
    found = parts(pack([*BEFORE, *NOW]))
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as out:
        for one, data in found.items():
            if one != "plan.json":
                out.writestr(one, data)
        out.writestr("more.txt", "more")
    assert verify(other) == [
        "more.txt: 목록에 없는 파일이에요. / is not in the list.",
        "plan.json: 없어졌어요. / is missing.",
    ]
    no_pack = io.BytesIO()
    with zipfile.ZipFile(no_pack, "w") as out:
        out.writestr("a", "b")
    for data, why in ((b"no zip", "cannot be read"), (no_pack.getvalue(), "not a pack of evidence")):
        other.write_bytes(data)
        assert main(["report", "verify", str(other)]) == 2
        assert why in capsys.readouterr().err
    assert main(["report", "verify"]) == 2
    other.write_bytes(zipped({"figures.json": b'{"formula": "evidence / 1"}', "plan.json": b"{}"}))
    assert "not as this program makes it" in verify(other)[0]


def test_a_baseline_that_reaches_into_the_present_is_refused(pack: Any, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(AssertionError):
        pack([*BEFORE, *NOW], "--baseline", "2025-09-20")
    assert "overlaps the present" in capsys.readouterr().err


def test_every_measure_has_its_formula_in_both_languages() -> None:
    for one in MEASURES.values():
        assert all((one.ko, one.en, one.formula_ko, one.formula_en, one.unit))
