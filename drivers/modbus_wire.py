"""One open Modbus connection: bytes out and in, and which questions wait for their answer until when.

Nothing here waits: whoever asks is told by `heard`, once for all that came together.
"""

import asyncio
import math
import os
from collections.abc import Callable, Iterator
from typing import Final

import serial

from drivers.errors import DeviceGone
from drivers.modbus_frames import Answer, Framer, NoReply, Question, RtuFramer
from drivers.mono import mono_ns
from drivers.serial_port import explain

ROOM_BYTES: Final = 65536  # read at once
GLANCE_S: Final = 0.002  # between the moments at which answers are looked for that nobody waits behind
NEAR_S: Final = 0.001  # so long before its end a slow frame is looked at byte by byte: timers wake so much too late

Heard = Callable[[list[tuple[Question, Answer]]], None]
Lost = Callable[[DeviceGone], None]


class Wire:
    """What connections have in common. `heard_ns` is when the last byte arrived."""

    def __init__(self, name: str, framer: Framer, in_flight: int = 1, silence_s: float = 0.0) -> None:
        self.name, self.framer, self.in_flight = name, framer, in_flight
        self.heard_ns = 0
        self.quiet_at_s = 0.0  # nothing may be sent before: what was sent last is told apart by silence
        self.hurried = True  # somebody waits behind the answer
        self.heard: Heard = lambda _: None
        self.lost: Lost = lambda _: None
        self._silence_s = silence_s
        self._until_s: dict[Question, float] = {}
        self._out: list[bytes] = []

    @property
    def open(self) -> int:
        """Return how many questions wait for their answer."""
        return len(self._until_s)

    @property
    def next_end_s(self) -> float:
        """Return when the first of them has waited long enough, infinity without any."""
        return min(self._until_s.values(), default=float("inf"))

    def ask(self, question: Question, now_s: float) -> None:
        """Put a question on its way; `flush` sends it. Its time begins now."""
        self._out.append(self.framer.ask(question))
        self._until_s[question] = now_s + question.timeout_s

    def flush(self) -> None:
        """Send what was asked, together."""
        if self._out:
            frames, self._out = b"".join(self._out), []
            self._send(frames)

    def overdue(self, now_s: float) -> Iterator[tuple[Question, NoReply]]:
        """Give up, and yield, the questions that have waited long enough."""
        for question in [one for one, until_s in self._until_s.items() if until_s <= now_s]:
            del self._until_s[question]
            damaged = self.framer.damaged
            self.framer.give_up(question)
            text = f"unit {question.unit}: no reply in {question.timeout_s:.3g} s"
            yield question, NoReply(text, damaged=damaged)

    def close(self) -> None:
        """Close at once, whatever is still on its way out."""
        raise NotImplementedError

    def _send(self, frames: bytes) -> None:
        raise NotImplementedError

    def _came(self, data: bytes | memoryview, now_s: float) -> None:
        """Stamp what arrived, before anything is done with it, and tell the answers in it."""
        self.heard_ns = mono_ns()
        self.quiet_at_s = now_s + self._silence_s
        answers = []
        for question, answer in self.framer.take(data):
            self._until_s.pop(question, None)
            answers.append((question, answer))
        if answers:
            self.heard(answers)


class SocketWire(Wire, asyncio.BufferedProtocol):
    """A TCP connection."""

    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._time = asyncio.get_running_loop().time
        self._room = bytearray(ROOM_BYTES)
        self._seen = memoryview(self._room)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        self._came(self._seen[:nbytes], self._time())

    def connection_lost(self, exc: Exception | None) -> None:
        why = f" ({os.strerror(exc.errno)})" if isinstance(exc, OSError) and exc.errno else ""
        self.lost(DeviceGone(f"{self.name}: the connection is lost{why}"))

    def close(self) -> None:
        self.lost = lambda _: None
        self._transport.abort()

    def _send(self, frames: bytes) -> None:
        self._transport.write(frames)


class SerialWire(Wire):
    """A serial line, where frames are told apart by silence."""

    framer: RtuFramer

    def __init__(self, port: serial.Serial, framer: RtuFramer, silence_s: float, character_s: float) -> None:
        super().__init__(str(port.port), framer, 1, silence_s)
        self._port, self._character_s = port, character_s
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._later: asyncio.TimerHandle | None = None
        self._read_on()

    def close(self) -> None:
        self._pause()
        self._port.close()

    def _send(self, frames: bytes) -> None:
        """Hand a frame to the adapter; one that is full with the frame before it sends nothing any more."""
        try:
            sent = 0 if self._port.out_waiting else os.write(self._port.fileno(), frames)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._gone(explain(self.name, error))
            return
        if sent < len(frames):
            self._gone(DeviceGone(f"{self.name}: the adapter does not send; unplug it and plug it in again"))

    def _gone(self, why: Exception) -> None:
        self._pause()
        self.lost(why if isinstance(why, DeviceGone) else DeviceGone(str(why)))

    def _readable(self) -> None:
        """Read what there is. A wire brings a byte at a time: while many are missing, look away.

        Where nobody waits behind the answer it is looked for once, at a moment that all lines share.
        """
        try:
            data = os.read(self._port.fileno(), ROOM_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._gone(explain(self.name, error))
            return
        if not data:
            self._gone(DeviceGone(f"{self.name}: unplugged"))
            return
        now_s = self._loop.time()
        self._came(data, now_s)
        ends_s = now_s + self.framer.missing_bytes * self._character_s
        look_s = ends_s - NEAR_S if self.hurried else math.ceil(ends_s / GLANCE_S) * GLANCE_S
        if self._reading and look_s - now_s > NEAR_S:
            self._pause()
            self._later = self._loop.call_at(look_s, self._read_on)

    def _read_on(self) -> None:
        self._later, self._reading = None, True
        self._loop.add_reader(self._port.fileno(), self._readable)

    def _pause(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._port.fileno())
