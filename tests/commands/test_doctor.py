"""`gongbang doctor`: well, not quite well, and wrong, each with its mend in both languages."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
import workload
from rig import daemon, free_port, listens, mosquitto, until

from gateway import clock as clock_module
from gateway.config.load import load
from gateway.event import Event
from gateway.journal.journal import Journal


def examined(call: Any, path: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by what was looked at."""
    answer = call("doctor", "-c", path, "--json")
    findings = {finding["what"]: finding for finding in answer.json}
    for finding in findings.values():
        assert finding.keys() == {"what", "state", "found", "mend"}
        assert set(finding["found"]) == {"ko", "en"}
        assert finding["state"] == "ok" or set(finding["mend"]) == {"ko", "en"}, finding
    return answer.code, findings


def shop(folder: Path, registers_port: int, mqtt_port: int, **more: Any) -> Path:
    """A configuration on a register server."""
    drivers = [workload.plc(registers_port, 1, 1, 0.5)]
    return workload.write(folder / "edge_config.yaml", drivers, mqtt_port, free_port(), **more)


def test_a_shop_where_all_is_well_is_told_that_it_has_no_backup_yet(call: Any, tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker, workload.register_server() as port:
        code, found = examined(call, shop(tmp_path, port, broker.port))
        said = call("doctor", "-c", tmp_path / "edge_config.yaml")
    assert (code, said.code) == (0, 0)
    assert [name for name, finding in found.items() if finding["state"] != "ok"] == ["backup"]
    assert found["backup"]["state"] == "warning"
    assert {"configuration", "clock", "journal", "disk", "screens", "dashboard", "plc", "broker"} <= found.keys()
    assert said.out.count("✓") == len(found) - 1
    assert "10 s of samples" in found["journal"]["found"]["en"]


def test_a_broker_that_is_away_is_a_warning_for_nothing_is_lost(call: Any, tmp_path: Path) -> None:
    with workload.register_server() as port:
        code, found = examined(call, shop(tmp_path, port, free_port()))
    assert (code, found["broker"]["state"]) == (0, "warning")
    assert "남아" in found["broker"]["mend"]["ko"]


def test_a_clock_that_is_not_synchronised_is_a_warning(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "kernel_synced", lambda: False)  # nobody may step this machine's clock
    with workload.register_server() as port:
        code, found = examined(call, shop(tmp_path, port, 9, clock={"hold_s": 60}))
    assert (code, found["clock"]["state"]) == (0, "warning")
    assert "60" in found["clock"]["found"]["ko"]


def test_a_device_that_is_not_there_is_wrong(call: Any, tmp_path: Path) -> None:
    port = free_port()
    path = shop(tmp_path, port, 9)
    code, found = examined(call, path)
    assert (code, found["plc"]["state"]) == (1, "wrong")
    assert str(port) in found["plc"]["found"]["en"]
    said = call("doctor", "-c", path)
    assert said.code == 1
    assert "✗ plc" in said.out


def test_a_journal_that_cannot_be_written_tells_the_command_that_mends_it(call: Any, tmp_path: Path) -> None:
    place = tmp_path / "not" / "there" / "journal.db"
    code, found = examined(call, shop(tmp_path, free_port(), 9, journal={"path": str(place)}))
    assert (code, found["journal"]["state"]) == (1, "wrong")
    assert found["journal"]["mend"]["ko"] == found["journal"]["mend"]["en"]
    assert str(place.parent) in found["journal"]["mend"]["en"]


def test_a_port_that_another_program_has_is_wrong(call: Any, tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker, workload.register_server() as port:
        config = shop(tmp_path, port, 9, dashboard={"port": broker.port})
        code, found = examined(call, config)
    assert (code, found["dashboard"]["state"]) == (1, "wrong")


def test_a_configuration_that_does_not_load_is_all_there_is_to_say(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "edge_config.yaml"
    path.write_text("workshop: {id: w-1, nmae: 공방}\n", "utf-8")
    code, found = examined(call, path)
    assert (code, set(found)) == (2, {"configuration"})
    assert "nmae" in found["configuration"]["found"]["ko"]


def test_beside_a_running_gateway_it_asks_it_and_leaves_the_wires_alone(call: Any, tmp_path: Path) -> None:
    with workload.register_server() as port:
        web_port = free_port()
        path = shop(tmp_path, port, free_port(), dashboard={"host": "127.0.0.1", "port": web_port})
        with daemon(path, web_port) as running:
            until(running.ready, "readings flow")
            until(lambda: "down" in str(running.get("/api/v1/components")), "the broker is missed")
            code, found = examined(call, path)
            assert listens(web_port)
    assert code == 0
    assert found["dashboard"]["found"]["en"].endswith("the gateway runs")
    assert (found["plc"]["state"], found["broker"]["state"]) == ("ok", "warning")
    assert {"engine", "journal"} <= found.keys()
    assert (found["ledger"]["state"], found["ledger"]["found"]["en"]) == ("ok", "every sum closes, nothing was lost")


def test_the_ledger_of_losses_is_looked_at_on_the_file_where_no_gateway_runs(call: Any, tmp_path: Path) -> None:
    clock = clock_module.SystemClock(trust=True)
    path = shop(tmp_path, free_port(), 9)
    place = load(path).journal.path

    def ledger() -> tuple[str, str]:
        finding = examined(call, path)[1]["ledger"]
        return finding["state"], finding["found"]["en"]

    async def fill() -> None:
        async with await Journal.open(place, "gw_1", clock) as journal:
            rows = await journal.append([Event("scan", "scanner_1", clock.mono_ns(), {}) for _ in range(9)])
            await journal.dead_letter("broker", rows[0], "not authorized (0x87)")
            await journal.move_cursor("broker", "e", rows[-1].position, 8)

    assert "ledger" not in examined(call, path)[1], "there is no journal yet"
    asyncio.run(fill())
    assert ledger() == ("warning", "every sum closes; lost 0, refused by other sides 1")
    with closing(apsw.Connection(place)) as db:
        db.execute("DELETE FROM events WHERE id & 0xFF = 5")
    assert ledger() == ("wrong", "the sums do not close: journal/e: 1")
