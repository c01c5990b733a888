"""Modbus frames: a question to bytes, and whatever comes back to answers. Pure: no wire, no clock.

Sources: Modbus application protocol V1.1b3 (PDU, exceptions), Modbus over serial line V1.02 (RTU), Modbus messaging on
TCP/IP V1.0b (MBAP header). Each framer passes over what is no answer to an open question: late replies, echoes, frames
of other units, garbage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Final, Protocol

from sensors.crc import crc16
from sensors.point import BIT_TABLES, Table

READ: Final[dict[Table, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
WORDS: Final = Struct(">BHH")  # function, address, count or value
MBAP: Final = Struct(">HHHBB")  # transaction, protocol, bytes after it, unit, function
HEAD_BYTES: Final = 7  # of MBAP without the function, which its length counts as data
LONGEST_BYTES: Final = 254  # what MBAP may announce: unit and PDU
RTU_BYTES: Final = 256
KNOWN_LATE: Final = 64  # transactions given up whose replies we still know


class NoReply(Exception):
    """The unit did not answer in time, or what came was not its answer. `damaged`: bytes came, but no whole frame."""

    def __init__(self, text: str, *, damaged: bool = False) -> None:
        super().__init__(text)
        self.damaged = damaged


class Refusal(Exception):
    """The unit answered with an exception code (Modbus application protocol V1.1b3, 7)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a unit is asked. `pdu` begins with the function; a read's reply holds `data_bytes`, a write's none."""

    unit: int
    pdu: bytes
    data_bytes: int
    timeout_s: float = 1.0
    begin: bytes = field(init=False)  # of the reply's PDU: of a read up to its length, of a write all of it

    def __post_init__(self) -> None:
        begin = self.pdu[:1] + bytes((self.data_bytes,)) if self.data_bytes else self.pdu[:5]
        object.__setattr__(self, "begin", begin)

    def told(self, unit: int, body: bytes) -> "Answer":
        """Return the data (of a write none) in the PDU `body` that `unit` sent, or what it is instead."""
        begin = self.begin
        if unit == self.unit and body.startswith(begin) and len(body) == len(begin) + self.data_bytes:
            return body[len(begin) :]
        if unit != self.unit or body[0] & 0x7F != self.pdu[0]:
            return NoReply(f"unit {self.unit}: the reply to another question came", damaged=True)
        if body[0] & 0x80 and len(body) == 2:
            return Refusal(body[1])
        return NoReply(f"unit {self.unit}: {len(body) - 2} bytes came instead of {self.data_bytes}", damaged=True)


Answer = bytes | NoReply | Refusal


def read_question(unit: int, table: Table, start: int, count: int, timeout_s: float = 1.0) -> Question:
    """Return the question for `count` registers (or bits) from `start`."""
    data_bytes = -(-count // 8) if table in BIT_TABLES else 2 * count
    return Question(unit, WORDS.pack(READ[table], start, count), data_bytes, timeout_s)


def write_question(unit: int, table: Table, start: int, values: Sequence[int], timeout_s: float = 1.0) -> Question:
    """Return the question that writes neighbouring registers or coils: by the function for one where one is written."""
    if len(values) == 1:
        one, value = (WRITE_COIL, 0xFF00 * bool(values[0])) if table == "coil" else (WRITE_REGISTER, values[0])
        return Question(unit, WORDS.pack(one, start, value), 0, timeout_s)
    if table == "coil":
        data = sum(bool(value) << place for place, value in enumerate(values)).to_bytes(-(-len(values) // 8), "little")
    else:
        data = b"".join(value.to_bytes(2) for value in values)
    many = WRITE_COILS if table == "coil" else WRITE_REGISTERS
    return Question(unit, WORDS.pack(many, start, len(values)) + bytes((len(data),)) + data, 0, timeout_s)


class Framer(Protocol):
    """One direction's frames on one connection: what is open is known, `damaged` is whether bytes came for nothing."""

    damaged: bool

    def ask(self, question: Question) -> bytes: ...
    def take(self, data: bytes | memoryview) -> Iterator[tuple[Question, Answer]]: ...
    def give_up(self, question: Question) -> None: ...


class TcpFramer:
    """MBAP frames: many questions may be open, told apart by their transaction."""

    def __init__(self) -> None:
        self.damaged = False
        self._open: dict[int, Question] = {}
        self._late: dict[int, None] = {}
        self._transaction = 0
        self._held = b""

    def ask(self, question: Question) -> bytes:
        """Open a question; returns its frame."""
        self.damaged = False
        self._transaction = transaction = (self._transaction + 1) & 0xFFFF
        self._open[transaction] = question
        self._late.pop(transaction, None)
        pdu = question.pdu
        return MBAP.pack(transaction, 0, len(pdu) + 1, question.unit, pdu[0]) + pdu[1:]

    def give_up(self, question: Question) -> None:
        """Close a question; its reply is passed over when it comes after all."""
        for transaction in [number for number, one in self._open.items() if one is question]:
            del self._open[transaction]
            self._late[transaction] = None
            if self._held[:2] == transaction.to_bytes(2):  # a frame that began and did not end: look behind it
                self._held = self._held[self._next(self._held, 1) :]
        while len(self._late) > KNOWN_LATE:
            del self._late[next(iter(self._late))]

    def take(self, data: bytes | memoryview) -> Iterator[tuple[Question, Answer]]:
        """Yield the answers that these bytes complete."""
        held, at = self._held + data if self._held else bytes(data), 0
        while len(held) - at > HEAD_BYTES:
            transaction, protocol, length, unit, _ = MBAP.unpack_from(held, at)
            known = transaction in self._open or transaction in self._late
            if protocol or not known or not 3 <= length <= LONGEST_BYTES:
                self.damaged = True
                at = self._next(held, at + 1)
                continue
            stop = at + HEAD_BYTES - 1 + length
            if stop > len(held):
                break
            question = self._open.pop(transaction, None)
            if question is not None:
                yield question, question.told(unit, held[at + HEAD_BYTES : stop])
            else:
                del self._late[transaction]
            at = stop
        self._held = held[at:]

    def _next(self, held: bytes, at: int) -> int:
        """Return the first place from `at` on where a frame of ours may begin."""
        while len(held) - at >= 4:
            transaction = int.from_bytes(held[at : at + 2])
            if held[at + 2 : at + 4] == b"\0\0" and (transaction in self._open or transaction in self._late):
                return at
            at += 1
        return at


class RtuFramer:
    """RTU frames: one question is open. Its answer is looked for wherever it may begin, for there may be noise first.

    An adapter that echoes what is sent is recognised by the first read, whose question no unit sends back. A single
    write's reply is like its echo: the second of the two is the answer.
    """

    def __init__(self, echoes: bool = False) -> None:
        self.damaged = False
        self.echoes = echoes
        self._open: Question | None = None
        self._request = b""
        self._held = b""
        self._echo_to_come = False

    def ask(self, question: Question) -> bytes:
        """Open a question; returns its frame."""
        self.damaged = False
        self._open, self._held = question, b""
        self._request = sealed(bytes((question.unit,)) + question.pdu)
        self._echo_to_come = self.echoes
        return self._request

    def give_up(self, question: Question) -> None:
        """Close the question; its reply is passed over when it comes after all."""
        if question is self._open:
            self._open, self._held = None, b""

    @property
    def missing_bytes(self) -> int:
        """Return how many bytes the answer lacks, if it is what came until now."""
        question = self._open
        return 0 if question is None else 3 + len(question.begin) + question.data_bytes - len(self._held)

    def take(self, data: bytes | memoryview) -> Iterator[tuple[Question, Answer]]:
        """Yield the answer if these bytes complete it."""
        question = self._open
        if question is None:
            return
        self.damaged = True
        self._held += data
        answer = self._find(question)
        if answer is not None:
            self._open, self._held = None, b""
            yield question, answer

    def _find(self, question: Question) -> Answer | None:
        """Return the answer; what cannot be its beginning is thrown away."""
        held, unit = self._held, bytes((question.unit,))
        whole = unit + question.begin
        refused = unit + bytes((question.pdu[0] | 0x80,))
        at, first = 0, -1  # the first place where the answer may still begin
        while (at := held.find(unit, at)) >= 0:
            rest = held[at : at + RTU_BYTES]
            if rest.startswith(self._request) and (self._echo_to_come or question.data_bytes):
                self.echoes, self._echo_to_come = True, False
                self.damaged = len(rest) > len(self._request)
                at += len(self._request)
                first = -1
                continue
            for begin, size in ((whole, len(whole) + question.data_bytes), (refused, 3)):
                if rest.startswith(begin) and sound(rest[: size + 2], size):
                    return question.told(question.unit, rest[1:size])
            if first < 0 and _may_become(rest, (self._request, whole, refused), len(whole) + question.data_bytes + 2):
                first = at
            at += 1
        self._held = held[first:] if first >= 0 else b""
        return None


def _may_become(rest: bytes, begins: Sequence[bytes], most: int) -> bool:
    """Return whether more bytes may make of this one of the frames that begin so."""
    return any(begin.startswith(rest) or (rest.startswith(begin) and len(rest) < most) for begin in begins)


def sealed(frame: bytes) -> bytes:
    """Return the frame with its check sum."""
    return frame + crc16(frame)


def sound(frame: bytes, size: int) -> bool:
    """Return whether the frame is `size` bytes and their check sum."""
    return len(frame) == size + 2 and crc16(frame[:size]) == frame[size:]
