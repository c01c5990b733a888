"""A scanner that is a keyboard is told from people by its speed. The seam is the stream of input events, by a pipe."""

import asyncio
import os

import pytest

from drivers.input_device import EVENT
from drivers.layouts import LAYOUTS
from gateway.finding import keyboards
from gateway.finding.findings import Findings
from gateway.finding.keyboards import KeyboardEar
from gateway.finding.listening import Heard
from gateway.finding.ports import SerialPort
from gateway.finding.proposal import proposal

EV_SYN, EV_KEY, ENTER = 0, 1, 28
CODE = {sign: code for code, sign in LAYOUTS["us"].plain.items()}
PORT = SerialPort("/dev/input/by-id/usb-Honeywell_1470g-event-kbd", product="Honeywell 1470g")


def typed(text: str, pause_s: float = 0.0) -> list[str]:
    """What an ear tells when somebody types a text and Enter, with a pause behind each key."""
    reader, writer = os.pipe2(os.O_NONBLOCK)
    told: list[str] = []

    async def main() -> None:
        ear = KeyboardEar(PORT, told.append, lambda _: reader)
        for code in [*(CODE[sign] for sign in text), ENTER]:
            keys = b"".join(
                EVENT.pack(0, 0, *event) for event in ((EV_KEY, code, 1), (EV_KEY, code, 0), (EV_SYN, 0, 0))
            )
            os.write(writer, keys)
            await asyncio.sleep(pause_s)
        await asyncio.sleep(0.05)
        os.close(writer)
        await asyncio.sleep(0.05)  # unplugged
        ear.close()

    asyncio.run(main())
    return told


def test_who_types_at_once_is_a_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyboards, "SIGN_NS", 10**9)  # a busy machine is no typist
    assert typed("8801234567893") == ["8801234567893"]


def test_who_takes_their_time_is_a_person() -> None:
    assert typed("hello", pause_s=0.06) == []


def test_a_word_of_two_letters_is_no_code() -> None:
    assert typed("ok") == []


def test_a_keyboard_is_proposed_by_its_lasting_name() -> None:
    text = proposal(Findings(heard=[Heard(PORT, "hid_scanner", "8801234567893", 0)]))
    assert "  - name: scanner_1\n    type: hid_scanner\n    device: /dev/input/by-id/usb-Honeywell" in text
    assert "# Honeywell 1470g" in text
