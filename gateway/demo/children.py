"""Child processes that end with their parent, whatever happens to it."""

import ctypes
import json
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Children:
    """Starts Python modules as processes; leaving ends them, the last started first."""

    END_S = 10.0

    def __init__(self) -> None:
        self._processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(self.END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()

    def start(self, name: str, module: str, *arguments: str, tells: bool = False) -> Any:
        """Start one; with `tells`, wait for its first line, a JSON object, and return it. RuntimeError when it ends."""
        # A session of its own: Ctrl-C reaches the parent alone, which ends the children in order.
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if tells else None,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # no thread runs here yet
        )
        self._processes.append((name, process))
        if not tells:
            return None
        assert process.stdout
        if not (line := process.stdout.readline()):
            raise RuntimeError(f"{name} ended with {process.wait()}")
        return json.loads(line)

    def ended(self) -> str | None:
        """Return the name of a process that is not there any more, None while all are."""
        return next((name for name, process in self._processes if process.poll() is not None), None)
