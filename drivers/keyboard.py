"""What a scanner types: the stream of a keyboard's events to codes. Pure: times come with the events.

Understood besides plain keys: shift and caps lock, the number pad, control characters (Ctrl and ] is GS1's separator),
codes typed as Alt and digits on the number pad, and Hangul behind the Hangul key (layout `kr`).
"""

from typing import Final, Literal

from barcodes import hangul
from drivers.cutter import STALE_NS
from drivers.layouts import KEYPAD, LAYOUTS, LayoutName

EndKey = Literal["auto", "enter", "tab"]
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED: Final = 3  # the kernel had no room: events are missing
UP, DOWN = 0, 1  # 2 is the kernel's autorepeat, which no scanner means
CAPS_LOCK, HANGUL, RIGHT_ALT, LEFT_ALT, TAB = 58, 122, 100, 56, 15
SHIFTS, CONTROLS, ENTERS = (42, 54), (29, 97), (28, 96)
ENDS: Final[dict[EndKey, frozenset[int]]] = {
    "auto": frozenset({*ENTERS, TAB}),
    "enter": frozenset(ENTERS),
    "tab": frozenset({TAB}),
}
BYTE: Final = 0xDC00  # a byte of 128 or more typed by its number, as `surrogateescape` holds it
MOST_ALT: Final = 7  # digits of the largest character, with a zero before them


class Keyboard:
    """One keyboard. Codes are UTF-8; bytes typed by their number stay bytes."""

    def __init__(self, layout: LayoutName, ends: EndKey, max_bytes: int) -> None:
        self.dropped = 0  # codes that were too long, of which events are missing, or whose end never came
        self._layout, self._ends, self._max = LAYOUTS[layout], ENDS[ends], max_bytes
        self._down: set[int] = set()
        self._caps = False
        self._last_ns = 0
        self._broken = False  # events are missing until the next report
        self._begin()

    def feed(self, type_: int, code: int, value: int, mono_ns: int) -> list[bytes]:
        """Take one event; return the code that it ends, if it ends one."""
        if type_ == EV_SYN:
            self._synchronise(code)
        if type_ != EV_KEY or self._broken:
            return []
        if value == UP:
            return self._release(code)
        if value != DOWN:
            return []
        if (self._typed or self._too_long) and mono_ns - self._last_ns > STALE_NS:
            self.drop()
        self._last_ns = mono_ns
        return self._press(code)

    def drop(self) -> None:
        """Throw away what was begun, counted; nothing where nothing is."""
        self.dropped += bool(self._typed or self._too_long)
        self._begin()

    def forget_keys(self) -> None:
        """Take it that no key is down: the device is new."""
        self._down.clear()
        self._caps = self._broken = False
        self.drop()

    def _begin(self) -> None:
        self._typed: list[str] = []
        self._bytes = 0
        self._too_long = False
        self._hangul = False
        self._alt_digits = ""

    def _synchronise(self, code: int) -> None:
        if code == SYN_DROPPED:
            self._broken = True
            self._typed.append("")  # so that the code is counted even if nothing of it was seen
            self._down.clear()
        elif self._broken:
            self._broken = False
            self.drop()
            self._too_long = True  # its rest is still to come, and no code of its own

    def _press(self, code: int) -> list[bytes]:
        self._down.add(code)
        if code in self._ends:
            return self._end()
        if code == CAPS_LOCK:
            self._caps = not self._caps
        elif self._layout.hangul and code in (HANGUL, RIGHT_ALT):
            self._hangul = not self._hangul
        elif LEFT_ALT in self._down and code in KEYPAD:
            self._alt_digits += KEYPAD[code] if KEYPAD[code].isdigit() and len(self._alt_digits) < MOST_ALT else ""
        elif sign := self._sign(code):
            return self._control(sign) if self._down & set(CONTROLS) else self._type(sign)
        return []

    def _release(self, code: int) -> list[bytes]:
        self._down.discard(code)
        if code != LEFT_ALT or not self._alt_digits:
            return []
        number, self._alt_digits = int(self._alt_digits), ""
        if 128 <= number < 256:
            return self._type(chr(BYTE + number))
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            self._too_long = True  # no character: the code is not what was printed
            return []
        return self._end() if chr(number) in "\r\n" else self._type(chr(number))

    def _sign(self, code: int) -> str:
        if code in KEYPAD:
            return KEYPAD[code]
        if RIGHT_ALT in self._down and (sign := self._layout.alt_gr.get(code)):
            return sign
        shift = bool(self._down & set(SHIFTS))
        if self._hangul:  # caps lock means nothing there
            sign = (self._layout.shifted if shift else self._layout.plain).get(code, "")
            return hangul.of_key(sign) if sign else ""
        if self._caps and self._layout.plain.get(code, "").isalpha():
            shift = not shift
        if code == TAB:
            return "\t"
        return (self._layout.shifted if shift else self._layout.plain).get(code, "")

    def _control(self, sign: str) -> list[bytes]:
        """Type the control character of a sign from @ to _; others mean nothing with Ctrl."""
        if not "@" <= sign.upper() <= "_":
            return []
        control = chr(ord(sign.upper()) & 0x1F)
        return self._end() if control in "\r\n" else self._type(control)

    def _type(self, sign: str) -> list[bytes]:
        self._bytes += len(sign.encode("utf-8", "surrogateescape"))
        if self._bytes > self._max:
            self._typed, self._too_long = [], True
        if not self._too_long:
            self._typed.append(sign)
        return []

    def _end(self) -> list[bytes]:
        text, too_long = "".join(self._typed), self._too_long
        if too_long:
            self.drop()
            return []
        self._begin()
        return [hangul.compose(text).encode("utf-8", "surrogateescape")] if text else []
