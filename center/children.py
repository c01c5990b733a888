"""Child processes of the demo, which end with their parent, whatever happens to it."""

import ctypes
import signal
import subprocess
from types import TracebackType
from typing import Final, Self

PR_SET_PDEATHSIG: Final = 1
END_S: Final = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Children:
    """Starts processes; leaving ends them, the last started first."""

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
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()

    def start(self, name: str, *command: str) -> None:
        """Start one. What it prints for programs is not shown; its standard input ends with us."""
        # A session of its own: Ctrl-C reaches the parent alone, which ends the children in order.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # no thread runs here yet
        )
        self._processes.append((name, process))

    def ended(self) -> str | None:
        """Return the name of a process that is not there any more, None while all are."""
        return next((name for name, process in self._processes if process.poll() is not None), None)
