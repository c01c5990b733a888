"""The parts of the configuration that the engine runs: machines, signals, rules."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Name, Options
from gateway.config.for_each import ForEach, OfEach, Speller
from gateway.config.parts import Text
from gateway.wording import UNIT, VALUE, Malformed, placeholders

Severity = Literal["info", "warning", "critical"]


class State(Options):
    """기계 상태 하나. / One state of a machine."""

    state: Literal["alarm", "run", "setup", "idle", "off"] = Field(description="상태. / The state.")
    when: str = Field(description="이 식이 참이면 이 상태예요. / The expression that must hold.")
    until: str | None = Field(
        None,
        description="있으면, 한 번 시작한 상태가 이 식이 참이 될 때까지 이어져요. / "
        "With it, a state that has begun goes on until this is true.",
    )
    dwell_s: float | None = Field(
        None,
        ge=0,
        le=3600,
        description="이만큼 이어져야 이 상태로 믿어요(초). 비우면 기계의 dwell_s. / "
        "Seconds that it must be so before it is believed; else the machine's own.",
    )


class Machine(Options):
    """기계. / A machine."""

    name: Name = Field(description="기계 이름. / The machine's name.")
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    kind: Name | None = Field(
        None,
        description="기계의 종류. for_each로 한 번에 쓰는 규칙이 이 이름으로 골라요. / "
        "What kind of machine it is: rules with for_each choose by it.",
    )
    device: Name | None = Field(
        None,
        description="이 기계를 움직이거나 재는 기기. states를 비우면 기종이 아는 뜻을 써요. / "
        "The device that drives or measures it; without states, what its profile says they are.",
    )
    states: tuple[State, ...] = Field(
        (),
        description="위에서부터 처음 맞는 상태가 돼요. 아무것도 아니면 꺼짐. / The first that holds; else off.",
    )
    dwell_s: float = Field(
        0.0,
        ge=0,
        le=3600,
        description="상태가 이만큼 이어져야 믿어요(초). / Seconds that a state must be so before it is believed.",
    )
    count: str | None = Field(
        None, description="생산 수를 세는 점(device.point). / The counter point that counts pieces."
    )
    debounce_s: float = Field(
        0.0,
        ge=0,
        le=3600,
        description="한 개와 다음 개 사이의 가장 짧은 시간(초). 더 빨리 온 셈은 접점이 튄 것으로 보고 빼요. / "
        "Seconds that pieces are apart at least: counts that come sooner are bounces, told and not counted.",
    )
    micro_stop_s: float = Field(
        300.0,
        gt=0,
        le=86400,
        description="이보다 짧은 멈춤은 순간 정지예요(초). / Shorter stops than these seconds are micro-stops.",
    )
    ideal_cycle_s: float | None = Field(None, gt=0, description="한 개의 표준 시간(초). / Seconds per piece, at best.")
    energy: str | None = Field(
        None,
        description="쓰는 전기를 재는 점: 전력량(Wh)이나 전력(W). / "
        "The point that tells what it takes: a counter of energy (Wh) or a power (W).",
    )
    target: int | None = Field(None, gt=0, description="하루 목표 수량. / Pieces a day that are planned.")

    @model_validator(mode="after")
    def _pieces_may_come(self) -> Self:
        if self.ideal_cycle_s is not None and self.debounce_s >= self.ideal_cycle_s:
            raise ValueError(
                "debounce_s는 ideal_cycle_s보다 짧아야 해요 / debounce_s must be shorter than ideal_cycle_s"
            )
        return self

    def dwells_s(self) -> dict[str, float]:
        """Return how long each state must be so before it is believed; of a state with several lines the first counts.

        Unknown is not among them: it is believed at once.
        """
        own = {one.state: one.dwell_s for one in reversed(self.states) if one.dwell_s is not None}
        return {name: own.get(name, self.dwell_s) for name in ("off", *(one.state for one in self.states))}


class Signal(OfEach):
    """계산한 값. / A computed value, read as signals.NAME."""

    name: Name = Field(description="값의 이름. / Its name.")
    for_each: ForEach | None = Field(
        None,
        description="여럿에 하나씩 만들기. 식의 device.는 그 기기, machine.은 그 기계예요. / "
        "Makes one for each: device. and machine. in the expression are that device and machine.",
    )
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    unit: str = Field("1", description="단위. / Its unit.")
    value: str = Field(description="계산식. / The expression.")

    def _spelt(self, speller: Speller) -> dict[str, Any]:
        return {"value": speller.expression(self.value), "label": self.label and speller.sentence(self.label)}


class Writing(Options):
    """규칙이 쓰는 출력 하나. / An output that a rule writes."""

    output: str = Field(description="쓸 출력, 기기.출력. / The output, device.output.")
    value: float | str = Field(description="쓸 값, 또는 그 이름. / The value, or its name among the choices.")


class Escalation(Options):
    """아무도 확인하지 않은 알람이 커지는 단계. / A step of an alarm that nobody acknowledges."""

    after_s: float = Field(gt=0, le=7 * 86400, description="울린 뒤 이만큼(초). / Seconds after it was raised.")
    severity: Severity | None = Field(None, description="이때부터의 무게. / How bad it is from then on.")
    tell: tuple[Name, ...] = Field(
        (),
        description="이 단계를 알릴 actions의 이름. 비우면 escalate를 맡은 모두. / "
        "The actions that tell of this step; left out: all that act on escalate.",
    )


class Rule(OfEach):
    """알람 규칙. / A rule that raises an alarm."""

    name: Name = Field(description="규칙 이름. / The rule's name.")
    for_each: ForEach | None = Field(
        None,
        description="여럿에 하나씩 만들기. 식의 device.는 그 기기, machine.은 그 기계, "
        "글의 {device}와 {machine}은 그 이름이에요. / "
        "Makes one for each: device. and machine. in expressions are that device and machine, "
        "{device} and {machine} in sentences what they are called.",
    )
    when: str = Field(description="참이 되면 알람이 울려요. / The alarm is raised when this becomes true.")
    until: str | None = Field(
        None,
        description="참이 되면 알람이 끝나요. 없으면 when이 거짓일 때 끝나요. / "
        "The alarm ends when this is true; without it, when `when` is false.",
    )
    severity: Severity = Field("warning", description="무게. / How bad it is.")
    machine: Name | None = Field(None, description="이 알람의 기계. / The machine that it is about.")
    value: str | None = Field(
        None, description="알람에 함께 적을 값(식). / The value (an expression) told with the alarm."
    )
    message: Text = Field(
        description="무슨 일인지. {value}, {unit}, {press_1.temperature}처럼 값도 써요. / "
        "What happened, with values in it: {value}, {unit}, {press_1.temperature}."
    )
    action: Text | None = Field(None, description="무엇을 해야 하는지. / What to do about it.")
    because_of: tuple[Name, ...] = Field(
        (),
        description="이 규칙들 가운데 하나가 켜져 있으면 울리지 않고 세기만 해요. / "
        "Rules that this one follows from: while one of them is on, it is counted and not raised.",
    )
    escalate: tuple[Escalation, ...] = Field(
        (), description="확인하지 않으면 커지는 단계들. / Steps taken while nobody acknowledges it."
    )
    resets: tuple[Name, ...] = Field(
        (),
        description="확인하면 0부터 다시 쌓는 signals의 이름: 정비한 뒤의 가동 시간. / "
        "Signals whose meters begin anew when the alarm is acknowledged, such as run hours after the service.",
    )
    incident: Literal["estop", "guard", "nearmiss", "other"] | None = Field(
        None,
        description="울리면 안전 기록에 적을 일: 비상정지, 보호 덮개, 아차사고, 그 밖. / "
        "What the safety log gets when the alarm is raised: emergency stop, guard, near miss, other.",
    )
    write: tuple[Writing, ...] = Field(
        (), description="알람이 울릴 때 쓸 출력들. / Outputs that are written when the alarm is raised."
    )

    def _spelt(self, speller: Speller) -> dict[str, Any]:
        return {
            "when": speller.expression(self.when),
            "until": self.until and speller.expression(self.until),
            "value": self.value and speller.expression(self.value),
            "message": speller.sentence(self.message),
            "action": self.action and speller.sentence(self.action),
            "machine": self.machine or speller.subject.machine,
            "because_of": tuple(map(speller.same, self.because_of)),
            "resets": tuple(map(speller.same, self.resets)),
            "write": tuple(one.model_copy(update={"output": speller.expression(one.output)}) for one in self.write),
        }

    @model_validator(mode="after")
    def _message_can_be_filled(self) -> Self:
        """Refuse a brace that stands alone, and a value where the rule has none."""
        for side, text in self.message.model_dump().items():
            try:
                named = placeholders(text)
            except Malformed:
                raise ValueError(
                    f"message.{side}: 짝이 없는 중괄호예요. {{{{ 나 }}}} 로 써 주세요. / "
                    f"message.{side}: a brace stands alone: write {{{{ or }}}}."
                ) from None
            if self.value is None and (wanting := [name for name in named if name in (VALUE, UNIT)]):
                raise ValueError(
                    f"message.{side}: {{{wanting[0]}}}를 쓰려면 value: 식이 있어야 해요. / "
                    f"message.{side}: {{{wanting[0]}}} needs an expression in value:."
                )
        return self
