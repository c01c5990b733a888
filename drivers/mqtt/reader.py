"""What the messages of one device say. Pure: messages and times come in, rows go out."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import orjson

from drivers.base import Reading, Slot
from drivers.latest import Latest
from drivers.mqtt.options import MqttDevice, MqttPoint
from drivers.named_point import numbers
from sensors import json_path
from sensors.quality import GOOD, NO_REPLY, UNCERTAIN
from sensors.text import TextReading

SHOWN: Final = 60
NO_JSON: Final = object()

Tell = Callable[[str, str], None]  # the device, and what is wrong with it


class Reader:
    """One device. What is retained by the broker is of unknown age: uncertain until it comes anew."""

    def __init__(self, device: MqttDevice, slot: Slot, tell: Tell) -> None:
        self.device, self._tell = device, tell
        points = device.all_points()
        self._latest = Latest(slot, len(numbers(points)))
        self._points: dict[str, list[tuple[MqttPoint, int, json_path.Path]]] = {}
        column = 0
        for point in points:
            path = json_path.parse(point.path)
            self._points.setdefault(device.whole(point.topic), []).append((point, column, path))
            column += point.kind != "text"
        self._alive = device.alive()
        self._alive_path = json_path.parse(self._alive.path) if self._alive else ()
        self._alive_topic = device.whole(self._alive.topic) if self._alive else None
        self._seen: set[str] = set()  # points that came at least once
        self.heard_ns = 0

    @property
    def topics(self) -> set[str]:
        """Return what is to be subscribed to."""
        return {*self._points, *([self._alive_topic] if self._alive_topic else [])}

    def message(self, topic: str, payload: bytes, retained: bool, stamp_ns: int) -> Sequence[Reading] | None:
        """Return a row and the texts that a message tells; None for one that cannot be read."""
        text = payload.decode("utf-8", "replace")
        if topic == self._alive_topic and self._says_gone(text):
            return [self.silence(stamp_ns)]
        wanted = self._points.get(topic)
        if wanted is None:
            return []
        whole: Any = NO_JSON
        if any(path for _, _, path in wanted):
            try:
                whole = orjson.loads(payload)
            except ValueError:
                self._tell(self.device.name, f"{topic}: no JSON: {text[:SHOWN]!r}")
                return None
        self.heard_ns = stamp_ns
        return self._read(topic, wanted, whole, text, retained, stamp_ns)

    def silence(self, stamp_ns: int) -> Reading:
        """Return a row that says that nothing answers."""
        self._latest.silence()
        return self._latest.row(stamp_ns)

    def _read(
        self,
        topic: str,
        wanted: list[tuple[MqttPoint, int, json_path.Path]],
        whole: Any,
        text: str,
        retained: bool,
        stamp_ns: int,
    ) -> Sequence[Reading]:
        said: list[Reading] = []
        put = False
        texts: list[tuple[str, str]] = []
        for point, column, path in wanted:
            raw = json_path.find(whole, path) if path else text
            if raw is json_path.NOTHING:
                self._missing(topic, point, whole, path)
                continue
            self._seen.add(point.name)
            if point.kind == "text":
                texts.append((point.name, raw.strip() if isinstance(raw, str) else orjson.dumps(raw).decode()))
                continue
            value, quality = (0.0, NO_REPLY) if raw is None else point.value(raw)
            if quality != GOOD and raw is not None:
                self._tell(self.device.name, f"{topic}: {point.name}: {str(raw)[:SHOWN]!r} is not a value")
            self._latest.put(column, value, UNCERTAIN if retained and quality == GOOD else quality)
            put = True
        if put:
            said.append(self._latest.row(stamp_ns))
            stamp_ns = self._latest.stamp_ns
        return [*said, *(TextReading(self.device.name, name, stamp_ns, text) for name, text in texts)]

    def _missing(self, topic: str, point: MqttPoint, whole: Any, path: json_path.Path) -> None:
        """Tell of a path that leads nowhere, unless it did before: many messages tell only what changed."""
        if point.name not in self._seen:
            there = json_path.beside(whole, path)
            self._tell(self.device.name, f"{topic}: {point.path} is not there; there is: {there}")

    def _says_gone(self, text: str) -> bool:
        assert self._alive is not None
        said: Any = text.strip()
        if self._alive_path:
            with suppress(ValueError):  # zigbee2mqtt said the bare word once
                said = json_path.find(orjson.loads(text), self._alive_path)
        return str(said) == self._alive.offline
