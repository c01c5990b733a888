"""The last lines that the daemon logged, kept in memory for the diagnostic bundle."""

import logging
from collections import deque
from typing import Final

KEPT: Final = 500
LONGEST: Final = 2000  # characters of a line; a traceback is one


class LastLines(logging.Handler):
    """Keeps the last lines."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=KEPT)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        try:
            self._lines.append(self.format(record)[:LONGEST])
        except (TypeError, ValueError):  # a message that does not fit its arguments
            self.handleError(record)

    def lines(self) -> list[str]:
        """Return them, the oldest first."""
        return list(self._lines)


LAST: Final = LastLines()
