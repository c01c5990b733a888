"""The cameras of the simulated shop: each is a process that renders a belt and serves it as an IP camera does."""

import asyncio
import json
import sys
from importlib.util import find_spec
from types import TracebackType
from typing import Final, Self

END_S: Final = 10.0


def can_render() -> bool:
    """Return whether what a belt is drawn with is installed (the extra `camera`)."""
    return all(find_spec(module) for module in ("cv2", "zxingcpp"))


class Camera:
    """One camera above a belt. Entering starts its process; RuntimeError when that ends at once."""

    def __init__(self, seed: int) -> None:
        self.source = ""
        self._seed = seed
        self._laid = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.demo.belt_stream", "--seed", str(self._seed),
            stdin=pipe, stdout=pipe, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the belt ended with {await self._process.wait()}")
        self.source = json.loads(line)["source"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.close()  # which ends it
        try:
            await asyncio.wait_for(self._process.wait(), END_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def scan(self, raw: bytes) -> None:
        """Lay a parcel with this code on the belt; QR codes and Code 128 take turns."""
        assert self._process
        assert self._process.stdin
        label = {"text": raw.decode(), "symbology": ("qr", "code128")[self._laid % 2]}
        self._laid += 1
        self._process.stdin.write(json.dumps(label).encode() + b"\n")
