"""The guide's page on expressions, made from the language itself: `python -m gateway.config.expressions [folder]`.

A test holds the committed pages against these, and another runs every example in them.
"""

import sys
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from gateway.config.reference import table
from gateway.language import ExpressionError, Resolved, parse
from gateway.language import parser as grammar
from gateway.language.examples import BUILT, CALLED, POINTS, WRONG, Example
from gateway.language.functions import FUNCTIONS
from gateway.language.signal_examples import SIGNAL_EXAMPLES

Language = Literal["ko", "en"]
PAGES: Final = {"en": "expressions.md", "ko": "expressions.ko.md"}

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("식", "Expressions"),
    "intro": (
        "규칙, 기계 상태, 계산한 값은 식으로 써요. 이 쪽은 프로그램이 만들고, 보기는 모두 시험으로 돌려 본 것이에요. "
        "[가게의 규칙](rules.ko.md) · [모든 선택지와 단위](reference.ko.md) · [English](expressions.md)",
        "Rules, machines' states and signals are written as expressions. This page is made by the program, and every "
        "example in it is run as a test. [Rules for your shop](rules.md) · [every option and unit](reference.md) · "
        "[한국어](expressions.ko.md)",
    ),
    "built": ("식은 이렇게 써요", "How they are built"),
    "values": (
        "- **점**은 `기기.점`이고, 계산한 값은 `signals.이름`, 기계는 `machines.이름.run`처럼 불러요 "
        "(`idle` `setup` `alarm` `off` `unknown` `count` `state_s`도 있고, "
        "빠르기는 `cycle_s` `cycle_mean_s` `cycle_best_s` `micro_stops` `missed`예요: [기계 가동률](oee.ko.md)).\n"
        "- **단위**: 단위 없는 숫자는 곁에 있는 점의 단위예요. "
        "같은 양의 단위끼리는 바꿔 계산하고, 다른 양이면 오류예요.\n"
        "- **참·거짓·알 수 없음**: 대답이 없거나 고장 난 값은 알 수 없음이에요. 알람은 참일 때만 울리고, "
        "알 수 없음으로는 울리지도 끝나지도 않아요.\n"
        "- **for**는 그만큼 끊기지 않고 참이어야 참이에요. 시간은 `500ms` `5s` `10min` `8h` `1d`로 써요.\n"
        "- **창**: `10min`까지는 읽은 값을 모두 보고, 더 길면 `hop`마다 나눈 칸의 합으로 봐요. "
        "`every 15min`은 막 끝난 15분이에요. 칸은 벽시계가 아니라 게이트웨이가 켜진 때부터 재요.\n"
        "- **쌓이는 값**(`integral` `hours` `count_since`)은 시간을 쓰면 그동안, "
        "조건을 쓰면 그 조건이 마지막으로 참이 된 뒤로, 아무것도 안 쓰면 처음부터예요. "
        "처음부터 쌓인 값은 정전 뒤에도 이어지고, 규칙의 `resets`나 `POST /api/v1/signals/NAME/reset`으로 0이 돼요. "
        "1분 넘게 꺼져 있던 시간은 쌓지 않아요.",
        "- **A point** is `device.point`, a signal `signals.NAME`, a machine's state `machines.NAME.run` "
        "(also `idle` `setup` `alarm` `off` `unknown` `count` `state_s`, and of its pace "
        "`cycle_s` `cycle_mean_s` `cycle_best_s` `micro_stops` `missed`: [OEE](oee.md)).\n"
        "- **Units**: a number without one is in the unit of the point beside it. Units of one quantity are converted; "
        "different quantities are an error.\n"
        "- **True, false, unknown**: without a reply, or with a fault, a value is unknown. An alarm is raised on true "
        "only, and neither raised nor ended by unknown.\n"
        "- **for**: true once it was true for so long without a break. Times are `500ms` `5s` `10min` `8h` `1d`.\n"
        "- **Windows**: up to `10min` every reading counts; longer ones keep sums of panes of one `hop` each. "
        "`every 15min` is the quarter hour just over. Panes are counted from when the gateway was switched on, not by "
        "the clock on the wall.\n"
        "- **What accrues** (`integral` `hours` `count_since`): with a time, within it; with a condition, since that "
        "last became true; with neither, ever. What accrues ever goes on after a power cut, and is set to zero by "
        "`resets` of a rule or `POST /api/v1/signals/NAME/reset`. Time in which the gateway was off for over a minute "
        "does not count.",
    ),
    "points": (
        "보기의 점: {points}. 참·거짓: {truths}. 기계 `press_1`은 `meter_1.power > 120`이면 가동이에요. "
        "값은 1초에 하나씩 왔고, — 는 대답이 없던 때예요.",
        "Points of the examples: {points}. True or false: {truths}. The machine `press_1` runs while "
        "`meter_1.power > 120`. Values came one a second; — is no reply.",
    ),
    "head": ("식 | 읽은 값 | 결과", "Expression | Readings | Result"),
    "every": ("{step:g}초마다", "each {step:g} s"),
    "functions": ("함수", "Functions"),
    "function_head": ("함수 | 뜻", "Function | Meaning"),
    "called": ("함수의 보기", "Functions by example"),
    "each": ("한 번 써서 여럿에", "Written once for many"),
    "each_intro": (
        "`for_each`가 있는 규칙과 계산한 값은 이 기종(profile)의 모든 기기, 이 점(point)이 있는 모든 기기, "
        "또는 이 종류(kind)의 모든 기계에 하나씩 만들어져요. 식의 `device.`는 그 기기, `machine.`은 그 기계이고, "
        "글의 `{device}`와 `{machine}`은 화면 이름이에요. 이름은 `quiet_oven_1`처럼 되고, "
        "`gongbang check`가 모두 적어 줘요. "
        "다른 규칙이 까닭(because_of)이거나 계산한 값이 같은 대상의 것이면 그 대상의 것으로 이어져요.",
        "A rule or a signal with `for_each` is made once for every device of a profile, every device that has a point "
        "of a name, or every machine of a kind. In expressions `device.` is that device and `machine.` that machine, "
        "in sentences `{device}` and `{machine}` are what the screen calls them. Their names are like `quiet_oven_1`; "
        "`gongbang check` lists them. Causes (because_of) and signals that are made for each are those of the same "
        "one.",
    ),
    "wrong": ("틀리면 이렇게 알려 줘요", "What is said of mistakes"),
    "wrong_head": ("쓴 것 | 알려 주는 말", "Written | Told"),
    "grammar": ("문법", "The grammar"),
    "grammar_intro": (
        "`for`가 가장 느슨하게 묶여요. `(a.x > 1 for 3s) and b.y > 2`처럼 괄호로 좁혀요.",
        "`for` binds loosest; parentheses make it smaller, as in `(a.x > 1 for 3s) and b.y > 2`.",
    ),
    "true": ("참", "true"),
    "false": ("거짓", "false"),
    "unknown": ("알 수 없음", "unknown"),
}


EACH: Final = """\
signals:
  - name: apart
    for_each: {profile: autonics-tk, without: [oven_9]}
    unit: degC
    value: device.temperature - device.setpoint

rules:
  - name: quiet
    for_each: {point: temperature}
    when: missing(device.temperature, 30s)
    message: {ko: "{device}이(가) 대답하지 않아요", en: "{device} does not answer"}
  - name: far_off
    for_each: {profile: autonics-tk, without: [oven_9]}
    when: abs(signals.apart) > 20 for 10min
    because_of: [quiet]
    message: {ko: "{device}: 맞춘 온도에서 멀어요", en: "{device} is far from its setpoint"}
  - name: idle_long
    for_each: {machine: press}
    when: machine.idle for 30min
    message: {ko: "{machine}: 켜 둔 채 쉬고 있어요", en: "{machine} is on and idle"}
"""


class _Shop:
    """The scope of the examples."""

    _names = (*POINTS, "machines.press_1.run", "machines.press_1.state_s")

    def resolve(self, name: str) -> Resolved | None:
        """Return the point of a full name."""
        if name not in self._names:
            return None
        unit = POINTS.get(name, "s" if name.endswith("_s") else "")
        return Resolved(self._names.index(name), unit or "1", not unit)

    def names(self) -> tuple[str, ...]:
        """Return every full name."""
        return self._names


def page(language: Language) -> str:
    """Return the page in one language."""
    side = 0 if language == "ko" else 1
    say = {key: texts[side] for key, texts in _WORDS.items()}
    units = ", ".join(f"`{name}` ({unit})" for name, unit in POINTS.items() if unit)
    truths = ", ".join(f"`{name}`" for name, unit in POINTS.items() if not unit)
    functions = [f"`{one.signature}` | {one.description[language]}" for one in FUNCTIONS]
    rules = (grammar.__doc__ or "").partition("\n\n")[2].strip()
    blocks = [
        f"# {say['title']}", say["intro"],
        f"## {say['built']}", say["values"], say["points"].format(points=units, truths=truths),
        table(say["head"], [_row(one, say) for one in BUILT]),
        f"## {say['functions']}", table(say["function_head"], functions),
        f"## {say['called']}", table(say["head"], [_row(one, say) for one in (*CALLED, *SIGNAL_EXAMPLES)]),
        f"## {say['each']}", say["each_intro"], f"```yaml\n{EACH}```",
        f"## {say['wrong']}", table(say["wrong_head"], [f"`{text}` | {_told(text, language)}" for text in WRONG]),
        f"## {say['grammar']}", say["grammar_intro"], f"```\n{rules}\n```",
    ]  # fmt: skip
    return "\n\n".join(blocks) + "\n"


def _row(example: Example, say: dict[str, str]) -> str:
    read = "; ".join(f"{name}: {_readings(values)}" for name, values in example.readings.items())
    step = "" if example.step_s == 1.0 else f" ({say['every'].format(step=example.step_s)})"
    return f"`{example.text}` | {read}{step} | {say.get(example.result, example.result)}"


def _readings(values: tuple[float | None, ...]) -> str:
    """Return readings with those that came many times in a row told once."""
    told: list[str] = []
    for value, alike in groupby("—" if one is None else f"{one:g}" for one in values):
        count = len(list(alike))
        told += [f"{value} × {count}"] if count > 3 else [value] * count
    return ", ".join(told)


def _told(text: str, language: Language) -> str:
    try:
        parse(text, _Shop())
    except ExpressionError as error:
        return error.text(language).replace("|", "\\|")
    raise ValueError(f"nothing is wrong with {text}")


def main(folder: str = "docs/guide") -> None:
    """Write both pages into a folder."""
    Path(folder, PAGES["ko"]).write_text(page("ko"), encoding="utf-8")
    Path(folder, PAGES["en"]).write_text(page("en"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
