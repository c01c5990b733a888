"""The functions of the language: what they take, what they give, and what people are told about them.

A name may have two forms: `min(a.x, b.y)` is the smaller of two, `min(a.x, 10s)` the smallest within ten seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Form = Literal["plain", "window", "state", "wave", "learned", "season", "calendar", "since", "ever", "within"]
# What the result measures: the same as the argument; a difference of it (no offset: a spread of temperatures);
# a sum of many; a difference per second; a number; true or false; or what the argument is the square of;
# or the velocity of an acceleration; or the argument times time; a time; a share of a time.
Result = Literal[
    "same", "difference", "total", "per_second", "number", "truth", "root", "velocity", "accrued", "time", "share"
]

_SHORT: Final = {"ko": "10분보다 길면 hop을 써요.", "en": "Over 10 minutes it needs a hop."}


@dataclass(frozen=True, slots=True)
class Function:
    """One form of a function.

    `learned`: of a value, a baseline's name, how many chart points are the baseline, and what a chart point is (the
    mean of a stretch of time, or of so many readings in a row); `season`: likewise, with the name of a season.
    `plain`: of numbers, `least` to `most` of them. `window`: of the good readings of a point (or of what is computed
    from points) within a duration, with an optional `hop`. `state`: the same with any duration, without `hop`: a few
    numbers are kept of each argument. `wave`: of the samples in the last window that is over, with a `hop` when
    windows overlap. `calendar`: of the clock on the shop's wall, without arguments.

    What accrues (integral, hours, count_since) has three forms: `window`; `since`, from when a truth last became true;
    `ever`, until somebody sets it to zero. `within`: of two truths and a duration.
    """

    name: str
    form: Form
    signature: str
    result: Result
    description: Mapping[str, str]
    least: int = 2
    most: int = 2
    of_truths: bool = False  # takes what is true or false too
    of_numbers: bool = True


def _plain(name: str, signature: str, counts: tuple[int, int], ko: str, en: str, result: Result = "same") -> Function:
    return Function(name, "plain", signature, result, {"ko": ko, "en": en}, counts[0], counts[1])


def _window(name: str, result: Result, ko: str, en: str, of_truths: bool = False) -> Function:
    described = {"ko": f"{ko} {_SHORT['ko']}", "en": f"{en} {_SHORT['en']}"}
    return Function(name, "window", f"{name}(device.point, 10s)", result, described, of_truths=of_truths)


def _state(name: str, result: Result, ko: str, en: str, of_truths: bool = True) -> Function:
    described = {"ko": ko, "en": en}
    return Function(name, "state", f"{name}(device.point, 30s)", result, described, of_truths=of_truths)


def _wave(name: str, result: Result, ko: str, en: str, band: str = "") -> Function:
    count = 4 if band else 2
    signature = f"{name}(device.point, {band}1s)"
    return Function(name, "wave", signature, result, {"ko": ko, "en": en}, count, count)


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


_LEARNED: Final = {
    "ko": "기준의 처음 100점에서 배우고, 이름을 바꾸면 새로 배워요.",
    "en": "Learned from the baseline's first 100 points; another name learns anew.",
}


def _learned(name: str, result: Result, ko: str, en: str, season: bool = False) -> Function:
    signature = f"{name}(device.point, {'seasons.hour, 30' if season else 'baselines.first, 100'}, 10min)"
    form: Form = "season" if season else "learned"
    described = {"ko": ko, "en": en} if season else {"ko": f"{ko} {_LEARNED['ko']}", "en": f"{en} {_LEARNED['en']}"}
    return Function(name, form, signature, result, described, 3, 4)


def _calendar(name: str, result: Result, ko: str, en: str) -> Function:
    return Function(name, "calendar", f"{name}()", result, {"ko": ko, "en": en}, 0, 0)


_MANY: Final = 16
_BAND: Final = "10 Hz, 1 kHz, "
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
    _wave(
        "rms",
        "difference",
        "실효값(RMS)이에요. 파형 함수는 이 시간마다 한 번, 막 끝난 구간을 계산해요.",
        "The root mean square. A waveform's functions are computed once in this time, over the stretch just over.",
    ),
    _wave(
        "crest",
        "number",
        "파고율이에요: 평균에서 가장 먼 값을 실효값으로 나눠요. 사인파는 1.41이고, 베어링이 두드리면 커져요.",
        "The crest factor: the peak around the mean, by the rms. 1.41 of a sine; a bearing that knocks raises it.",
    ),
    _wave(
        "kurtosis",
        "number",
        "첨도예요. 잡음은 3, 사인파는 1.5이고, 베어링이 두드리면 3보다 훨씬 커져요.",
        "The kurtosis: 3 of noise, 1.5 of a sine, far more of a bearing that knocks.",
    ),
    _wave(
        "band",
        "difference",
        "이 주파수 사이의 실효값이에요(FFT). 높은 주파수의 두 배보다 자주, 고르게 읽어야 해요.",
        "The rms between these frequencies (FFT). It needs even readings, more than twice the higher frequency.",
        _BAND,
    ),
    _wave(
        "velocity",
        "velocity",
        "가속도 파형에서 구한 진동 속도의 실효값(mm/s)이에요. ISO 10816의 진동값은 10 Hz~1 kHz예요.",
        "The rms velocity (mm/s) of an acceleration's waveform; the figure of ISO 10816 is that of 10 Hz to 1 kHz.",
        _BAND,
    ),
    _learned(
        "charted",
        "same",
        "관리도의 마지막 점이에요: 10분마다의 평균. 시간 대신 5를 쓰면 잇따른 5번의 평균, 안 쓰면 값 하나하나예요.",
        "The chart's last point: the mean of each 10 minutes; with 5 instead, of each 5 readings; without, each.",
    ),
    _learned("usual", "same", "관리도의 중심선, 곧 평소 값이에요.", "The chart's centre line: what is usual."),
    _learned(
        "sigma",
        "difference",
        "관리도의 시그마예요. 관리한계는 usual ± 3 * sigma예요.",
        "The chart's sigma; its limits are usual ± 3 * sigma.",
    ),
    _learned(
        "uneven",
        "number",
        "들쭉날쭉한 정도예요: 범위 관리도의 마지막 점을 상한으로 나눈 값이고, 1을 넘으면 벗어난 거예요.",
        "How uneven it is: the last point of the chart of ranges by its upper limit; beyond 1 it is out of control.",
    ),
    _learned(
        "western_electric",
        "number",
        "마지막 점이 어긴 웨스턴 일렉트릭 규칙의 번호(1~4)예요. 없으면 0.",
        "The number (1 to 4) of the Western Electric rule that the last point breaks; 0 of none.",
    ),
    _learned(
        "nelson",
        "number",
        "마지막 점이 어긴 넬슨 규칙의 번호(1~8)예요. 없으면 0.",
        "The number (1 to 8) of Nelson's rule that the last point breaks; 0 of none.",
    ),
    _learned(
        "drift",
        "difference",
        "평균이 슬그머니 옮겨 간 만큼이에요(누적합, CUSUM). 옮기지 않았으면 0.",
        "How far the mean has moved, found by CUSUM; 0 when it has not.",
    ),
    _learned(
        "drift_since",
        "time",
        "평균이 옮겨 가기 시작한 지 얼마나 됐는지예요. 옮기지 않았으면 0, 읽은 값 하나하나를 볼 때는 알 수 없음이에요.",
        "How long ago the mean began to move; 0 when it has not, unknown of single readings.",
    ),
    _learned(
        "odd",
        "number",
        "그 시간대의 평소에서 몇 시그마 떨어졌는지예요(중앙값과 MAD). 시간대는 seasons.always, hour, shift예요. "
        "시간대마다 12점을 보고 나서 판단하고, 30점쯤을 따라가며 배워요.",
        "How many sigma from what is usual at that time (by median and MAD): seasons.always, hour or shift. It judges "
        "after 12 points of a season, and follows about the last 30.",
        season=True,
    ),
    _learned("normal", "same", "odd가 견주는 평소 값이에요.", "What is usual, as odd compares with it.", season=True),
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
