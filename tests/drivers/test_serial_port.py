"""Why a serial port failed, told from what pyserial really raises: on a pty, and on a file that is no port."""

import os
from pathlib import Path

import pytest
import serial

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.serial_port import explain, open_port
from drivers.serial_scanner import SerialScannerConfig


def test_a_file_that_is_no_port_is_a_wrong_configuration(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(WrongConfiguration, match="is not a serial port"):
        open_port(SerialScannerConfig(name="s", type="serial_scanner", port=str(place)))


def test_a_port_that_is_not_there_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="is the cable plugged in"):
        open_port(SerialScannerConfig(name="s", type="serial_scanner", port=str(tmp_path / "tty")))


def test_an_adapter_that_is_pulled_while_it_is_set_up_is_gone_and_not_wrong() -> None:
    master, slave = os.openpty()
    name = os.ttyname(slave)
    with serial.Serial(name, 9600, timeout=0) as port:
        os.close(slave)
        os.close(master)
        with pytest.raises(serial.SerialException) as failed:
            port.baudrate = 19200
    why = explain(name, failed.value)
    assert isinstance(why, DeviceGone), "it is tried again when it is back"
    assert "Input/output error" in str(why)
