"""Every parser of what comes from outside, for `soak_frames`: how it is fed, what it reads, what it may raise.

To add one, write a line into PARSERS. A parser with a state of its own is made anew for each round of inputs, and lives
through all of them, as it does on a wire that is never quiet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from barcodes import aim, gs1, ticket
from barcodes.hangul import compose
from drivers.base import Slot
from drivers.cutter import LINE_ENDS, Cutter
from drivers.digimatic import Digimatic, DigimaticConfig
from drivers.http_page import HttpPoint, Page, Unreadable
from drivers.input_device import EVENT, Events
from drivers.keyboard import Keyboard
from drivers.modbus_frames import Question, RtuFramer, TcpFramer, read_question, sealed, write_question
from drivers.mqtt.options import MqttDevice
from drivers.mqtt.reader import Reader
from drivers.named_point import parse_number
from drivers.scale_formats import FORMATS
from drivers.serial_line import SerialLine, SerialLineConfig
from sensors import json_path
from sensors.decoding import WORD, Decoder, decode_text
from sensors.point import Point, Type
from sensors.written_units import written_unit

Feed = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Parser:
    """`make` returns what takes one input; `samples` are right ones, from which wrong ones are made."""

    make: Callable[[], Feed]
    samples: Sequence[bytes]
    may_raise: tuple[type[Exception], ...] = ()


def _cutter() -> Feed:
    cutter = Cutter(LINE_ENDS["auto"], 64)
    return lambda data: cutter.feed(data, 0)


def _keyboard() -> Feed:
    events, keyboard = Events(), Keyboard("kr", "auto", 64)

    def feed(data: bytes) -> None:
        for event in events.feed(data):
            keyboard.feed(*event, 0)

    return feed


def _line() -> Feed:
    points = [{"name": "t", "unit": "degC"}, {"name": "s", "kind": "text"}]
    pattern = r"T=(?P<t>[-+ 0-9.eE]+)(?P<t_unit>\S+)?;(?P<s>.*)"
    given = {"name": "x", "type": "serial_line", "port": "x", "pattern": pattern, "points": points}
    driver = SerialLine(SerialLineConfig.model_validate(given), {"x": Slot(0, 0)})
    return lambda data: driver.read(data, 0)


def _digimatic() -> Feed:
    config = DigimaticConfig.model_validate({"name": "x", "type": "digimatic", "port": "x"})
    driver = Digimatic(config, {"x": Slot(0, 0)})
    return lambda data: driver.read(data, 0)


def _mqtt() -> Feed:
    points = [{"name": "a", "topic": "t", "path": "ENERGY.Power"}, {"name": "b", "topic": "t", "path": "list[0].x"}]
    device = MqttDevice.model_validate({"name": "x", "points": points, "availability": {"topic": "t", "path": "state"}})
    reader = Reader(device, Slot(0, 0), lambda *_: None)
    return lambda data: reader.message("t", data, False, 0)


def _page(**place: object) -> Feed:
    point = HttpPoint.model_validate({"name": "x"} | place)
    return lambda data: point.value(Page(data, "text/html; charset=euc-kr", ",").raw(point))


def _modbus(make: Callable[[], TcpFramer | RtuFramer], *questions: Question) -> Feed:
    """Every input comes while a question is open. Where it holds "TT", the number of the question stands on TCP."""
    framer, turn = make(), cycle(questions)

    def feed(data: bytes) -> None:
        question = next(turn)
        number = framer.ask(question)[:2]
        for _ in framer.take(data.replace(b"TT", number)):
            pass
        framer.give_up(question)

    return feed


def _registers() -> Feed:
    types: tuple[Type, ...] = ("u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64")
    points = [Point(name=kind, address=4 * n, type=kind, fault_values=(0x7FFF,)) for n, kind in enumerate(types)]
    decoder = Decoder([*points, Point(name="bit", address=0, bit=3)], lambda _, address: address)
    quality = np.zeros(4 * len(types), np.uint8)

    def feed(data: bytes) -> None:
        words = np.frombuffer(data.ljust(64, b"\x7f")[:64], WORD)
        decoder.decode(words, quality)
        decode_text(words)

    return feed


def _keys(text: str) -> bytes:
    codes = [16 + "qwertyuiop".index(sign) for sign in text] + [28]
    return b"".join(EVENT.pack(0, 0, 1, code, value) + EVENT.pack(0, 0, 0, 0, 0) for code in codes for value in (1, 0))


JSON = b'{"ENERGY": {"Power": 12.5}, "list": [{"x": 1}, {"x": true}], "state": "online", "deep": [[[[[[null]]]]]]}'
MODBUS_QUESTIONS = (read_question(1, "holding", 0, 2), write_question(1, "holding", 9, [513]))
PARSERS: dict[str, Parser] = {
    "cutter": Parser(_cutter, [b"8801234567893\r\n", b"]C10108801234567893\x1d10A\r", b"\r\n\r\n"]),
    "aim": Parser(lambda: aim.split, [b"]C10108801234567893", b"]Q3\x1d01", b"W-0007-5"]),
    "gs1": Parser(
        lambda: gs1.parse,
        [b"010952123454321317250801" + b"10ABC\x1d21X", b"3103001750", b"00395011015300000011\x1d9912"],
        (gs1.Gs1Error,),
    ),
    "ticket": Parser(lambda: ticket.parse, [b"W-0007-5", b"B-0231-AP-20-Q", b"C-UNDO-X", "묶음".encode("cp949")]),
    "hangul": Parser(
        lambda: lambda data: compose(data.decode("utf-8", "replace")), ["ㅎㅏㄴㄱㅡㄹㄱㅗㅏ".encode(), "닭ㅣ".encode()]
    ),
    "keyboard": Parser(_keyboard, [_keys("qwerty"), _keys("poiu") + EVENT.pack(0, 0, 0, 3, 0)]),
    "serial_line": Parser(_line, [b"T=+ 80.5C;heating", b"T=1e3;", b"T=-12.5kg;x"]),
    "scale_and": Parser(lambda: FORMATS["and"].read, [b"ST,+00123.45  g", b"OL,+999999E+19", b"QT,HI,+00001234 PC"]),
    "scale_cas22": Parser(lambda: FORMATS["cas22"].read, [b"ST,GS,1\xc4,000013.5 kg", b"OL,NT,1\xa4,         kg"]),
    "scale_cas10": Parser(lambda: FORMATS["cas10"].read, [b"000013.5", b"  -12.50"]),
    "scale_and18": Parser(lambda: FORMATS["and18"].read, [b"ST,GS,+   13.5kg", b"US,NT,-  0.250kg"]),
    "modbus_tcp": Parser(
        lambda: _modbus(TcpFramer, *MODBUS_QUESTIONS),
        [b"TT\0\0\0\x07\1\3\4\1\2\3\4", b"TT\0\0\0\3\1\x83\2", b"TT\0\0\0\6\1\6\0\x09\2\1", b"\0\1\0\0\0\3\1\x83\6"],
    ),
    "modbus_rtu": Parser(
        lambda: _modbus(RtuFramer, *MODBUS_QUESTIONS),
        [sealed(b"\1\3\4\1\2\3\4"), sealed(b"\1\x83\2"), sealed(b"\1\6\0\x09\2\1"), sealed(b"\1\3\0\0\0\2")],
    ),
    "modbus_echo": Parser(
        lambda: _modbus(lambda: RtuFramer(echoes=True), *MODBUS_QUESTIONS),
        [sealed(b"\1\6\0\x09\2\1") * 2, sealed(b"\1\3\0\0\0\2") + sealed(b"\1\3\4\1\2\3\4")],
    ),
    "registers": Parser(_registers, [bytes(64), b"\xff" * 64, b"\x7f\xf0" * 32, "한글 텍스트".encode("cp949")]),
    "digimatic": Parser(_digimatic, [b"01A+0000.123", b"01A-00.12345"]),
    "number": Parser(lambda: lambda data: parse_number(data.decode("latin-1")), [b"+ 12.5", b"1e-3", b"-0.5"]),
    "unit": Parser(lambda: lambda data: written_unit(data.decode("utf-8", "replace")), ["℃".encode(), b"kg", b"mW"]),
    "json_path": Parser(
        lambda: lambda data: json_path.parse(data.decode("latin-1")),
        [b"ENERGY.Power", b"list[0].x", rb"a\.b"],
        (ValueError,),
    ),
    "mqtt": Parser(_mqtt, [JSON, b'{"ENERGY": {"Power": "hot"}}', b"[1, 2]"]),
    "http_json": Parser(lambda: _page(path="list[0].x"), [JSON], (Unreadable,)),
    "http_pattern": Parser(
        lambda: _page(pattern=r"T=([-0-9.]+)"), [b"<b>T=23.5</b>", "온도 T=1".encode("cp949")], (Unreadable,)
    ),
    "http_csv": Parser(
        lambda: _page(column="temp"), [b"time,temp\r\n12:00,23.5\r\n", b'temp,"a""b"\n1,2'], (Unreadable,)
    ),
}
