"""Measuring tools with Mitutoyo's Digimatic output, through an adapter that speaks as a serial port.

Source: Mitutoyo QM-Height user's manual No. 99MAF600B, 6.2.2 "USB data output specifications": `01A+0000.123` and CR at
9600 8N1: D1 code "0", D2 channel, D3 item "A", D4 sign, D5 to D12 the value with its point. Multiplexers number their
channels in D2. What they send in place of a value is counted as unreadable, with the line in the error.
"""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from drivers.base import Reading, Slots
from drivers.mono import mono_ns
from drivers.serial_lines import LinesConfig, SerialLines
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.point import Point

_VALUE = re.compile(rb"0([0-9])A([-+])([0-9]{1,8}(?:\.[0-9]{0,8})?|\.[0-9]{1,8})")


class DigimaticConfig(LinesConfig):
    """미쓰토요 디지매틱 측정기(버니어, 마이크로미터, 게이지). / A Mitutoyo Digimatic measuring tool."""

    type: Literal["digimatic"] = Field(description="종류. / The kind.")
    unit: Literal["mm", "inch"] = Field("mm", description="측정기의 단위. / The unit that the tool is set to.")
    channel: int | None = Field(
        None,
        ge=0,
        le=9,
        description="여러 개를 잇는 장치의 채널. 비우면 모두. / The multiplexer's channel; left out: any.",
    )

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the tool as one device."""
        value = Point(name="value", label={"ko": "측정값", "en": "Value"}, unit=self.unit, type="f64", address=0)
        taken = Point(
            name="taken", label={"ko": "잰 횟수", "en": "Taken"}, kind="counter", unit="pcs", type="u32", address=0
        )
        return [(self.name, (value, taken))]


class Digimatic(SerialLines):
    """One tool. Each value, whether its button sent it or it was asked for, is a row and a Measurement."""

    Config = DigimaticConfig
    terminator = "cr"

    def __init__(self, config: DigimaticConfig, slots: Slots) -> None:
        super().__init__(config, slots, 2)
        self.config = config
        self._taken = 0

    def first(self) -> Batch:
        """Return a row that tells how many were taken, so that the next one is counted."""
        self._latest.silence()
        self._latest.put(1, self._taken)
        return self._latest.row(mono_ns())

    def read(self, line: bytes, stamp_ns: int) -> Sequence[Reading] | None:
        """Return the value of one line; that of another channel is nobody's."""
        found = _VALUE.fullmatch(line)
        if found is None:
            return None
        if self.config.channel not in (None, int(found[1])):
            return []
        value = float(found[2] + found[3])
        self._taken += 1
        self._latest.put(0, value)
        self._latest.put(1, self._taken)
        row = self._latest.row(stamp_ns)
        return [row, Measurement(self._name, "value", self._latest.stamp_ns, value, self.config.unit, stable=True)]
