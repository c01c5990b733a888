"""Delivery: lines in requests of a size that the database bears, and around those that it will never take."""

from collections.abc import Callable, Sequence
from typing import Final

from gateway.config.publish import InfluxPublisher as Config
from gateway.errors import SinkAway
from gateway.publish.influx_answer import Answer, Verdict
from gateway.publish.influx_wire import Late, Wire

MOST_BYTES: Final = 2_000_000  # of lines in one request, before they are packed
LEAST_LINES: Final = 50  # a database that is too slow for these is away
LEAST_BYTES: Final = 16_000

Refusals = dict[int, str]  # why, by the line's number


class Busy(SinkAway):
    """It asked us to come again later."""

    def __init__(self, cause: str, wait_s: float) -> None:
        super().__init__(cause)
        self.wait_s = wait_s


class Delivery:
    """Outlives connections: it remembers how much the database bears at once.

    A request that it did not answer in time may have been too much for it: the next ones have half of the lines, until
    all that was to be sent is taken; then a quarter more, or it would never get past what it is too slow for. One that
    it calls too large is never sent as large again.
    """

    def __init__(self, config: Config, answered: Callable[[Answer, int], None]) -> None:
        self._config, self._answered = config, answered  # with how many lines it is the answer to
        self._most_lines, self._most_bytes = config.lines, MOST_BYTES
        self._lines = config.lines  # in the next requests
        self._proven = False  # it has taken a line: what it refuses is the lines' fault

    def begin(self) -> None:
        """A new connection may lead to another database, or the same one differently configured."""
        self._proven = False

    async def greet(self, wire: Wire) -> None:
        """Ask, by a write of nothing, whether the place exists and we may write. Raises SinkAway.

        InfluxDB 1 and 2 look at the account and the name first and say 204; older ones may call nothing a bad request.
        """
        answer = await wire.write(())
        self._answered(answer, 0)
        if answer.verdict is Verdict.AWAY:
            raise self._away(answer)

    async def deliver(self, wire: Wire, lines: Sequence[bytes]) -> Refusals:
        """Send all lines, and return those that are refused for ever. Raises SinkAway: some may have been taken."""
        refused: Refusals = {}
        waiting = [range(len(lines))] if lines else []
        while waiting:
            asked = waiting.pop()
            part = range(asked.start, self._end(lines, asked))
            waiting += [rest for rest in (range(part.stop, asked.stop),) if rest]
            waiting += await self._send(wire, lines, part, refused)
        self._lines = min(self._most_lines, self._lines * 5 // 4 + 1)
        return refused

    def _end(self, lines: Sequence[bytes], asked: range) -> int:
        """Return where a request that begins here must end: at least one line on."""
        stop, room = asked.start + 1, self._most_bytes - len(lines[asked.start])
        most = min(asked.stop, asked.start + self._lines)
        while stop < most and room > len(lines[stop]):
            room -= len(lines[stop]) + 1
            stop += 1
        return stop

    async def _send(self, wire: Wire, lines: Sequence[bytes], part: range, refused: Refusals) -> list[range]:
        """Send some lines; return the parts that must be sent again, the first of them last."""
        answer = await self._write(wire, lines[part.start : part.stop])
        match answer.verdict:
            case Verdict.TAKEN:
                self._proven = True
                return []
            case Verdict.AWAY:
                raise self._away(answer)
            case Verdict.TOO_LARGE:
                self._shrink(part, lines)
        if len(part) == 1 or answer.dropped == len(part):
            self._refuse(lines, part, answer, refused)
            return []
        middle = part.start + len(part) // 2
        return [range(middle, part.stop), range(part.start, middle)]

    async def _write(self, wire: Wire, lines: Sequence[bytes]) -> Answer:
        try:
            answer = await wire.write(lines)
        except Late:
            self._lines = max(LEAST_LINES, len(lines) // 2)
            raise
        self._answered(answer, len(lines))
        return answer

    def _shrink(self, part: range, lines: Sequence[bytes]) -> None:
        size = sum(len(lines[number]) + 1 for number in part)
        self._most_bytes = max(LEAST_BYTES, min(self._most_bytes, size // 2))
        if size <= 2 * LEAST_BYTES:  # then it is their number that it does not bear
            self._most_lines = self._lines = max(1, len(part) // 2)

    def _refuse(self, lines: Sequence[bytes], part: range, answer: Answer, refused: Refusals) -> None:
        """Set lines aside, if it is they that are wrong: a place that is wrong refuses everything."""
        if not self._blames(answer, largest_bytes=max(len(lines[number]) for number in part)):
            raise self._away(answer)
        refused.update(dict.fromkeys(part, f"{answer.status}: {answer.text}"))

    def _blames(self, answer: Answer, largest_bytes: int) -> bool:
        if answer.verdict is Verdict.TOO_LARGE:
            return largest_bytes > LEAST_BYTES
        return self._proven or answer.about_lines

    def _away(self, answer: Answer) -> SinkAway:
        cause = answer.cause(self._config)
        return SinkAway(cause) if answer.wait_s is None else Busy(cause, answer.wait_s)
