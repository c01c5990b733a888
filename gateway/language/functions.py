"""The functions of the language: what they take, what they give, and what people are told about them.

A name may have two forms: `min(a.x, b.y)` is the smaller of two, `min(a.x, 10s)` the smallest within ten seconds.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.language.function import Form, Function, Result
from gateway.language.signal_functions import SIGNAL_FUNCTIONS

_SHORT: Final = {"ko": "10분보다 길면 hop을 써요.", "en": "Over 10 minutes it needs a hop."}


def _plain(name: str, signature: str, counts: tuple[int, int], ko: str, en: str, result: Result = "same") -> Function:
    return Function(name, "plain", signature, result, {"ko": ko, "en": en}, counts[0], counts[1])


def _window(name: str, result: Result, ko: str, en: str, of_truths: bool = False) -> Function:
    described = {"ko": f"{ko} {_SHORT['ko']}", "en": f"{en} {_SHORT['en']}"}
    return Function(name, "window", f"{name}(device.point, 10s)", result, described, of_truths=of_truths)


def _state(name: str, result: Result, ko: str, en: str, of_truths: bool = True) -> Function:
    described = {"ko": ko, "en": en}
    return Function(name, "state", f"{name}(device.point, 30s)", result, described, of_truths=of_truths)


def _accrued(name: str, result: Result, of: str, ko: str, en: str) -> tuple[Function, Function, Function]:
    """Return the three forms of what accrues, of a number or a truth."""
    truths = of != "device.point"
    spans: tuple[tuple[Form, str, str, str], ...] = (
        ("window", ", 10min", f"이 시간 동안 {ko} {_SHORT['ko']}", f"{en} within this time. {_SHORT['en']}"),
        (
            "since", ", b.on", f"이 조건이 마지막으로 참이 된 뒤로 {ko}",
            f"{en} since this last became true.",
        ),
        (
            "ever", "", f"처음부터 {ko} 껐다 켜도 이어 가고, 0으로 되돌릴 수 있어요.",
            f"{en} from the beginning, over restarts too, until it is set to zero.",
        ),
    )  # fmt: skip
    return tuple(
        Function(
            name,
            form,
            f"{name}({of}{span})",
            result,
            {"ko": said_ko, "en": said_en},
            1 + bool(span),
            1 + bool(span),
            truths,
            not truths,
        )
        for form, span, said_ko, said_en in spans
    )  # type: ignore[return-value] # of three


def _calendar(name: str, result: Result, ko: str, en: str) -> Function:
    return Function(name, "calendar", f"{name}()", result, {"ko": ko, "en": en}, 0, 0)


_MANY: Final = 16
FUNCTIONS: Final = (
    _plain("abs", "abs(device.point)", (1, 1), "부호를 뗀 크기예요.", "The size without the sign."),
    _plain("min", "min(a.x, b.y)", (2, _MANY), "가장 작은 값이에요.", "The smallest of the values."),
    _plain("max", "max(a.x, b.y)", (2, _MANY), "가장 큰 값이에요.", "The largest of the values."),
    _plain(
        "round",
        "round(device.point, 1)",
        (1, 2),
        "그 점의 단위에서 소수 자리를 맞춰요. 자리를 안 쓰면 정수예요. 정확히 가운데면 짝수로 가요.",
        "Rounded in its own unit to so many decimals (none when left out); an exact half goes to the even one.",
    ),
    _plain(
        "sqrt",
        "sqrt(a.x * a.x + b.y * b.y)",
        (1, 1),
        "제곱근이에요. 음수면 알 수 없음이에요.",
        "The square root; unknown of a negative value.",
        "root",
    ),
    _plain(
        "clamp",
        "clamp(device.point, 0, 100)",
        (3, 3),
        "아래 한계와 위 한계 사이로 자른 값이에요.",
        "The value, kept between a lower and an upper bound.",
    ),
    Function(
        "only",
        "plain",
        "only(device.point, a.on)",
        "same",
        {
            "ko": "조건이 참인 동안의 값이에요. 참이 아니면 알 수 없음이라, 창이나 평소에 들어가지 않아요.",
            "en": "The value while this holds, else unknown: then it is in no window, and nothing is learned from it.",
        },
        2,
        2,
    ),
    _window("mean", "same", "읽은 값들의 평균이에요.", "The arithmetic mean of the readings."),
    _window(
        "median",
        "same",
        "가운데 값이에요. 튀는 값 하나에 흔들리지 않아요.",
        "The reading in the middle: a single outlier does not move it.",
    ),
    _window("sum", "total", "읽은 값들의 합이에요.", "The sum of the readings."),
    _window("min", "same", "가장 작은 값이에요.", "The smallest reading."),
    _window("max", "same", "가장 큰 값이에요.", "The largest reading."),
    _window("range", "difference", "가장 큰 값과 작은 값의 차이예요.", "The largest less the smallest reading."),
    _window("std", "difference", "표준편차예요(모집단).", "The standard deviation (of the population)."),
    _window("first", "same", "가장 먼저 읽은 값이에요.", "The first reading."),
    _window("last", "same", "마지막으로 읽은 값이에요.", "The last reading."),
    _window(
        "rate",
        "per_second",
        "1초에 변한 양이에요. 처음과 마지막 값의 차이를 그 사이 시간으로 나눠요.",
        "The change per second: the last less the first reading, by the time between them.",
    ),
    _window(
        "delta",
        "difference",
        "처음부터 마지막까지 변한 양이에요. 누적 수는 한 바퀴 돌아도 맞아요.",
        "The last less the first reading; right for counters that ran over, too.",
    ),
    _window(
        "count", "number", "제대로 읽은 횟수예요. 없으면 0이에요.", "The number of good readings; 0 of none.", True
    ),
    Function(
        "percentile",
        "window",
        "percentile(device.point, 95, 10s)",
        "same",
        {
            "ko": f"백분위수예요(0~100, 사이는 직선으로 이어요). hop을 쓰면 1백분위 안에서 맞아요. {_SHORT['ko']}",
            "en": f"The percentile (0 to 100, linear between readings); with a hop near to one. {_SHORT['en']}",
        },
        3,
        3,
    ),
    _state(
        "ewma",
        "same",
        "최근 값에 무게를 더 둔 평균이에요. 시간이 지날수록 옛 값의 무게가 줄어요.",
        "The mean that forgets: the weight of older readings fades with this time constant.",
        of_truths=False,
    ),
    _state(
        "stuck",
        "truth",
        "이 시간 동안 값이 한 번도 달라지지 않았으면 참이에요.",
        "True when no reading within this time differs, and the point has been known for as long.",
    ),
    _state(
        "missing",
        "truth",
        "이 시간 동안 제대로 읽은 값이 없으면 참이에요.",
        "True when there was no good reading within this time.",
    ),
    _state(
        "changed",
        "truth",
        "이 시간 안에 값이 달라졌으면 참이에요.",
        "True when the readings within this time are not all the same.",
    ),
    *_accrued(
        "integral",
        "accrued",
        "device.point",
        "값과 시간을 곱해 쌓은 양이에요(전력이면 전력량). 읽은 값은 다음 값까지 그대로라고 봐요.",
        "The value times time (of kW, kWh), each reading until the next,",
    ),
    *_accrued(
        "hours",
        "time",
        "a.on",
        "참이었던 시간이에요.",
        "How long it was true",
    ),
    *_accrued(
        "count_since",
        "number",
        "a.on",
        "거짓에서 참이 된 횟수예요.",
        "How often it became true",
    ),
    Function(
        "share",
        "window",
        "share(a.on, 10min)",
        "share",
        {
            "ko": f"이 시간 가운데 참이었던 몫(%)이에요. 알 수 없던 시간은 빼고 세요. {_SHORT['ko']}",
            "en": f"The share (%) of this time in which it was true; unknown time is left out. {_SHORT['en']}",
        },
        of_truths=True,
        of_numbers=False,
    ),
    Function(
        "within",
        "within",
        "within(a.on, b.on, 10s)",
        "truth",
        {
            "ko": "앞의 것이 참이 되고 나서 이 시간 안에 뒤의 것이 참이 되면, 뒤의 것이 참인 동안 참이에요.",
            "en": "True while the second is true, if it became true within this time after the first did.",
        },
        3,
        3,
        of_truths=True,
        of_numbers=False,
    ),
    _state(
        "flashing",
        "truth",
        "이 시간 안에 켜짐과 꺼짐이 세 번 넘게 바뀌었으면(깜빡이면) 참이에요. 깜빡임 두 번만큼의 시간을 적어요.",
        "True when it went on and off three times or more within this time: a blinking lamp. Give it two blinks' time.",
    ),
    Function(
        "demand",
        "state",
        "demand(device.point, 15min)",
        "same",
        {
            "ko": "벽시계의 15분 칸(5, 10, 20, 30min, 1h도 돼요)이 끝날 때 될 평균이에요. "
            "지금 값이 그때까지 이어진다고 봐요.",
            "en": "The mean that the running quarter hour of the wall's clock will have if the present value goes on "
            "to its end; also of 5, 10, 20, 30min and 1h.",
        },
    ),
    *SIGNAL_FUNCTIONS,
    _calendar(
        "planned",
        "truth",
        "지금이 일하는 시간이면 참이에요. 근무조와 쉬는 시간, 쉬는 날을 알아요.",
        "True while work is planned: shifts, their breaks and holidays are known.",
    ),
    _calendar(
        "hour",
        "number",
        "벽시계의 시각이에요. 밤 10시 반은 22.5예요.",
        "The hours on the wall's clock: 22.5 at half past ten in the evening.",
    ),
)

BY_NAME: Final[Mapping[str, tuple[Function, ...]]] = MappingProxyType(
    {one.name: tuple(form for form in FUNCTIONS if form.name == one.name) for one in FUNCTIONS}
)
