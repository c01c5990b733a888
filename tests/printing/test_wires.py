"""The ways to printers: a socket, a device file, CUPS; and what each says when it cannot."""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from rig import free_port

from drivers.errors import DeviceGone
from gateway.printing.wires import Broken, send

JOB = b"^XA^FO0,0^GFA,1,1,1,FF^FS^XZ" * 1000
WELL = b"\x02030,0,0,0245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
NO_PAPER = WELL.replace(b"030,0,0", b"030,1,0")
HEAD_OPEN = WELL.replace(b"000,0,0,0,0,2", b"000,0,1,0,0,2")


@pytest.mark.parametrize("status", [WELL, None], ids=["well", "does not say how it is"])
def test_a_printer_in_the_network_gets_the_job_whole(box: Any, plug: Any, printer: Any, status: Any) -> None:
    async def play() -> None:
        async with plug(box(status=status, question=b"~HS")) as one:
            await send(printer(host="127.0.0.1", port=one.port), JOB)
            await one.told.wait()
        assert one.taken == [JOB]

    asyncio.run(play())


@pytest.mark.parametrize(
    ("language", "question", "status", "says"),
    [
        ("zpl", b"~HS", NO_PAPER, "용지가 없어요. / no paper"),
        ("zpl", b"~HS", HEAD_OPEN, "the head is open"),
        ("tspl", b"\x1b!?", b"\x05", "no paper"),
        ("tspl", b"\x1b!?", b"\x40", "덮개가 열려 있어요. / the cover is open"),
        ("ezpl", b"^XSET,IMMEDIATE,1\r~S,CHECK\r", b"04\r\n", "the head is open"),
        ("ezpl", b"^XSET,IMMEDIATE,1\r~S,CHECK\r", b"01\r\n", "no paper"),
    ],
)
def test_a_printer_that_says_what_is_wrong_gets_no_job(
    box: Any, plug: Any, printer: Any, language: str, question: bytes, status: bytes, says: str
) -> None:
    async def play() -> None:
        async with plug(box(status=status, question=question)) as one:
            with pytest.raises(DeviceGone, match=says.replace(".", r"\.")):
                await send(printer(host="127.0.0.1", port=one.port, language=language), JOB)
        assert one.taken == []

    asyncio.run(play())


@pytest.mark.parametrize(
    ("language", "status"), [("zpl", WELL), ("tspl", b"\x00"), ("tspl", b"\x20"), ("ezpl", b"00\r\n")]
)
def test_a_printer_that_is_well_or_prints_gets_it(
    box: Any, plug: Any, printer: Any, language: str, status: bytes
) -> None:
    from gateway.printing.wires import ASKS

    async def play() -> None:
        async with plug(box(status=status, question=ASKS[language][0])) as one:
            await send(printer(host="127.0.0.1", port=one.port, language=language), JOB)
            await one.told.wait()
        assert one.taken == [JOB]

    asyncio.run(play())


def test_a_printer_that_is_not_there_says_where(printer: Any) -> None:
    port = free_port()
    with pytest.raises(DeviceGone, match=f"127.0.0.1:{port}"):
        asyncio.run(send(printer(host="127.0.0.1", port=port), JOB))


def test_a_printer_that_hangs_up_on_the_way_may_have_printed_some(box: Any, plug: Any, printer: Any) -> None:
    async def play() -> None:
        async with plug(box(most_bytes=10_000)) as one:
            with pytest.raises(Broken, match="중간에 끊겼어요"):
                await send(printer(host="127.0.0.1", port=one.port, language="slcs"), JOB * 500)

    asyncio.run(play())


def test_a_usb_printer_gets_the_job_through_its_device_file(tmp_path: Path, printer: Any) -> None:
    pipe, got = tmp_path / "lp0", bytearray()
    os.mkfifo(pipe)
    fd = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(fd, True)

    def read() -> None:
        while more := os.read(fd, 65536):
            got.extend(more)

    reader = threading.Thread(target=read)

    async def play() -> None:
        sending = asyncio.create_task(send(_usb(printer, pipe), JOB * 10))
        await asyncio.sleep(0)
        reader.start()
        await sending

    try:
        asyncio.run(play())
        reader.join()
    finally:
        os.close(fd)
    assert bytes(got) == JOB * 10


def _usb(printer: Any, path: Path) -> Any:
    """A printer whose device file lies elsewhere than in /dev."""
    return printer(usb="/dev/usb/lp0").model_copy(update={"usb": str(path), "timeout_s": 0.2})


def test_a_usb_printer_that_takes_nothing_stops_nobody(tmp_path: Path, printer: Any) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    with pytest.raises(DeviceGone, match="lp0"):
        asyncio.run(send(_usb(printer, pipe), JOB))  # nobody has opened the other end
    fd = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(Broken, match="중간에 멈췄어요"):
            asyncio.run(send(_usb(printer, pipe), JOB * 10))  # more than a pipe holds
    finally:
        os.close(fd)


@pytest.mark.parametrize("kind", ["nothing", "file", "folder"])
def test_what_is_no_device_file_says_so(tmp_path: Path, printer: Any, kind: str) -> None:
    path = tmp_path / "lp0"
    if kind == "file":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(DeviceGone, match="lp0"):
        asyncio.run(send(_usb(printer, path), JOB))
    assert kind != "file" or path.read_bytes() == b""


def test_cups_gets_a_label_language_raw_and_a_pdf_as_it_is(lp: Path, printer: Any) -> None:
    asyncio.run(send(printer(cups="Zebra_1"), JOB))
    assert (lp / "arguments").read_text() == "-d Zebra_1 -o raw -- -\n"
    assert (lp / "job").read_bytes() == JOB
    asyncio.run(send(printer(cups="office", language="pdf"), b"%PDF-1.4"))
    assert (lp / "arguments").read_text() == "-d office -- -\n"


def test_what_cups_says_is_told(lp: Path, printer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (lp / "refuse").write_text("lp: The printer or class does not exist.\n")
    with pytest.raises(DeviceGone, match="does not exist"):
        asyncio.run(send(printer(cups="nobody"), JOB))
    monkeypatch.setenv("PATH", str(lp / "none"))
    with pytest.raises(DeviceGone, match="cups-client"):
        asyncio.run(send(printer(cups="nobody"), JOB))
