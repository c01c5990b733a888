"""Where printers are: a port in the network, a device file, a queue of CUPS. Each job opens and closes its own way.

Raises DeviceGone before anything was sent: the job waits. What breaks off later raises Broken: some labels may be out.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from barcodes.labels.languages import ezpl, tspl, zpl
from drivers.errors import DeviceGone
from gateway.config.printing import Printer

STATUS_S: Final = 2.0  # a printer that is asked how it is answers within this, or never
ASKS: Final[dict[str, tuple[bytes, Callable[[bytes], list[str] | None]]]] = {
    "zpl": (zpl.ASK, zpl.trouble),
    "tspl": (tspl.ASK, tspl.trouble),
    "ezpl": (ezpl.ASK, ezpl.trouble),
}
TROUBLES: Final = {
    "paper": "용지가 없어요. / no paper",
    "ribbon": "리본이 없어요. / no ribbon",
    "head": "헤드가 열려 있어요. / the head is open",
    "cover": "덮개가 열려 있어요. / the cover is open",
    "jam": "용지가 걸렸어요. / the paper is jammed",
    "paused": "멈춰 있어요. 프린터의 단추를 눌러 주세요. / it is paused: press its button",
    "other": "오류예요. 프린터를 확인해 주세요. / an error: look at the printer",
}


class Broken(Exception):
    """The printer took a part of a job and no more."""


async def send(printer: Printer, data: bytes) -> None:
    """Send a job to a printer, within its time. Raises DeviceGone and Broken with the reason."""
    if printer.host is not None:
        await _to_host(printer, printer.host, data)
    elif printer.usb is not None:
        await _to_device(printer, printer.usb, data)
    elif printer.cups is not None:
        await _to_cups(printer, printer.cups, data)
    else:
        raise DeviceGone(f"{printer.name}: 보낼 곳이 없어요. / it has no place to be sent to")


async def _to_host(printer: Printer, host: str, data: bytes) -> None:
    try:
        async with asyncio.timeout(printer.timeout_s):
            reader, writer = await asyncio.open_connection(host, printer.port)
    except TimeoutError:
        raise DeviceGone(f"{host}:{printer.port}: 대답이 없어요. / no answer") from None
    except OSError as error:
        raise DeviceGone(f"{host}:{printer.port}: {error.strerror or error}") from error
    try:
        await _well(printer, reader, writer)
        try:
            async with asyncio.timeout(printer.timeout_s):
                writer.write(data)
                await writer.drain()
                writer.write_eof()
                await writer.drain()
        except (OSError, TimeoutError) as error:
            raise Broken(
                f"{host}:{printer.port}: 중간에 끊겼어요. / it broke off: {error or 'time is over'}"
            ) from error
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _well(printer: Printer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ask a printer that can be asked; DeviceGone names its trouble. One that does not answer is taken to be well."""
    if printer.language not in ASKS:
        return
    question, trouble = ASKS[printer.language]
    answer, found = b"", None
    try:
        async with asyncio.timeout(STATUS_S):
            writer.write(question)
            await writer.drain()
            while found is None and (more := await reader.read(256)):
                answer += more
                found = trouble(answer)
    except TimeoutError:
        return
    except OSError as error:
        raise DeviceGone(f"{printer.host}:{printer.port}: {error.strerror or error}") from error
    if found:
        raise DeviceGone("; ".join(TROUBLES[name] for name in found))


async def _to_device(printer: Printer, path: str, data: bytes) -> None:
    """Write to a device file without ever waiting in the loop: a printer without paper takes nothing for hours."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise DeviceGone(f"{path}: {error.strerror}") from error
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode) or stat.S_ISDIR(os.fstat(fd).st_mode):
            raise DeviceGone(f"{path}: 장치 파일이 아니에요. / not a device file")
        left = memoryview(data)
        try:
            async with asyncio.timeout(printer.timeout_s):
                while left:
                    await _writable(fd)
                    with suppress(BlockingIOError):
                        left = left[os.write(fd, left[:4096]) :]
        except (OSError, TimeoutError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "time is over"
            if len(left) == len(data):
                raise DeviceGone(f"{path}: 받지 않아요. / it takes nothing: {why}") from error
            raise Broken(f"{path}: 중간에 멈췄어요. / it stopped on the way: {why}") from error
    finally:
        os.close(fd)


async def _writable(fd: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(fd)


async def _to_cups(printer: Printer, queue: str, data: bytes) -> None:
    """Hand the job to CUPS, which keeps it; a label printer's language goes through it raw."""
    raw = () if printer.language == "pdf" else ("-o", "raw")
    pipe = asyncio.subprocess.PIPE
    try:
        lp = await asyncio.create_subprocess_exec(
            "lp", "-d", queue, *raw, "--", "-", stdin=pipe, stdout=pipe, stderr=pipe
        )
    except FileNotFoundError:
        raise DeviceGone("lp: CUPS가 없어요. / CUPS is not installed:  sudo apt install cups-client") from None
    try:
        async with asyncio.timeout(printer.timeout_s):
            _, said = await lp.communicate(data)
    except TimeoutError:
        raise DeviceGone(f"{queue}: CUPS가 대답하지 않아요. / CUPS does not answer") from None
    finally:
        if lp.returncode is None:
            lp.kill()
            await lp.wait()
    if lp.returncode:
        raise DeviceGone(f"{queue}: {said.decode(errors='replace').strip()[:200] or 'lp failed'}")
