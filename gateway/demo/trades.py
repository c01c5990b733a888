"""The trades of the simulated fleet: where its shops stand, and what happens in one. Pure: a seed gives one day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

Body = dict[str, Any]

EVERY_S: Final = 6.0  # between two events of a shop, on average
RAISE, CLEAR, ACKNOWLEDGE = 0.006, 0.05, 0.02  # of an alarm, at each event
SECOND_READING: Final = 0.04  # of a label, by a hand that was not sure


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade in its quarter of the city."""

    key: str  # as in `workshop.trade`
    cluster: str
    name: str  # of its shops, before the number
    machines: tuple[str, ...]
    operations: Mapping[str, tuple[str, str]]  # name by code, in Korean and English
    alarms: Mapping[str, tuple[str, str, str, str]]  # by rule: severity, unit, in Korean, in English


TRADES: Final = (
    Trade(
        "sewing", "changsin", "창신 봉제", ("sew_1", "sew_2", "iron_1"),
        {"SEW": ("합봉", "joining"), "IRON": ("다림질", "ironing"), "FINISH": ("마무리", "finishing")},
        {
            "iron_left_on": ("critical", "W", "다리미가 켜진 채로 있어요.", "The iron was left on."),
            "no_thread": ("warning", "1", "윗실이 끊겼어요.", "The upper thread is broken."),
        },
    ),
    Trade(
        "metal", "mullae", "문래 기계금속", ("lathe_1", "press_1"),
        {"TURN": ("선삭", "turning"), "PRESS": ("프레스", "pressing")},
        {
            "overheat": ("critical", "°C", "주축이 뜨거워요.", "The spindle is hot."),
            "low_pressure": ("warning", "bar", "공기 압력이 낮아요.", "The air pressure is low."),
        },
    ),
    Trade(
        "jewellery", "bongik", "종로 세공", ("furnace_1", "polish_1"),
        {"CAST": ("주물", "casting"), "POLISH": ("광내기", "polishing")},
        {"furnace_open": ("warning", "°C", "전기로 문이 열려 있어요.", "The furnace door is open.")},
    ),
    Trade(
        "shoes", "seongsu", "성수 수제화", ("last_1", "sew_1"),
        {"LAST": ("골싸기", "lasting"), "SOLE": ("창 붙이기", "soling")},
        {"fumes": ("critical", "ppm", "접착제 냄새가 짙어요. 창문을 열어 주세요.", "Glue fumes: open a window.")},
    ),
    Trade(
        "printing", "euljiro", "을지로 인쇄", ("press_1", "cutter_1"),
        {"PRINT": ("인쇄", "printing"), "CUT": ("재단", "cutting")},
        {"dry_air": ("info", "%", "공기가 건조해요. 종이가 말릴 수 있어요.", "The air is dry: paper may curl.")},
    ),
)  # fmt: skip
WEIGHTS: Final = (40, 25, 12, 12, 11)  # of a hundred shops


class Happening(NamedTuple):
    """Something that happens, so long after the thing before it."""

    after_s: float
    kind: str
    source: str
    body: Body


@dataclass(frozen=True, slots=True)
class Place:
    """A shop of the fleet."""

    workshop: str
    name: str
    trade: Trade


def places(shops: int, seed: int) -> list[Place]:
    """Return so many shops, each another one, the same for a seed."""
    rng = Random(seed)
    taken: set[str] = set()
    found: list[Place] = []
    while len(found) < shops:
        trade = rng.choices(TRADES, WEIGHTS)[0]
        number = rng.randint(1, 30 + 3 * shops)
        workshop = f"{trade.cluster}-{number:03d}"
        if workshop not in taken:
            taken.add(workshop)
            found.append(Place(workshop, f"{trade.name} {number}호", trade))
    return found


class Day:
    """What happens in one shop: tickets at a scanner, pieces, machines that run and stop, now and then an alarm."""

    def __init__(self, trade: Trade, rng: Random) -> None:
        self._trade, self._rng = trade, rng
        self._totals = dict.fromkeys(trade.machines, 0)
        self._states = dict.fromkeys(trade.machines, "off")
        self._alarm: str | None = None
        self._acknowledged = False
        self._bundle = rng.randint(1, 900_000)

    def happenings(self) -> Iterator[Happening]:
        """Yield them in order, for ever."""
        while True:
            kind, source, body = self._alarmed() or self._worked()
            yield Happening(self._rng.expovariate(1 / EVERY_S), kind, source, body)

    def _alarmed(self) -> tuple[str, str, Body] | None:
        chance = self._rng.random()
        if self._alarm is None:
            if chance >= RAISE:
                return None
            self._alarm, self._acknowledged = self._rng.choice(list(self._trade.alarms)), False
            return self._alarm_event(self._alarm, "raise")
        rule = self._alarm
        if chance < CLEAR:
            self._alarm = None
            return self._alarm_event(rule, "clear")
        if chance < CLEAR + ACKNOWLEDGE and not self._acknowledged:
            self._acknowledged = True
            return self._alarm_event(rule, "acknowledge", by="owner")
        return None

    def _alarm_event(self, rule: str, action: str, by: str | None = None) -> tuple[str, str, Body]:
        severity, unit, ko, en = self._trade.alarms[rule]
        body: Body = {"rule": rule, "severity": severity, "message": {"ko": ko, "en": en}, "action": action, "by": by}
        value = round(self._rng.uniform(10, 90), 1)
        return "alarm", rule, body | {"value": None if action == "clear" else value, "unit": unit}

    def _worked(self) -> tuple[str, str, Body]:
        return self._rng.choices((self._scan, self._count, self._state), (50, 35, 15))[0]()

    def _scan(self) -> tuple[str, str, Body]:
        again = self._rng.random() < SECOND_READING
        self._bundle += not again
        code, (ko, en) = self._rng.choice(list(self._trade.operations.items()))
        pieces = self._rng.choice((10, 20, 30))
        bundle, worker = f"{self._bundle:07d}", f"worker_{self._rng.randint(1, 6)}"
        ticket = {"type": "coupon", "bundle": bundle, "operation": code, "quantity": pieces}
        said = {"ko": f"등록 — 묶음 {bundle} {ko} {pieces}개", "en": f"Recorded: bundle {bundle}, {en}, {pieces}"}
        if again:
            said = {"ko": "이미 등록한 표예요. 두 번 세지 않았어요.", "en": "Already recorded; not counted twice."}
        body: Body = {"station": "table_1", "worker": worker, "ticket": ticket, "answer_text": said}
        body |= {"answer": "duplicate" if again else "accepted", "tone": "duplicate" if again else "ok"}
        return "scan", "scanner", body | {"text": f"B-{bundle}-{code}-{pieces}", "symbology": "code128"}

    def _count(self) -> tuple[str, str, Body]:
        machine = self._rng.choice(self._trade.machines)
        delta = self._rng.randint(1, 5)
        self._totals[machine] += delta
        total = self._totals[machine]
        return "count", machine, {"machine": machine, "delta": delta, "total": total, "reset": False, "raw": total}

    def _state(self) -> tuple[str, str, Body]:
        machine = self._rng.choice(self._trade.machines)
        before = self._states[machine]
        state = self._rng.choice([state for state in ("run", "idle", "off") if state != before])
        self._states[machine] = state
        after_s = round(self._rng.uniform(5, 600), 3)
        return "state", machine, {"machine": machine, "state": state, "before": before, "after_s": after_s}
