"""Long work in a process of its own: the loop has readings to take.

A module that is asked so has `if __name__ == "__main__": reply(function)`.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

import orjson

DEATH_S = 5.0
CHUNK_BYTES = 1 << 16


class Failed(RuntimeError):
    """The process ended without an answer; its text is what it said last."""


async def ask(module: str, question: Any) -> Any:
    """Return what a module answers to a question, both JSON. Raises Failed. Whoever is cancelled takes it along."""
    pipe = asyncio.subprocess.PIPE
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        answer, said = await worker.communicate(orjson.dumps(question, option=orjson.OPT_SERIALIZE_NUMPY))
    finally:
        if worker.returncode is None:
            worker.kill()
            with suppress(TimeoutError):  # one that hangs in the kernel, on a share that has gone, is left there
                async with asyncio.timeout(DEATH_S):
                    await worker.wait()
    if worker.returncode:
        raise Failed((said.decode(errors="replace").strip().splitlines() or ["nothing"])[-1])
    return orjson.loads(answer)


async def stream(module: str, question: Any) -> AsyncGenerator[bytes]:
    """Yield what a module writes on standard output, as it does so. Raises Failed, when some has been yielded too."""
    pipe = asyncio.subprocess.PIPE
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe)
    assert worker.stdin
    assert worker.stdout
    assert worker.stderr
    said = asyncio.create_task(worker.stderr.read())
    try:
        worker.stdin.write(orjson.dumps(question))
        worker.stdin.close()
        while part := await worker.stdout.read(CHUNK_BYTES):
            yield part
        await worker.wait()
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
        error = (await said).decode(errors="replace")
    if worker.returncode:
        raise Failed((error.strip().splitlines() or ["nothing"])[-1])


def reply(to: Callable[[Any], Any]) -> None:
    """Answer the question on standard input, behind everything else that wants the processor."""
    with suppress(OSError):  # a box that does not let us
        os.nice(10)
    sys.stdout.buffer.write(orjson.dumps(to(orjson.loads(sys.stdin.buffer.read()))))
