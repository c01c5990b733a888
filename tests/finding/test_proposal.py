"""A proposal is a configuration that is valid, put where it belongs, with nothing else touched."""

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.finding import writing
from gateway.finding.findings import Findings
from gateway.finding.line import Line, Unit
from gateway.finding.listening import judge
from gateway.finding.network import Host
from gateway.finding.ports import SerialPort
from gateway.finding.proposal import proposal
from gateway.finding.recognise import Candidate
from gateway.finding.settings import Setting
from sensors import profile

PORT = SerialPort("/dev/serial/by-id/usb-FTDI_FT232R_A10K-if00-port0", "FTDI", "FT232R USB UART", "A10K")
WORKSHOP = """\
# 우리 공방 / ours
workshop: {id: shop-1, name: 공방}  # 이름 / the name
"""
DRIVERS = """\
drivers:
  - name: bus_1                    # 첫 선 / the first line
    type: modbus_rtu
    port: /dev/ttyS9
    devices:
      - {name: meter_1, profile: eastron-sdm120, unit: 1}
"""
AFTER = """\

# 보낼 곳 / where it goes
publish:
  - {name: broker, type: mqtt, host: localhost}
"""


def unit(number: int, *ids: str) -> Unit:
    """A unit that may be one of these kinds."""
    return Unit(number, [Candidate(profile.load(one), 0, 0.9 - n / 10) for n, one in enumerate(ids)], ("holding",))


def everything() -> Findings:
    """A line with a meter, a controller and a stranger, a host, a scanner and a scale."""
    heard = [
        judge(SerialPort("/dev/ttyACM0"), b"B-015838-SEW-20-9\r", 9600),
        judge(SerialPort("/dev/ttyUSB7"), b"ST,+00123.45  g\r\n" * 2, 2400),
    ]
    return Findings(
        [Line(PORT, Setting(9600, "none"), [unit(1, "eastron-sdm120"), unit(4, "autonics-tk"), Unit(9)])],
        [Host("192.168.0.50", 502, [unit(1, "eastron-sdm120")])],
        [one for one in heard if one],
    )


@pytest.mark.parametrize("before", [None, WORKSHOP, WORKSHOP + DRIVERS, WORKSHOP + DRIVERS + AFTER, WORKSHOP + AFTER])
def test_what_was_found_is_added_to_any_configuration_and_the_whole_is_valid(
    tmp_path: Path, before: str | None
) -> None:
    path = tmp_path / "edge_config.yaml"
    if before is not None:
        path.write_text(before)
    taken = writing.names_in(writing.existing(path))
    writing.write(path, proposal(everything(), taken))
    names = [driver.name for driver in load(path).drivers]
    new = ["bus_2" if "bus_1" in taken else "bus_1", "net_1", "scanner_1", "scale_1"]
    assert names == [*(["bus_1"] if "bus_1" in taken else []), *new]
    for line in (before or "").splitlines():
        assert line in path.read_text().splitlines(), "nothing that was there is touched"
    if before is not None:
        assert path.with_name("edge_config.yaml.before").read_text() == before


def test_names_follow_what_a_device_is_and_are_never_given_twice() -> None:
    text = proposal(everything(), {"meter_1"})
    assert "{name: meter_2, profile: eastron-sdm120, unit: 1}" in text
    assert "{name: meter_3, profile: eastron-sdm120, unit: 1}" in text
    assert "{name: heater_1, profile: autonics-tk, unit: 4}" in text
    assert "# unit 9: " in text
    assert "# FTDI FT232R USB UART A10K" in text


def test_a_line_of_strangers_alone_is_a_comment(tmp_path: Path) -> None:
    text = proposal(Findings([Line(PORT, Setting(19200, "even"), [Unit(7, (), ("holding", "coil"))])]))
    assert all(line.lstrip().startswith("#") for line in text.splitlines())
    assert "(table: holding, coil)" in text


def test_an_offset_that_is_not_the_profiles_own_is_written_down() -> None:
    found = Unit(1, [Candidate(profile.load("eastron-sdm120"), -1, 0.9)])
    text = proposal(Findings([Line(PORT, Setting(9600, "none"), [found])]))
    assert "{name: meter_1, profile: eastron-sdm120, unit: 1, address_offset: -1}" in text


def test_other_kinds_that_it_may_be_are_told() -> None:
    found = unit(1, "eastron-sdm120", "autonics-tk", "eastron-sdm120")
    text = proposal(Findings([Line(PORT, Setting(9600, "none"), [found])]))
    assert "It may also be: autonics-tk\n" in text


def test_what_would_not_be_valid_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "edge_config.yaml"
    path.write_text(WORKSHOP + DRIVERS)
    with pytest.raises(ConfigurationError) as refused:
        writing.write(path, "  - {name: bus_1, type: modbus_tcp, host: a, devices: []}")
    assert str(path) in refused.value.problems[0]
    assert path.read_text() == WORKSHOP + DRIVERS
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
