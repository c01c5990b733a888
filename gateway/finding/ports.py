"""The serial ports of this machine, with who made their adapters, by the names that stay."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One port. `path` is the name to write down: under /dev/serial/by-id where it has one."""

    path: str
    maker: str = ""
    product: str = ""
    serial_number: str = ""

    @property
    def adapter(self) -> str:
        """Return who made the adapter, and its own number, as far as it tells."""
        return " ".join(part for part in (self.maker, self.product, self.serial_number) if part)


def serial_ports(named: Iterable[str] = ()) -> list[SerialPort]:
    """Return the ports that are plugged in, or those that are named; a port of the mainboard has no by-id name."""
    lasting = lasting_names()
    found = {
        port.device: SerialPort(
            lasting.get(port.device, port.device),
            port.manufacturer or "",
            port.product or "",
            port.serial_number or "",
        )
        for port in list_ports.comports()
        if port.hwid != "n/a"  # what the mainboard may have, and nothing is at
    }
    wanted = list(named)
    if not wanted:
        return sorted(found.values(), key=lambda port: port.path)
    return [found.get(str(Path(path).resolve()), SerialPort(path)) for path in wanted]


def lasting_names(by_id: Path = BY_ID) -> dict[str, str]:
    """Return the name under by-id of each device."""
    try:
        return {str(link.resolve()): str(link) for link in by_id.iterdir()}
    except OSError:
        return {}
