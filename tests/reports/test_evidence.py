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
from gateway.reports.evidence.pack import MANIFEST, page, zipped
from gateway.reports.evidence.verify import verify
from gateway.reports.words import Words
from gateway.trades.templates import template
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


def job(at: str, action: str, order: str, operation: str) -> dict[str, Any]:
    entry = {"do": "job", "action": action, "order": order, "operation": operation, "worker": "7", "station": "a"}
    return {"at": at, "scanned": True, "entries": [entry]}


def order(code: str, pieces: int) -> dict[str, Any]:
    return {"do": "order", "order": code, "style": "V1", "lines": [{"quantity": pieces}]}


def piece(at: str, order: str, operation: str, quantity: int, do: str = "done") -> dict[str, Any]:
    entry = {"do": do, "order": order, "operation": operation, "quantity": quantity, "worker": "7", "station": "a"}
    return {"at": at, "scanned": True, "entries": [entry]}


def scrap(at: str, order: str, operation: str, quantity: int) -> dict[str, Any]:
    return piece(at, order, operation, quantity, "scrap")


def weigh(at: str, action: str, lot: str, operation: str, grams: str, **more: str) -> dict[str, Any]:
    entry = {"do": "weigh", "action": action, "lot": lot, "operation": operation, "worker": "7", "grams": grams}
    return {"at": at, "scanned": True, "entries": [entry | more]}


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


# Metal, now: 1 is set up at 09:00, 40 are turned by 11:00 and deburred by 15:00: 6 h and 40 pieces, not 80. Of 2, 20
# are turned of 30 that are wanted: it takes no time yet. 3 was begun before: nobody knows how long it took.
METAL = [
    job("2025-10-05T09:00", "setup", "3", "TURN"),
    {"at": "2025-10-06T08:00", "entries": [order("1", 40), order("2", 30)]},
    badge("2025-10-06T09:00"),
    job("2025-10-06T09:00", "setup", "1", "TURN"),
    piece("2025-10-06T11:00", "1", "TURN", 40),
    piece("2025-10-06T12:00", "2", "TURN", 20),
    piece("2025-10-06T12:30", "3", "TURN", 5),
    badge("2025-10-06T13:00"),
    piece("2025-10-06T15:00", "1", "DEBURR", 40),
    leave("2025-10-06T15:30"),
]
# Print, now: made ready at 09:00, 1,000 printed, and bound by 16:30: 7.5 h, 1,000 sheets, 10 spoilt of 1,010.
PRINT = [
    {"at": "2025-10-06T08:00", "entries": [order("2701", 1000)]},
    badge("2025-10-06T09:00"),
    job("2025-10-06T09:00", "setup", "2701", "PRINT"),
    piece("2025-10-06T09:45", "2701", "PRINT", 1000),
    scrap("2025-10-06T09:46", "2701", "PRINT", 10),
    piece("2025-10-06T16:30", "2701", "BIND", 1000),
]
# Jewellery, before: 10 g issued, 9.9 back, 1 % lost in 4 h. Now: 37.395 g issued, 0.245 lost, 0.66 % (the day of a
# jeweller), from 09:00 to 16:30; a lot of before that comes back now, and one still out, are in neither.
GOLD_BEFORE = [
    weigh("2025-09-01T09:00", "issue", "AU18K0001", "CAST", "10"),
    weigh("2025-09-01T13:00", "return", "AU18K0001", "CAST", "9.9"),
    weigh("2025-09-20T09:00", "issue", "AU18K0002", "CAST", "20"),
]
GOLD = [
    weigh("2025-10-06T08:00", "return", "AU18K0002", "CAST", "15"),
    weigh("2025-10-06T09:00", "issue", "AU18K0231", "CAST", "12.5"),
    weigh("2025-10-06T11:00", "return", "AU18K0231", "CAST", "12.38"),
    weigh("2025-10-06T11:02", "recover", "AU18K0231", "CAST", "0.055"),
    weigh("2025-10-06T13:00", "issue", "AU18K0231", "SET", "12.38"),
    weigh("2025-10-06T14:30", "return", "AU18K0231", "SET", "12.515", stones_ct="0.75"),
    weigh("2025-10-06T15:00", "issue", "AU18K0231", "POLISH", "12.515"),
    weigh("2025-10-06T16:30", "return", "AU18K0231", "POLISH", "12.3"),
    weigh("2025-10-06T16:32", "recover", "AU18K0231", "POLISH", "0.05"),
    weigh("2025-10-06T17:00", "issue", "AU18K0003", "CAST", "5"),
]


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a journal of these lines and makes a pack of it: of a sewing shop, or a trade's template."""

    def made(lines: list[dict[str, Any]], *words: str, trade: str | None = None) -> Path:
        config, journal = tmp_path / "edge_config.yaml", tmp_path / "journal.db"
        shop = (template(trade) if trade else CASES / "edge_config.yaml").read_text("utf-8")
        kept = "".join(line for line in shop.splitlines(keepends=True) if not line.startswith("journal:"))
        config.write_text(f"{kept}journal: {{path: {journal}}}\n", "utf-8")
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
        "order_lead_time_h": None,
        "lot_lead_time_h": None,
        "loss_percent": None,
        "manual_share": -0.5,
        "kwh_per_piece": -0.3333,
        "coverage": 0.0,
    }
    assert {name for name, one in told["now"]["figures"].items() if not one["applies"]} == {
        "order_lead_time_h",
        "lot_lead_time_h",
        "loss_percent",
    }


def figures_of(file: Path) -> dict[str, dict[str, Any]]:
    """Return the present figures of a pack, which verifies."""
    assert verify(file) == []
    found: dict[str, dict[str, Any]] = json.loads(parts(file)["figures.json"])["now"]["figures"]
    return found


def values_of(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: one["value"] for name, one in found.items() if one["applies"] and name != "coverage"}


def test_a_metal_shops_pieces_count_once_and_its_orders_take_their_time(pack: Any) -> None:
    found = figures_of(pack([*METAL], "--baseline", "2025-09-01", trade="metal"))
    assert (found["output_per_h"]["numerator"], found["order_lead_time_h"]["orders"]) == (40 + 20 + 5, 1)
    told = {"output_per_h": 10.0, "dhu": 0.0, "manual_share": 0.0, "kwh_per_piece": None, "order_lead_time_h": 6.0}
    assert values_of(found) == told, "65 pieces in 6.5 h"


def test_a_print_shops_sheets_are_output_once_and_the_spoilt_inspected(pack: Any) -> None:
    found = figures_of(pack(PRINT, "--baseline", "2025-09-01", trade="printing"))
    assert (found["output_per_h"]["numerator"], found["dhu"]["denominator"]) == (1000, 1010)
    assert (found["order_lead_time_h"]["value"], found["lead_time_h"]["applies"]) == (7.5, False)


def test_a_jewellers_pack_tells_loss_and_time_of_lots_and_what_does_not_apply(pack: Any) -> None:
    file = pack([*GOLD_BEFORE, *GOLD], trade="jewellery")
    found = figures_of(file)
    assert values_of(found) == {"lot_lead_time_h": 7.5, "loss_percent": 0.6552}
    assert (found["loss_percent"]["numerator"], found["loss_percent"]["denominator"]) == ("0.245", "37.395")
    told = json.loads(parts(file)["figures.json"])
    before = told["baseline"]["figures"]
    assert (before["loss_percent"]["value"], before["lot_lead_time_h"]["value"]) == (1.0, 4.0)
    assert told["change"]["loss_percent"] == -0.3448
    shown = page(told, "", Words("ko")).pages[0].tables[0].rows
    assert [row[0] for row in shown if row[1:3] == ["해당 없음", "해당 없음"]][:2] == ["시간당 생산량", "100개당 불량"]


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
    other.write_bytes(zipped({"figures.json": b'{"formula": "evidence / 2"}', "plan.json": b"{}"}))
    assert "not as this program makes it" in verify(other)[0]


def test_a_baseline_that_reaches_into_the_present_is_refused(pack: Any, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(AssertionError):
        pack([*BEFORE, *NOW], "--baseline", "2025-09-20")
    assert "overlaps the present" in capsys.readouterr().err


def test_every_measure_has_its_formula_in_both_languages() -> None:
    for one in MEASURES.values():
        assert all((one.ko, one.en, one.formula_ko, one.formula_en, one.unit))
