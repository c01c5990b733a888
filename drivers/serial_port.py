"""A serial port: its options, opening it without ever blocking, and saying why it failed."""

import errno
import os
import termios
from typing import ClassVar, Final, Literal

import serial
from pydantic import Field

from drivers.base import DriverConfig
from drivers.errors import DeviceGone, WrongConfiguration

Parity = Literal["none", "even", "odd"]
PARITY_LETTER: Final[dict[Parity, str]] = {"none": "N", "even": "E", "odd": "O"}


class SerialConfig(DriverConfig):
    """What every driver on a serial port has."""

    retry_most_s: ClassVar[float] = 3.0  # looking whether it was plugged in again costs nothing

    port: str = Field(
        min_length=1,
        description="시리얼 포트. 꽂는 자리가 바뀌어도 같은 /dev/serial/by-id/... 이름이 좋아요. / "
        "The serial port; a name under /dev/serial/by-id stays the same wherever it is plugged in.",
    )
    baudrate: int = Field(9600, ge=300, le=4_000_000, description="통신 속도(bit/s). / The speed, bits a second.")
    parity: Parity = Field("none", description="패리티. / The parity.")
    stop_bits: Literal[1, 2] = Field(1, description="정지 비트 수. / Stop bits.")

    def character_s(self, bytesize: int = 8) -> float:
        """Return the seconds that one character takes on the wire: start, data, parity and stop bits."""
        return (1 + bytesize + (self.parity != "none") + self.stop_bits) / self.baudrate


def open_port(config: SerialConfig, bytesize: int = 8) -> serial.Serial:
    """Open the port for us alone, non-blocking; DeviceGone or WrongConfiguration when it cannot be."""
    try:
        return serial.Serial(
            config.port,
            baudrate=config.baudrate,
            bytesize=bytesize,
            parity=PARITY_LETTER[config.parity],
            stopbits=config.stop_bits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except (OSError, ValueError) as error:  # SerialException is an OSError
        raise explain(config.port, error) from error


def explain(port: str, error: Exception) -> DeviceGone | WrongConfiguration:
    """Turn what opening or reading raised into one of ours, with a text that says which port, why and the mend."""
    if isinstance(error, ValueError):
        return WrongConfiguration(f"{port}: {error}")
    number = getattr(error, "errno", None)
    if isinstance(error.__context__, termios.error):  # pyserial drops its number
        number = error.__context__.args[0]
        if number in (errno.ENOTTY, errno.EINVAL):  # any other: pulled out while it was set up
            return WrongConfiguration(f"{port}: is not a serial port, or does not know these settings ({error})")
    if number == errno.EACCES:
        return DeviceGone(f"{port}: no permission to open it; add this user to the group dialout")
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error):
        return DeviceGone(f"{port}: another program has it open")
    if "returned no data" in str(error):  # how pyserial tells it
        return DeviceGone(f"{port}: unplugged")
    if number == errno.ENOENT:
        return DeviceGone(f"{port}: not there; is the cable plugged in?")
    return DeviceGone(f"{port}: {os.strerror(number) if number else error}")
