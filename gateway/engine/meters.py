"""What machines take, by the quarter hours of the wall's clock: an event `energy` for each, as power companies measure.

A power stands until the next row of its device; what a counter counted between two readings is spread over the time
between them, and beyond SILENT_NS it belongs to the sum and not to the mean. A quarter hour is told at the first whole
second behind a reading that came after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Final

from gateway.engine.columns import Float64s, Int64s
from gateway.engine.roots import MachineRoot, MeterRoot
from gateway.event import Body, Event

QUARTER_NS: Final = 900 * 1_000_000_000
SILENT_NS: Final = 120 * 1_000_000_000
HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS  # a longer silence is not spread
MOST_KWH: Final = 1e12  # between two readings; more is a damaged reading
SAVED: Final = ("quarter", "kwh", "known_kwh", "known_ns", "at_ns", "value")


@dataclass(slots=True)
class Meter:
    """The meter of one machine."""

    name: str
    of: MeterRoot
    quarter: int | None = None  # that is running: how many were over since 1970
    kwh: float = 0.0
    known_kwh: float = 0.0  # of that, what was read without a silence
    known_ns: int = 0
    at_ns: int | None = None  # mono: until when all is added up
    value: float | None = None  # the reading then
    closed: list[Body] = field(default_factory=list)

    def take(self, mono_ns: int, value: float, offset_ns: int) -> None:
        """Take a reading, NaN where it failed; `offset_ns` is UTC less mono."""
        if self.of.counts:
            if isnan(value):
                return
            if self.value is not None:
                added = value - self.value
                self._pass(mono_ns, (value if added < 0 else added) * self.of.scale, offset_ns, SILENT_NS)
        elif self.at_ns is not None:
            lasted = mono_ns - self.at_ns
            known = self.value is not None and lasted <= QUARTER_NS
            kwh = (self.value or 0.0) * self.of.scale * lasted / HOUR_NS if known else 0.0
            self._pass(mono_ns, kwh, offset_ns, QUARTER_NS if known else -1)
        if self.quarter is None:
            self.quarter = (mono_ns + offset_ns) // QUARTER_NS
        self.at_ns, self.value = mono_ns, None if isnan(value) else value

    def _pass(self, mono_ns: int, kwh: float, offset_ns: int, most_ns: int) -> None:
        """Let time pass with this energy; it is known well where that took no longer than `most_ns`."""
        kwh = kwh if abs(kwh) < MOST_KWH else 0.0  # NaN, too
        if self.at_ns is None or mono_ns - self.at_ns > DAY_NS:  # of another boot, or as good as that
            self._close((mono_ns + offset_ns) // QUARTER_NS)
            self.kwh += kwh
            return
        begin, end = self.at_ns + offset_ns, mono_ns + offset_ns
        if begin // QUARTER_NS != self.quarter:  # the clock was set
            self._close(begin // QUARTER_NS)
        lasted, known = end - begin, end - begin <= most_ns
        while begin < end:
            assert self.quarter is not None
            stop = min(end, (self.quarter + 1) * QUARTER_NS)
            part = kwh * ((stop - begin) / lasted)
            self.kwh += part
            if known:
                self.known_kwh, self.known_ns = self.known_kwh + part, self.known_ns + stop - begin
            if stop == (self.quarter + 1) * QUARTER_NS:
                self._close(self.quarter + 1)
            begin = stop

    def _close(self, quarter: int) -> None:
        if self.quarter == quarter:
            return
        if self.quarter is not None and (self.kwh or self.known_ns):
            kw = self.known_kwh * HOUR_NS / self.known_ns if self.known_ns else None
            self.closed.append({
                "machine": self.name, "from": self.quarter * QUARTER_NS // 1_000_000, "kwh": round(self.kwh, 6),
                "kw": None if kw is None else round(kw, 4), "known_s": round(self.known_ns / 1e9, 1),
            })  # fmt: skip
        self.quarter, self.kwh, self.known_kwh, self.known_ns = quarter, 0.0, 0.0, 0

    def begin_anew(self) -> None:
        """Go on from the next reading: what was before it has been told, or its time means nothing here."""
        self.quarter, self.kwh, self.known_kwh, self.known_ns, self.at_ns = None, 0.0, 0.0, 0, None
        if not self.of.counts:
            self.value = None


class Meters:
    """The meters of all machines that name one."""

    def __init__(self, machines: Sequence[MachineRoot]) -> None:
        self.all = [Meter(root.name, root.meter) for root in machines if root.meter is not None]

    def take(self, first: int, mono_ns: Int64s, values: Float64s, offset_ns: int) -> None:
        """Take rows [T, K] of the neighbouring points from `first` on."""
        for meter in self.all:
            if 0 <= meter.of.point - first < values.shape[1]:
                for at_ns, value in zip(mono_ns.tolist(), values[:, meter.of.point - first].tolist(), strict=True):
                    meter.take(at_ns, value, offset_ns)

    def tell(self, mono_ns: int) -> list[Event]:
        """Return the events of the quarter hours that are over."""
        found = [Event("energy", meter.name, mono_ns, body) for meter in self.all for body in meter.closed]
        for meter in self.all:
            meter.closed = []
        return found

    def kept(self, body: Body) -> None:
        """Take an event that the journal has: what it told is not told again."""
        for meter in self.all:
            if meter.name == body["machine"]:
                meter.begin_anew()

    def save(self) -> dict[str, Any]:
        """Return what is kept, by machine and point."""
        return {
            f"{meter.name} {meter.of.name}": {name: getattr(meter, name) for name in SAVED}
            | {"closed": list(meter.closed)}
            for meter in self.all
        }

    def restore(self, saved: dict[str, Any], same_boot: bool) -> None:
        """Go on from there; in another boot only a counter's reading and the sums mean something."""
        for meter in self.all:
            for name, value in saved.get(f"{meter.name} {meter.of.name}", {}).items():
                setattr(meter, name, value)
            if not same_boot:
                meter.at_ns = None
                meter.value = meter.value if meter.of.counts else None
