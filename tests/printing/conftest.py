"""Printers that can be plugged in: one behind a real socket, and a stand-in for CUPS."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.config.printing import Printer


@dataclass
class Box:
    """A printer in the network. `status` is what it answers when it is asked; None: it never answers."""

    port: int = 0
    status: bytes | None = b""
    question: bytes = b""
    taken: list[bytes] = field(default_factory=list)
    most_bytes: int = 1 << 30  # it breaks off behind so many
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = b""
        try:
            while more := await reader.read(4096):
                got += more
                if self.question and got.startswith(self.question):
                    got = got[len(self.question) :]
                    if self.status is not None:
                        writer.write(self.status)
                        await writer.drain()
                if len(got) > self.most_bytes:
                    writer.transport.abort()
                    return
        except ConnectionError:
            return
        finally:
            if got:
                self.taken.append(got)
                self.told.set()
            writer.close()


@asynccontextmanager
async def plugged(box: Box) -> AsyncIterator[Box]:
    """The printer, switched on."""
    server = await asyncio.start_server(box.serve, "127.0.0.1", box.port)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def box() -> type[Box]:
    return Box


@pytest.fixture
def plug() -> Any:
    return plugged


@pytest.fixture
def printer() -> Callable[..., Printer]:
    def make(**options: Any) -> Printer:
        return Printer.model_validate(
            {"name": "label_1", "language": "zpl", "width_mm": 60, "height_mm": 40, "timeout_s": 5} | options
        )

    return make


@pytest.fixture
def lp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `lp` that writes its arguments and what it reads into files beside it; returns their folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "lp"
    program.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/arguments\ncat > {folder}/job\n'
        f"[ ! -e {folder}/refuse ] || {{ cat {folder}/refuse >&2; exit 1; }}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder
