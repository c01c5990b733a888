"""The live view: what is known now, in the shapes that the screen reads. It waits for nothing."""

import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from barcodes.scan import Scan
from gateway.advice import advice
from gateway.calls import Calls
from gateway.clock import Clock
from gateway.component import Component
from gateway.config.plant import Machine
from gateway.config.root import EdgeConfig
from gateway.engine.alarms import Alarm
from gateway.engine.engine import Engine
from gateway.engine.shop import MachineState
from gateway.event import Row
from gateway.losses import lost
from gateway.table import PointTable
from gateway.work.answer import Answer, name_of, scan_entry
from gateway.work.ledger import stations
from gateway.workday import Workday
from sensors import quality as q

Entry = dict[str, Any]
TREND_ROWS = 60
TREND_EVERY_S = 5
SCANS_KEPT = 100
CHATTER_NS = 600_000_000_000
READ_FIRST = {"gauge": 0, "counter": 1, "state": 2}
FULL_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")


class Live:
    """Points, machines, alarms, scans and components as JSON-able entries; times are UTC in milliseconds."""

    def __init__(self, config: EdgeConfig, gateway: str, clock: Clock, table: PointTable, engine: Engine) -> None:
        self.gateway_id, self._clock = gateway, clock
        self.components: dict[str, Component] = {}
        self.scans: deque[Entry] = deque(maxlen=SCANS_KEPT)
        self.pieces: dict[str, int] = {}
        self.calls = Calls()
        self.last_alarm_ns = 0
        self._people: dict[str, str] = {}
        self._labels_told: dict[str, dict[str, str]] = {}
        self._counted_ns = clock.time_ns(clock.mono_ns())
        self.watch(config, table, engine)

    def watch(self, config: EdgeConfig, table: PointTable, engine: Engine) -> None:
        """Look at another configuration's engine; what was seen of scans, pieces and components stays."""
        self.config, self.table, self.engine = config, table, engine
        self.day = Workday.of(config.workshop, config.shifts)
        self._shown = table.devices[-1].first  # the machines' own fields are told with the machines
        self._trend = np.full((TREND_ROWS, len(table.names)), np.nan)
        self._trend_ns: deque[int] = deque(maxlen=TREND_ROWS)
        self._good_ns = np.zeros(len(table.names), np.int64)
        self._stations = {station.name: station for station in config.stations}
        self._rules = {root.rule.name: root for root in engine.roots.rules}
        self._machine_points = [_points_of(machine, table, self._shown) for machine in config.machines]
        self._meters = {machine.name: _meters_of(machine.name, config, engine) for machine in config.machines}
        self._labels = {s.name: s.label.model_dump() for s in config.stations if s.label}
        self._scanners = stations(config)
        self.know(self._people, self._labels_told)

    def know(self, people: dict[str, str], operations: dict[str, dict[str, str]]) -> None:
        """Take the ledger's names over those of the configuration: of people by badges without leading zeros, where ''
        is nobody's any longer, and of operations."""
        self._people, self._labels_told = people, operations
        self._operations = {part.code: part.label.model_dump() for part in self.config.work.operations} | operations
        workers = {str(int(worker.badge)): worker.name for worker in self.config.work.workers} | people
        self._workers = {number: name for number, name in workers.items() if name}
        for scan in self.scans:
            scan["worker_name"] = name_of(scan["worker"], self._workers)

    def ts(self, mono_ns: int) -> float:
        """Return the UTC milliseconds of a mono time, as well as is known now."""
        return round(self._clock.time_ns(mono_ns) / 1e6, 3)

    def now_ts(self) -> float:
        """Return the present UTC milliseconds."""
        return self.ts(self._clock.mono_ns())

    def last_alarm_ts(self) -> float | None:
        """Return when the last alarm event was, None if there was none."""
        return round(self.last_alarm_ns / 1e6, 3) if self.last_alarm_ns else None

    def sample_trend(self, mono_ns: int) -> None:
        """Remember the present values for the trends, and when the good ones were."""
        good = self.engine.quality < q.BAD
        self._trend = np.roll(self._trend, -1, axis=0)
        self._trend[-1] = np.where(good, self.engine.values, np.nan)
        self._good_ns[good] = self.engine.stamped_ns[good]
        self._trend_ns.append(mono_ns)

    def happened(self, rows: Iterable[Row]) -> list[Entry]:
        """Take in kept events; return the scans among them, in the screen's shape."""
        scans = []
        for row in rows:
            if row.kind == "scan":
                scans.append(self.scan(row))
            elif row.kind == "count":
                self._count(row)
            elif row.kind == "alarm":
                self.last_alarm_ns = max(self.last_alarm_ns, row.time_ns)
            elif row.kind == "help":
                self.calls.happened(row)
        self.scans.extend(scans)
        return scans

    def call_entries(self) -> list[Entry]:
        """Return who waits for help."""
        return self.calls.entries(self._labels, self._workers)

    def worker_name(self, badge: str) -> str | None:
        """Return whose badge it is: the screens may know."""
        return name_of(badge, self._workers)

    def _count(self, row: Row) -> None:
        """Add to today's pieces; the first count of a new day begins them anew."""
        if not self.day.holds(self._counted_ns, row.time_ns):
            self.pieces = {}
        self._counted_ns = row.time_ns
        machine = row.body["machine"]
        self.pieces[machine] = self.pieces.get(machine, 0) + int(row.body["delta"])

    def _pieces(self, machine: str) -> int:
        """Return today's pieces: none yet when the last one was counted on another day."""
        return self.pieces.get(machine, 0) if self.day.holds(self._counted_ns, self._now_ns()) else 0

    def points(self, only: Callable[[int], bool] = lambda _: True, trend: bool = True) -> list[Entry]:
        """Return the points (those whose index `only` accepts), each with its short trend if wanted."""
        entries = [self._point(i) for i in range(self._shown) if only(i)]
        return self._with_trends(entries) if trend else entries

    def machines(self) -> list[Entry]:
        """Return the machines in the order of the configuration."""
        states, now_ns = self.engine.machines, self._now_ns()
        plan = {"planned": self.day.works(now_ns), "shift": self.day.shift(now_ns)}
        share = self.day.share(now_ns)
        return [self._machine(i, states[i], share) | plan for i in range(len(self.config.machines))]

    def alarms(self) -> list[Entry]:
        """Return the alarms that are not over, worst first, then oldest."""
        weight = {"critical": 0, "warning": 1, "info": 2}
        alarms = [self._alarm(alarm) for alarm in self.engine.alarms]
        return sorted(alarms, key=lambda alarm: (weight[alarm["severity"]], alarm["since_ts"]))

    def quiet(self) -> list[Entry]:
        """Return the rules that are shelved, and those that are active and not told: another alarm is their cause."""
        now_ns = self._clock.mono_ns()
        return [
            {
                "rule": alarm.rule,
                "message": alarm.message or self._rules[alarm.rule].rule.message.model_dump(),
                "active": alarm.active,
                "because_of": alarm.because_of,
                "since_ts": self.ts(alarm.since_mono_ns) if alarm.active else None,
                "shelved_until_ts": self._later(alarm.shelved_until_ns, now_ns),
            }
            for alarm in self.engine.rules.all
            if alarm.shelved_until_ns > now_ns or (alarm.active and not alarm.told)
        ]

    def _later(self, mono_ns: int, now_ns: int) -> float | None:
        return self.ts(mono_ns) if mono_ns > now_ns else None

    def rules(self) -> list[Entry]:
        """Return every rule: what it says, and whether it is active."""
        return [self._rule(alarm) for alarm in self.engine.rules.all]

    def component_entries(self) -> list[Entry]:
        """Return every component with its counters."""
        return [self._component(component) for component in self.components.values()]

    def _seen_ns(self, index: int) -> int:
        """Return when a point was good last (to TREND_EVERY_S when it is not now), 0 if never: a row that says that
        nothing answered is no news of the machine."""
        if self.engine.quality[index] < q.BAD:
            self._good_ns[index] = self.engine.stamped_ns[index]
        return int(self._good_ns[index])

    def _now_ns(self) -> int:
        return self._clock.time_ns(self._clock.mono_ns())

    def _with_trends(self, entries: list[Entry]) -> list[Entry]:
        """Add the trends, from the whole table at once: a thousand points must not hold up the readings."""
        if not entries:
            return entries
        times = [self.ts(ns) for ns in self._trend_ns]
        rows = self._trend[TREND_ROWS - len(times) :].round(6)
        cells = rows.astype(object)
        cells[~np.isfinite(rows)] = None
        columns = cells.T.tolist()
        for entry in entries:
            column = columns[self.table.index(entry["name"])]
            entry["trend"] = [[ts, value] for ts, value in zip(times, column, strict=True)]
        return entries

    def _point(self, index: int) -> Entry:
        point, device = self.table.point(index), self.table.devices[self.table.device(index)]
        quality, seen_ns = int(self.engine.quality[index]), self._seen_ns(index)
        return {
            "name": self.table.names[index],
            "device": device.name,
            "driver": device.driver,
            "label": point.label,
            "value": _number(self.engine.values[index]) if quality < q.BAD else None,
            "unit": point.unit,
            "kind": point.kind,
            "quality": quality,
            "quality_name": q.NAMES.get(quality, str(quality)),
            "ts": self.ts(seen_ns) if seen_ns else None,
        }

    def _machine(self, index: int, state: MachineState, share: float) -> Entry:
        machine = self.config.machines[index]
        station = self._stations.get(machine.station or "")
        seen_ns = max(map(self._seen_ns, self._read_by(index)), default=0)
        return {
            "name": machine.name,
            "label": machine.label and machine.label.model_dump(),
            "group": station and station.group and station.group.model_dump(),
            "station": machine.station,
            "state": state.state,
            "since_ts": self.ts(state.since_mono_ns) if state.since_mono_ns else None,
            "count": self._pieces(machine.name) if machine.count else None,
            "pace": {name: _number(value) for name, value in state.pace.items()},
            "target": machine.target,
            "should_be": machine.target and round(machine.target * share),
            "last_seen_ts": self.ts(seen_ns) if seen_ns else None,
            "job": self._job(machine.station),
            "worker": self._worker(machine.station),
            "values": [self.table.names[i] for i in self._read_by(index)],
            "meters": self._meters[machine.name],
        }

    def _read_by(self, machine: int) -> Sequence[int]:
        return self._machine_points[machine]

    def _job(self, station: str | None) -> Entry | None:
        """Return the bundle, or the order, and the operation that was accepted last at a station."""
        for scan in reversed(self.scans):
            ticket = scan["ticket"] or {}
            if station and scan["station"] == station and scan["answer"] == "accepted" and ticket.get("operation"):
                code, bundle = ticket["operation"], ticket.get("bundle")
                label = self._operations.get(code, {"ko": code, "en": code})
                ko, en = (f"묶음 {bundle}", f"Bundle {bundle}") if bundle else (ticket.get("order", ""),) * 2
                return {"text": {"ko": f"{ko} · {label['ko']}", "en": f"{en} · {label['en']}"}}
        return None

    def _worker(self, station: str | None) -> str | None:
        for scan in reversed(self.scans):
            if not station or scan["station"] != station:
                continue
            if (scan["ticket"] or {}).get("word") == "LOGOUT":
                return None
            if scan["worker"]:
                return str(scan["worker_name"] or scan["worker"])
        return None

    def _alarm(self, alarm: Alarm) -> Entry:
        root = self._rules[alarm.rule]
        rule, acknowledged_ns, now_ns = root.rule, alarm.acknowledged_mono_ns, self._clock.mono_ns()
        return {
            "rule": alarm.rule,
            "severity": self.engine.rules.severity(alarm),
            "level": alarm.level,
            "message": alarm.message or rule.message.model_dump(),
            "todo": rule.action and rule.action.model_dump(),
            "machine": rule.machine,
            "since_ts": self.ts(alarm.since_mono_ns),
            "value": alarm.value,
            "unit": root.unit.symbol,
            "acknowledged_by": alarm.acknowledged_by,
            "acknowledged_ts": self.ts(acknowledged_ns) if acknowledged_ns else None,
            "suppresses": alarm.suppresses,
            "raised_10_min": alarm.raised_since(now_ns - CHATTER_NS),
            "shelved_until_ts": self._later(alarm.shelved_until_ns, now_ns),
        }

    def _rule(self, alarm: Alarm) -> Entry:
        rule = self._rules[alarm.rule].rule
        return {
            "rule": alarm.rule,
            "when": rule.when,
            "until": rule.until,
            "severity": rule.severity,
            "message": rule.message.model_dump(),
            "active": alarm.active,
            "since_ts": self.ts(alarm.since_mono_ns) if alarm.active else None,
            "value": alarm.value if alarm.active else None,
        }

    def scan(self, row: Row) -> Entry:
        """Return a scan's event in the shape of the screen."""
        return scan_entry(row, self.gateway_id, self._labels, self._workers)

    def failed_scan(self, scan: Scan, answer: Answer) -> Entry:
        """Show a scan that could not be kept: it has no event, and the screen must not show green."""
        station = self._scanners.get(scan.scanner, scan.scanner)
        entry = {
            "id": f"failed:{scan.scanner}:{scan.mono_ns}",
            "ts": self.ts(scan.mono_ns),
            "station": station,
            "station_label": self._labels.get(station),
            "worker": None,
            "worker_name": None,
            "answer": answer.kind,
            "answer_text": answer.text,
            "language": None,
            "tone": answer.tone,
            "raw": scan.raw.decode("utf-8", "backslashreplace"),
            "ticket": None,
            "repeats": None,
            "corrects": None,
            "late": None,
            "asks": None,
        }
        self.scans.append(entry)
        return entry

    def _component(self, component: Component) -> Entry:
        counters = component.counters
        return {
            "name": component.name,
            "kind": component.kind,
            "state": component.state,
            "since_ts": self.ts(component.since_ns) if component.since_ns else None,
            "received": counters.received,
            "sent": counters.sent,
            "dropped": counters.dropped,
            "queued": component.queued(),
            "last_error": component.last_error or counters.last_error,
            "detail": component.detail() | _ledger(component),
            "advice": advice(component),
        }


def _points_of(machine: Machine, table: PointTable, shown: int) -> list[int]:
    """Return the points that a machine's states and count read: measured values first, then as they are named."""
    texts = [*(f"{state.when} {state.until or ''}" for state in machine.states), machine.count or ""]
    known = {name: index for index, name in enumerate(table.names[:shown])}
    named = dict.fromkeys(name for text in texts for name in FULL_NAME.findall(text))
    points = [known[name] for name in named if name in known]
    return sorted(points, key=lambda index: READ_FIRST.get(table.point(index).kind, len(READ_FIRST)))


def _meters_of(machine: str, config: EdgeConfig, engine: Engine) -> list[str]:
    """Return the signals that tell of a machine and in which something accrues until it is set to zero."""
    signals = zip(config.all_signals, engine.graph.meters, strict=True)
    return [f"signals.{one.name}" for one, cells in signals if cells and f"machines.{machine}." in one.value]


def _ledger(component: Component) -> Entry:
    """Return what became of a component's rows, where it keeps account of them."""
    accounts = component.accounts()
    return {"ledger": [account.entry() for account in accounts], "lost": lost(accounts)} if accounts else {}


def _number(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
