"""Ending with whoever started us: the standard input is a pipe that closes with it."""

import asyncio
import os
from contextlib import suppress


def end_with_stdin(stop: asyncio.Event) -> None:
    """Set `stop` when the standard input ends; on the running loop."""

    def read() -> None:
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            stop.set()

    with suppress(PermissionError):  # /dev/null or a file: nobody is at the other end
        asyncio.get_running_loop().add_reader(0, read)
