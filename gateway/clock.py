"""The two clocks: mono (CLOCK_BOOTTIME, never steps, counts through suspend), and UTC with whether it is synced."""

import ctypes
import os
import time
from pathlib import Path
from typing import Final, Literal, Protocol

from gateway.consent import Consent

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised
STA_UNSYNC: Final = 0x40
Word = Literal["ntp", "trusted", "operator", "none"]  # by whom UTC is vouched for
LEAP_NS: Final = 3_600_000_000_000  # more than this is no correction
BELIEVED_AFTER_NS: Final = 600_000_000_000  # less than clock.hold_s: rows of a leap that is taken back are corrected


class Clock(Protocol):
    """What the daemon asks of time; tests pass one that is moved by hand."""

    @property
    def boot_id(self) -> str:
        """Return the boot that `mono_ns` counts in; two mono times of different boots cannot be compared."""
        ...

    @property
    def synced(self) -> bool:
        """Return whether UTC can be trusted now: by NTP's word, or by the operator's."""
        ...

    def mono_ns(self) -> int:
        """Return CLOCK_BOOTTIME in ns."""
        ...

    def time_ns(self, mono_ns: int) -> int:
        """Return the UTC of a mono time of this boot, in ns, by what the wall clock says now."""
        ...


class Belief:
    """Whether a wall clock that is called synchronised is believed: one that leaps is, once it stood for ten minutes.

    Whoever mistypes the year or asks a lying time server notices; what was stamped meanwhile waits, and is corrected.
    """

    def __init__(self) -> None:
        self._offset_ns: int | None = None  # of UTC to mono, as it was believed last
        self._leapt: tuple[int, int] | None = None  # the new offset, and the mono time since when it stands

    def holds(self, mono_ns: int, offset_ns: int) -> bool:
        """Return whether this offset is believed. The first is: the clock came right after the start."""
        if self._offset_ns is None or abs(offset_ns - self._offset_ns) <= LEAP_NS:
            self._offset_ns, self._leapt = offset_ns, None
            return True
        leapt = self._leapt
        if leapt is None or abs(offset_ns - leapt[0]) > LEAP_NS:
            leapt = self._leapt = offset_ns, mono_ns
        if mono_ns - leapt[1] < BELIEVED_AFTER_NS:
            return False
        self._offset_ns, self._leapt = offset_ns, None
        return True


class SystemClock:
    """The machine's own clocks. `trust` is the configuration's word that UTC is right without NTP (clock.trust).

    With a `consent` an operator may vouch for another UTC, in this boot and until NTP says what it is.
    """

    def __init__(self, trust: bool = False, consent: Consent | None = None) -> None:
        self._trust, self._consent = trust, consent
        self._belief = Belief()
        self.boot_id: str = BOOT_ID.read_text("ascii").strip()
        self._offset_ns = None if trust or consent is None else consent.offset_ns(self.boot_id)

    @property
    def word(self) -> Word:
        """Return by whose word UTC is what it is. The kernel's (cleared when the clock is set, and when NTP falls
        silent) ends that of the operator."""
        if kernel_synced():
            self._end_consent()
            return "ntp"
        if self._trust:
            return "trusted"
        return "none" if self._offset_ns is None else "operator"

    @property
    def synced(self) -> bool:
        """Return whether there is such a word, unless the clock leapt just now."""
        return self.word != "none" and self._belief.holds(self.mono_ns(), self.time_ns(0))

    def vouch(self, utc_ns: int) -> None:
        """Take an operator's UTC of now. The machine's own clock stays as it is. Raises OSError when it is not kept."""
        offset_ns = utc_ns - self.mono_ns()
        if self._consent is not None:
            self._consent.keep(self.boot_id, offset_ns)
        self._offset_ns = offset_ns

    def _end_consent(self) -> None:
        if self._offset_ns is not None:
            self._offset_ns = None
            if self._consent is not None:
                self._consent.forget()

    def mono_ns(self) -> int:
        """Return CLOCK_BOOTTIME in ns."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def time_ns(self, mono_ns: int) -> int:
        """Return the UTC of `mono_ns`: the operator's, or the wall clock's, read within a few hundred ns of mono."""
        offset_ns = self._offset_ns
        if offset_ns is not None:
            return mono_ns + offset_ns
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        wall = time.time_ns()
        after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return mono_ns + wall - (before + after) // 2


class _Timex(ctypes.Structure):
    """The leading fields of struct timex (sys/timex.h) and room for the rest, which the kernel fills too."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


_libc = ctypes.PyDLL(None, use_errno=True)  # asked at each row, and done before another thread could be let in


def kernel_synced() -> bool:
    """Return NTP's word from adjtimex(2), asked without changing anything (modes 0).

    Raises OSError where the kernel does not answer.
    """
    timex = _Timex(modes=0)
    state = _libc.adjtimex(ctypes.byref(timex))
    if state < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return state != TIME_ERROR and not timex.status & STA_UNSYNC
