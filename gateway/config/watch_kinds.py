"""The kinds of watches: control charts, drift, odd values, vibration, and sensors that are not well."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from gateway.config.parts import Text
from gateway.config.plant import Rule, Severity, Signal
from gateway.config.watch import Charted, Learning, Watch, duration, said_length
from gateway.figures.run_rules import SAID
from gateway.figures.vibration import BOUNDARIES
from gateway.language.normalise import show_number

LEAST_RESET: Final = 0.9  # of a boundary: below it an alarm of vibration ends
Foundation = Literal[
    "small", "class_2", "class_3", "class_4", "group_1_rigid", "group_1_flexible", "group_2_rigid", "group_2_flexible"
]


class SpcWatch(Learning):
    """관리도(SPC). / A control chart."""

    type: Literal["spc"] = Field(description="종류. / The kind.")
    rule_set: Literal["western_electric", "nelson"] = Field(
        "western_electric", description="어느 규칙으로 볼지. / Which rules judge it."
    )
    size: int = Field(
        1,
        ge=1,
        le=100,
        description="every_s가 0일 때, 잇따른 몇 개를 한 묶음으로 볼지. / "
        "With every_s 0: how many in a row are a subgroup.",
    )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return a rule for each pattern on the chart, to be told in its own words."""
        plan = self._plan(f"baselines.{self.baseline}", self.count, self.size)
        chart = f"{{charted({plan})}}, 평소 {{usual({plan})}} ± {{3 * sigma({plan})}}"
        patterns = [
            self._rule(
                f"{self.rule_set}({plan}) == {number}", self.severity,
                f"{said['ko']}. 지금 {chart}", f"{said['en']}; {chart.replace('평소', 'usually')}",
                name=f"{self.name}_{number}", value=f"charted({plan})",
            )
            for number, said in enumerate(SAID[self.rule_set], 1)
        ]  # fmt: skip
        subgroups = self.size > 1 and not self.every_s  # a jump of single values breaks rule 1 already
        return (*patterns, self._uneven(plan)) if subgroups else tuple(patterns)

    def _uneven(self, plan: str) -> Rule:
        """Return the rule of the chart beside it, of ranges or deviations."""
        ko = f"들쭉날쭉해요. 흩어진 정도가 평소에 나올 수 있는 값의 {{uneven({plan})}}배예요"
        en = f"uneven: its spread is {{uneven({plan})}} times what is usually possible"
        return self._rule(f"uneven({plan}) > 1", self.severity, ko, en, name=f"{self.name}_uneven")


class DriftWatch(Learning):
    """슬그머니 옮겨 가는 평균(CUSUM). / A mean that slowly moves away."""

    type: Literal["drift"] = Field(description="종류. / The kind.")
    least: float = Field(
        0.0, ge=0, description="이만큼 넘게 옮겨 가야 알려요(그 점의 단위). / Told beyond this, in the point's unit."
    )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rule of a mean that has moved."""
        plan = self._plan(f"baselines.{self.baseline}", self.count)
        ko = f"평균이 평소 {{usual({plan})}}에서 {{drift({plan})}} 옮겨 갔어요"
        en = f"the mean has moved by {{drift({plan})}} from the usual {{usual({plan})}}"
        if self.every_s:
            ago = f"{{round(drift_since({plan}) / 1h, 1)}}"
            ko, en = f"{ko}. {ago}시간 전쯤부터예요", f"{en}, since about {ago} h"
        when = f"abs(drift({plan})) > {show_number(self.least)}"
        return (self._rule(when, self.severity, ko, en, value=f"drift({plan})"),)


class OddWatch(Charted):
    """그 시간에 드문 값. / A value that is odd for its time."""

    type: Literal["odd"] = Field(description="종류. / The kind.")
    season: Literal["hour", "shift", "always"] = Field(
        "hour",
        description="무엇끼리 견줄지: 같은 시각, 같은 근무조, 언제나. / "
        "What is compared: the same hour of the day, the same shift, or all.",
    )
    count: int = Field(
        30, ge=10, le=1000, description="평소를 정하는 최근 점의 수. / How many of the last points the usual follows."
    )
    sigmas: float = Field(6.0, ge=3, le=100, description="몇 시그마부터 알릴지. / Told from so many sigma on.")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rule of an odd value."""
        plan = self._plan(f"seasons.{self.season}", self.count)
        ko = f"드문 값이에요. 평소 {{normal({plan})}}에서 {{odd({plan})}} 시그마 떨어졌어요"
        en = f"an odd value, {{odd({plan})}} sigma from the usual {{normal({plan})}}"
        when = f"abs(odd({plan})) > {show_number(self.sigmas)}"
        return (self._rule(when, self.severity, ko, en, value=self.value),)


class VibrationWatch(Watch):
    """진동의 세기(ISO 10816, 20816). / How strongly a machine shakes."""

    unit: ClassVar[str | None] = "mm/s"

    type: Literal["vibration"] = Field(description="종류. / The kind.")
    kind: Foundation = Field(
        "small",
        description="기계의 크기와 기초. small: 15 kW까지, group_2: 15~300 kW, group_1: 그보다 큰 것. / "
        "The machine's size and foundation. small: up to 15 kW; group_2: 15 to 300 kW; group_1: larger.",
    )
    for_s: float = Field(10.0, gt=0, le=86_400, description="몇 초 이어지면 알릴지. / Told when it lasts so long.")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules of zone C, where a repair is to be planned, and of D, where damage is done."""
        boundaries = BOUNDARIES[self.kind]
        plan = {"ko": "정비를 계획해 주세요", "en": "Plan its repair"}
        stop = {"ko": "멈추고 살펴 주세요", "en": "Stop it and look after it"}
        return (self._zone("c", boundaries.b_c, "warning", plan), self._zone("d", boundaries.c_d, "critical", stop))

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Return the zone as a number, 1 for A to 4 for D: read as `signals.NAME_zone`, shown and published."""
        a_b, b_c, c_d = (f"({self.watched}) <= {show_number(bound)} mm/s" for bound in BOUNDARIES[self.kind])
        label = self.label or Text(ko=self.name, en=self.name)
        return (
            Signal(
                name=f"{self.name}_zone",
                label=Text(
                    ko=f"{label.ko} 진동 구역 (1 = A, 4 = D)", en=f"{label.en}, zone of vibration (1 = A, 4 = D)"
                ),
                value=f"(1 if {a_b} else (2 if {b_c} else (3 if {c_d} else 4)))",
            ),
        )

    def _zone(self, zone: str, boundary: float, severity: Severity, todo: Mapping[str, str]) -> Rule:
        above = show_number(boundary)
        return self._rule(
            f"({self.watched}) > {above} mm/s for {duration(self.for_s)}", severity,
            f"진동이 {zone.upper()} 구역이에요. 지금 {{{self.value}}}, 경계 {above} mm/s (ISO 10816)",
            f"its vibration is in zone {zone.upper()}: {{{self.value}}}, the boundary is {above} mm/s (ISO 10816)",
            until=f"({self.watched}) < {show_number(round(boundary * LEAST_RESET, 3))} mm/s",
            name=f"{self.name}_{zone}", value=self.value, action=Text(**todo),
        )  # fmt: skip


class SensorWatch(Watch):
    """센서 자신의 건강. / Whether a sensor itself is well."""

    type: Literal["sensor"] = Field(description="종류. / The kind.")
    missing_s: float = Field(
        60.0,
        gt=0,
        le=86_400,
        description="몇 초 동안 제대로 읽지 못하면 알릴지. / Told when nothing good came so long.",
    )
    stuck_s: float | None = Field(
        None,
        gt=0,
        le=31 * 86_400,
        description="몇 초 동안 값이 똑같으면 알릴지. 비우면 보지 않아요. / "
        "Told when all values of so many seconds are the same; not looked at when left out.",
    )
    low: float | None = Field(None, description="있을 수 있는 가장 작은 값. / The least value that can be.")
    high: float | None = Field(None, description="있을 수 있는 가장 큰 값. / The greatest value that can be.")
    noisy_times: float | None = Field(
        None,
        gt=1,
        le=1000,
        description="1분 동안의 흔들림이 평소의 몇 배면 알릴지. 비우면 보지 않아요. / "
        "Told when the spread within a minute is so many times the usual; not looked at when left out.",
    )
    severity: Severity = Field("warning", description="무게. / How bad it is.")

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low는 high보다 작아야 해요. / low must be less than high.")
        return self

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules of what is asked for."""
        found = [self._missing(), *self._stuck(), *self._range(), *self._noisy()]
        return tuple(found)

    def _missing(self) -> Rule:
        when = f"missing({self.value}, {duration(self.missing_s)})"
        said = said_length(self.missing_s)
        ko, en = f"{said['ko']} 동안 제대로 읽은 값이 없어요", f"no good reading for {said['en']}"
        return self._told("missing", when, ko, en)

    def _stuck(self) -> Sequence[Rule]:
        if self.stuck_s is None:
            return ()
        when, said = f"stuck({self.watched}, {duration(self.stuck_s)})", said_length(self.stuck_s)
        ko = f"{said['ko']} 동안 값이 {{{self.value}}} 그대로예요"
        en = f"stuck at {{{self.value}}} for {said['en']}"
        return (self._told("stuck", when, ko, en, value=self.value),)

    def _range(self) -> Sequence[Rule]:
        sides = (("<", self.low), (">", self.high))
        asked = [f"({self.watched}) {sign} {show_number(bound)}" for sign, bound in sides if bound is not None]
        if not asked:
            return ()
        ko, en = f"있을 수 없는 값이에요: {{{self.value}}}", f"a value that cannot be: {{{self.value}}}"
        return (self._told("range", " or ".join(asked), ko, en, value=self.value),)

    def _noisy(self) -> Sequence[Rule]:
        if self.noisy_times is None:
            return ()
        spread = f"std({self.watched}, 1min)"
        usual = f"usual({spread}, baselines.{self.name}, 100, 1min)"
        times = show_number(self.noisy_times)
        ko = f"값이 평소보다 {times}배 넘게 흔들려요. 지금 {{{spread}}}, 평소 {{{usual}}}"
        en = f"{times} times as noisy as usual: {{{spread}}}, usually {{{usual}}}"
        return (self._told("noisy", f"{spread} > {times} * {usual} for 1min", ko, en, value=spread),)

    def _told(self, what: str, when: str, ko: str, en: str, **more: Any) -> Rule:
        todo = Text(ko="센서와 전선을 확인해 주세요", en="Check the sensor and its wire")
        return self._rule(when, self.severity, ko, en, name=f"{self.name}_{what}", action=todo, **more)
