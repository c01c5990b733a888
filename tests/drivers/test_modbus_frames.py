"""Frames, compared with pymodbus' framers, and everything that is no answer."""

import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadCoilsResponse,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteMultipleCoilsResponse,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterRequest,
)

from drivers.modbus_frames import (
    Answer,
    Framer,
    NoReply,
    Question,
    Refusal,
    RtuFramer,
    TcpFramer,
    read_question,
    write_question,
)

RTU = FramerRTU(DecodePDU(False))
SOCKET = FramerSocket(DecodePDU(False))
UNIT = 17
WORDS = [0x0102, 0xFFFE, 3]
DATA = bytes.fromhex("0102fffe0003")
HOLDING = read_question(UNIT, "holding", 100, 3)
QUESTIONS: list[tuple[Question, ModbusPDU]] = [
    (read_question(UNIT, "coil", 5, 11), ReadCoilsRequest(address=5, count=11, dev_id=UNIT)),
    (read_question(UNIT, "discrete", 0, 2000), ReadDiscreteInputsRequest(address=0, count=2000, dev_id=UNIT)),
    (HOLDING, ReadHoldingRegistersRequest(address=100, count=3, dev_id=UNIT)),
    (read_question(UNIT, "input", 65535, 1), ReadInputRegistersRequest(address=65535, count=1, dev_id=UNIT)),
    (write_question(UNIT, "coil", 9, [1]), WriteSingleCoilRequest(address=9, bits=[True], dev_id=UNIT)),
    (write_question(UNIT, "holding", 9, [513]), WriteSingleRegisterRequest(address=9, registers=[513], dev_id=UNIT)),
    (
        write_question(UNIT, "coil", 9, [1, 0, 1, 1, 0, 0, 0, 0, 1, 1]),
        WriteMultipleCoilsRequest(address=9, bits=[x == "1" for x in "1011000011"], dev_id=UNIT),
    ),
    (write_question(UNIT, "holding", 9, WORDS), WriteMultipleRegistersRequest(address=9, registers=WORDS, dev_id=UNIT)),
]
REPLIES: list[tuple[Question, ModbusPDU, bytes]] = [
    (
        read_question(UNIT, "coil", 5, 11),
        ReadCoilsResponse(bits=[x == "1" for x in "10110000111"], dev_id=UNIT),
        b"\x0d\x07",
    ),
    (HOLDING, ReadHoldingRegistersResponse(registers=WORDS, dev_id=UNIT), DATA),
    (read_question(UNIT, "input", 7, 1), ReadInputRegistersResponse(registers=[9], dev_id=UNIT), b"\0\x09"),
    (write_question(UNIT, "coil", 9, [1]), WriteSingleCoilRequest(address=9, bits=[True], dev_id=UNIT), b""),
    (
        write_question(UNIT, "holding", 9, [513]),
        WriteSingleRegisterRequest(address=9, registers=[513], dev_id=UNIT),
        b"",
    ),
    (write_question(UNIT, "coil", 9, [1] * 9), WriteMultipleCoilsResponse(address=9, count=9, dev_id=UNIT), b""),
    (write_question(UNIT, "holding", 9, WORDS), WriteMultipleRegistersResponse(address=9, count=3, dev_id=UNIT), b""),
]


def framed(framer: Framer, pdu: ModbusPDU, transaction: int = 1) -> bytes:
    """The frame that pymodbus makes of it, for the same wire."""
    pdu.transaction_id = transaction
    return (RTU if isinstance(framer, RtuFramer) else SOCKET).buildFrame(pdu)


def told(answers: Sequence[tuple[Question, Answer]]) -> list[bytes | int | str]:
    """The answers: data, an exception's code, or that there was no reply."""
    kinds: dict[type, Callable[[Answer], bytes | int | str]] = {
        Refusal: lambda answer: getattr(answer, "code", 0),
        NoReply: lambda answer: "no reply",
        bytes: lambda answer: answer if isinstance(answer, bytes) else b"",
    }
    return [kinds[type(answer)](answer) for _, answer in answers]


@pytest.fixture(params=[TcpFramer, RtuFramer])
def framer(request: pytest.FixtureRequest) -> Framer:
    made: Framer = request.param()
    return made


@pytest.mark.parametrize(("question", "theirs"), QUESTIONS, ids=lambda part: type(part).__name__)
def test_a_question_is_the_frame_that_pymodbus_makes(framer: Framer, question: Question, theirs: ModbusPDU) -> None:
    assert framer.ask(question) == framed(framer, theirs)


@pytest.mark.parametrize(("question", "reply", "data"), REPLIES, ids=lambda part: type(part).__name__)
def test_a_reply_of_pymodbus_is_taken_whole_and_byte_by_byte(
    framer: Framer, question: Question, reply: ModbusPDU, data: bytes
) -> None:
    framer.ask(question)
    assert told(list(framer.take(framed(framer, reply)))) == [data]
    framer.ask(question)
    frame = framed(framer, reply, 2)
    assert told([answer for at in range(len(frame)) for answer in framer.take(frame[at : at + 1])]) == [data]


@pytest.mark.parametrize("code", range(1, 12))
@pytest.mark.parametrize("question", [HOLDING, write_question(UNIT, "holding", 9, [513])])
def test_an_exception_is_told_by_its_code(framer: Framer, question: Question, code: int) -> None:
    framer.ask(question)
    reply = ExceptionResponse(question.pdu[0], code, device_id=UNIT)
    assert told(list(framer.take(framed(framer, reply)))) == [code]


def reply(**other: int) -> ModbusPDU:
    """The answer to HOLDING, or one that is other in unit or count."""
    words = (WORDS * 50)[: other.get("count", 3)]
    return ReadHoldingRegistersResponse(registers=words, dev_id=other.get("unit", UNIT))


def damages(framer: Framer) -> Iterator[tuple[str, bytes]]:
    """What may come before the answer, or instead of it, and is not it."""
    good = framed(framer, reply())
    yield "another unit's", framed(framer, reply(unit=18), 0x70)
    yield "another function's", framed(framer, ReadInputRegistersResponse(registers=WORDS, dev_id=UNIT), 0x70)
    yield "a shorter one", framed(framer, reply(count=2), 0x70)
    yield "a longer one", framed(framer, reply(count=120), 0x70)
    yield "noise", b"\xff\x00\x11\x13\x00\x00\xa5"
    yield "NULs", bytes(40)
    yield (
        "a cut one",
        good[:-4] if isinstance(framer, RtuFramer) else b"\0\x70" + good[2:-4],
    )  # a stranger's: TCP has no check sum
    if isinstance(framer, RtuFramer):
        yield "a wrong check sum", good[:-1] + bytes((good[-1] ^ 1,))
        yield "a flipped bit", good[:4] + bytes((good[4] ^ 0x40,)) + good[5:]


@pytest.mark.parametrize("together", [True, False])
def test_what_is_no_answer_is_passed_over_and_the_answer_is_found_behind_it(framer: Framer, together: bool) -> None:
    for name, damage in damages(framer):
        request = framer.ask(HOLDING)
        transaction = int.from_bytes(request[:2])
        good = framed(framer, reply(), transaction)
        pieces = [damage + good] if together else [damage, good]
        assert told([found for piece in pieces for found in framer.take(piece)]) == [DATA], name


def test_what_is_no_answer_is_no_answer(framer: Framer) -> None:
    """However often it comes; the framer says that something came."""
    for name, damage in damages(framer):
        framer.ask(HOLDING)
        assert told([*framer.take(damage), *framer.take(damage)]) == [], name
        assert framer.damaged, name
        framer.give_up(HOLDING)


def test_over_tcp_the_answer_of_a_wrong_unit_or_length_ends_the_question() -> None:
    """It bears our number: nothing better will come."""
    for wrong in (
        reply(unit=18),
        reply(count=2),
        reply(count=9),
        ReadInputRegistersResponse(registers=WORDS, dev_id=UNIT),
    ):
        framer = TcpFramer()
        framer.ask(HOLDING)
        assert told(list(framer.take(framed(framer, wrong)))) == ["no reply"]


def test_over_tcp_a_late_reply_and_a_second_one_are_passed_over() -> None:
    framer = TcpFramer()
    framer.ask(HOLDING)
    framer.give_up(HOLDING)
    framer.ask(HOLDING)
    late, right = framed(framer, reply(), 1), framed(framer, reply(), 2)
    assert told(list(framer.take(late))) == []
    assert told(list(framer.take(right + right))) == [DATA]
    framer.ask(HOLDING)
    assert told(list(framer.take(framed(framer, reply(), 3)))) == [DATA]


def test_over_tcp_answers_may_come_in_any_order() -> None:
    framer = TcpFramer()
    questions = [read_question(unit, "holding", 0, 1) for unit in range(1, 9)]
    for question in questions:
        framer.ask(question)
    frames = [framed(framer, ReadHoldingRegistersResponse(registers=[unit], dev_id=unit), unit) for unit in range(1, 9)]
    random.Random(1).shuffle(frames)
    found = dict(framer.take(b"".join(frames)))
    assert [found[question] for question in questions] == [bytes((0, unit)) for unit in range(1, 9)]


def test_over_tcp_a_frame_that_never_ends_costs_its_own_question_alone() -> None:
    framer = TcpFramer()
    framer.ask(HOLDING)
    assert told(list(framer.take(b"\0\x01\0\0\0\xc8\x11\x03"))) == []
    framer.give_up(HOLDING)
    framer.ask(HOLDING)
    assert told(list(framer.take(framed(framer, reply(), 2)))) == [DATA]


def test_an_adapter_that_echoes_is_recognised_by_a_read() -> None:
    framer = RtuFramer()
    request = framer.ask(HOLDING)
    assert told(list(framer.take(request))) == []
    assert not framer.damaged
    assert told(list(framer.take(framed(framer, reply())))) == [DATA]
    assert framer.echoes


@pytest.mark.parametrize("together", [True, False])
def test_of_two_equal_frames_the_second_is_the_reply_to_a_write_where_the_adapter_echoes(together: bool) -> None:
    framer = RtuFramer(echoes=True)
    write = write_question(UNIT, "holding", 9, [513])
    request = framer.ask(write)
    if together:
        assert told(list(framer.take(request + request))) == [b""]
    else:
        assert told(list(framer.take(request))) == []
        assert told(list(framer.take(request))) == [b""]


def test_a_reply_without_a_question_is_nobody_s(framer: Framer) -> None:
    assert told(list(framer.take(framed(framer, reply())))) == []
    framer.ask(HOLDING)
    assert told(list(framer.take(framed(framer, reply())))) == [DATA]
