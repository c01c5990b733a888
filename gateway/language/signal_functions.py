"""The functions of waveforms, and those that learn what is usual."""

from typing import Final

from gateway.language.function import Form, Function, Result

_BAND: Final = "10 Hz, 1 kHz, "


def _wave(name: str, result: Result, ko: str, en: str, band: str = "") -> Function:
    count = 4 if band else 2
    signature = f"{name}(device.point, {band}1s)"
    return Function(name, "wave", signature, result, {"ko": ko, "en": en}, count, count)


_LEARNED: Final = {
    "ko": "기준의 처음 100점에서 배우고, 이름을 바꾸면 새로 배워요.",
    "en": "Learned from the baseline's first 100 points; another name learns anew.",
}


def _learned(name: str, result: Result, ko: str, en: str, season: bool = False) -> Function:
    signature = f"{name}(device.point, {'seasons.hour, 30' if season else 'baselines.first, 100'}, 10min)"
    form: Form = "season" if season else "learned"
    described = {"ko": ko, "en": en} if season else {"ko": f"{ko} {_LEARNED['ko']}", "en": f"{en} {_LEARNED['en']}"}
    return Function(name, form, signature, result, described, 3, 4)


SIGNAL_FUNCTIONS: Final = (
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
        "learned",
        "share",
        "기준을 얼마나 배웠는지(%)예요. 100 %가 되면 판단하기 시작해요.",
        "How much of the baseline has been learned; from 100 % on it judges.",
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
)
