"""What sends by itself is told apart by what it sends; another speed looks like no text."""

import asyncio
import os
import time

import pytest

from gateway.demo.ptys import Pty
from gateway.finding.listening import Heard, judge, listen
from gateway.finding.ports import SerialPort

PORT = SerialPort("/dev/ttyACM0")


@pytest.mark.parametrize(
    ("data", "kind", "form", "end"),
    [
        (b"8801234567893\r", "serial_scanner", None, "\r"),
        (b"]C1B-015838-SEW-20-9\r\n", "serial_scanner", None, "\r\n"),
        ("작업지시-7\n".encode("cp949"), "serial_scanner", None, "\n"),
        (b"A-1", "serial_scanner", None, ""),
        (b"ST,+00123.45  g\r\nUS,+00123.44  g\r\n", "scale", "and", "\r\n"),
        (b"01A+0012.345\r", "digimatic", None, "\r"),
    ],
)
def test_a_sender_is_known_by_what_it_sends(data: bytes, kind: str, form: str | None, end: str) -> None:
    heard = judge(PORT, data, 9600)
    assert heard is not None
    assert (heard.kind, heard.format, heard.end) == (kind, form, end)


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\xfe\x80\x00\xf8", b"\x01\x03\x02\x00\xe7\xf9\xc2"])
def test_what_is_no_text_is_nobody(data: bytes) -> None:
    assert judge(PORT, data, 9600) is None


def wait_until_opened(pty: Pty) -> None:
    """Wait until somebody has the port open."""
    while not pty.opened:
        time.sleep(0.01)


def test_a_port_at_another_speed_is_listened_to_at_the_next_until_it_is_text() -> None:
    """On a pty every speed is the same: the first scan is sent garbled, as it would come."""
    pty, heard = Pty(), list[Heard]()

    async def scan() -> None:
        await asyncio.to_thread(wait_until_opened, pty)
        for data in (b"\xfe\xf8\x80\x00\xfe", b"A-0042\r", b"A-0043\r"):
            os.write(pty.fd, data)
            await asyncio.sleep(0.4)

    async def main() -> dict[str, str]:
        async with asyncio.TaskGroup() as both:
            both.create_task(scan())
            listening = both.create_task(listen([SerialPort(pty.path), SerialPort("/dev/none")], [], 2.0, heard.append))
        return listening.result()

    trouble = asyncio.run(main())
    assert [(one.text, one.baudrate) for one in heard] == [("A-0042", 115200)]
    assert list(trouble) == ["/dev/none"]
    assert "not there" in trouble["/dev/none"]
    pty.close()
