"""`gongbang probe` and `gongbang doctor` with a camera: the very process that the daemon runs."""

from pathlib import Path
from typing import Any

import workload
from rig import free_port

from tests.drivers.vision import pictures as draw


def config(folder: Path, source: str) -> Path:
    """A shop with one camera."""
    camera = {"name": "camera_1", "type": "camera", "source": source, "loop": True}
    return workload.write(folder / "edge_config.yaml", [camera], 9, free_port())


def film(folder: Path) -> str:
    """A label on a bench."""
    return draw.film(folder / "belt.avi", [draw.lay(draw.bench(240, 320), draw.label("A", scale=3), 100, 60)] * 5)


def test_probe_shows_what_the_camera_reads(call: Any, tmp_path: Path) -> None:
    answer = call("probe", "camera_1", "-c", config(tmp_path, film(tmp_path)), "--for-s", 5, "--json")
    assert answer.code == 0
    assert {"device": "camera_1", "raw": "]Q1A"} in answer.json
    assert {row["point"] for row in answer.json if "point" in row} == {"scans", "frame_rate"}


def test_doctor_says_whether_the_camera_is_there(call: Any, tmp_path: Path) -> None:
    well = call("doctor", "-c", config(tmp_path, film(tmp_path)), "--json").json
    assert {finding["what"]: finding["state"] for finding in well}["camera_1"] == "ok"
    gone = call("doctor", "-c", config(tmp_path, "/none/belt.avi"), "--json").json
    found = next(finding for finding in gone if finding["what"] == "camera_1")
    assert found["state"] == "wrong"
    assert "not there" in found["found"]["ko"]
