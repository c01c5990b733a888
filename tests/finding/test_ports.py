"""Ports and cameras by the names that stay, and the networks of this machine."""

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.finding import search as search_module
from gateway.finding.cameras import FoundCamera, cameras
from gateway.finding.findings import Findings
from gateway.finding.line import Unit
from gateway.finding.listening import Heard
from gateway.finding.network import Host, hosts_of, own_networks
from gateway.finding.ports import SerialPort, serial_ports
from gateway.finding.proposal import proposal
from gateway.finding.recognise import Candidate
from gateway.finding.search import plan
from gateway.finding.writing import write
from sensors import profile


def test_a_port_that_is_named_is_taken_as_it_is_named() -> None:
    assert serial_ports(["/dev/pts/99"]) == [SerialPort("/dev/pts/99")]


def test_a_camera_is_found_once_with_the_name_that_it_gives_itself(tmp_path: Path) -> None:
    by_id, described, dev = tmp_path / "by-id", tmp_path / "class", tmp_path / "dev"
    for folder in (by_id, described / "video0", dev):
        folder.mkdir(parents=True)
    (described / "video0" / "name").write_text("HD Webcam C270\n")
    for index, name in enumerate(("video0", "video1")):
        (dev / name).touch()
        (by_id / f"usb-046d_C270-video-index{index}").symlink_to(dev / name)
    (found,) = cameras(by_id, described)
    assert (Path(found.path).name, found.name) == ("usb-046d_C270-video-index0", "HD Webcam C270")
    assert cameras(tmp_path / "none") == []


def test_a_network_is_its_hosts_and_one_too_large_is_refused_with_one_that_is_not() -> None:
    assert hosts_of("192.168.0.77/30") == ["192.168.0.77", "192.168.0.78"]
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/24\?"):
        hosts_of("10.0.0.0/8")
    with pytest.raises(ValueError, match="nonsense"):
        hosts_of("nonsense")
    assert all(len(hosts_of(network)) <= 1024 for network in own_networks())


def test_what_the_configuration_uses_is_not_searched_and_not_proposed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eyes, keys = [FoundCamera("/dev/v4l/a", "A"), FoundCamera("/dev/v4l/b", "B")], [SerialPort("/dev/input/k")]
    monkeypatch.setattr(search_module, "cameras", lambda: eyes)
    monkeypatch.setattr(search_module, "plugged_keyboards", lambda: keys)
    path = tmp_path / "edge_config.yaml"
    write(
        path, proposal(Findings(hosts=[Host("192.168.0.77", 502, [SDM])], cameras=eyes[:1], heard=[typed_by(keys[0])]))
    )
    look = {"ports": [], "network": "192.168.0.76/30"}
    before, after = (plan(config, lambda _: None, **look) for config in (None, load(path)))
    assert (list(before.cameras), list(before.keyboards), len(before.hosts)) == (eyes, keys, 2)
    assert (list(after.cameras), list(after.keyboards), list(after.hosts)) == (eyes[1:], [], ["192.168.0.78"])


SDM = Unit(1, [Candidate(profile.load("eastron-sdm120"), 0, 0.9)])


def typed_by(keyboard: SerialPort) -> Heard:
    """A code that a keyboard typed."""
    return Heard(keyboard, "hid_scanner", "8801", 0)
