"""The guide's list of devices, written from the profiles: `python -m gateway.config.supported [folder]`.

What stands there is what is tested: `tests/sensors/test_golden_frames.py` and `tests/profiles/` take every profile.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from sensors import profile
from sensors.output import Output
from sensors.profile_model import Bilingual, Category, KnownOutput, KnownPoint, Profile, Rtu

Language = Literal["ko", "en"]
PAGES: dict[Language, str] = {"en": "devices.md", "ko": "devices.ko.md"}

WORDS: dict[str, tuple[str, str]] = {
    "title": ("아는 기기", "Devices that are known"),
    "intro": (
        "이름만 적으면 읽을 수 있는 기기예요. 이 쪽은 기종 파일(`sensors/profiles/`)에서 만들어요. 모든 기종은 "
        "프레임을 그대로 풀어 보고, 같은 기종의 가짜 기기를 진짜 드라이버로 읽어 시험해요. 없는 기기는 설정 파일 옆의 "
        "`profiles/` 폴더에 파일 하나를 더하면 돼요([CONTRIBUTING](../../CONTRIBUTING.md)). 잇는 법은 "
        "[첫 계기와 첫 스캐너](first-line.ko.md)에 있어요. [English](devices.md)",
        "Devices that need no registers, only their name. This page is made from the profiles (`sensors/profiles/`). "
        "Every one is held against its frames, and read by the real driver from a simulated device of its kind. For "
        "another device add one file to a folder `profiles/` beside the configuration "
        "([CONTRIBUTING](../../CONTRIBUTING.md)). How to connect one: [the first meter](first-line.md). "
        "[한국어](devices.ko.md)",
    ),
    "sure": ("얼마나 확실한가", "How sure"),
    "sure_text": (
        "처음 이을 때는 화면의 값과 기기의 표시를 견주어 주세요. 어느 점만 다르면 그 점의 표에 적혀 있어요.",
        "When you first connect one, compare the screen with its display. A point that differs says so in its row.",
    ),
    "sure_head": ("낱말 | 뜻", "Word | Meaning"),
    "list": ("한눈에", "At a glance"),
    "list_head": (
        "기종 | 기기 | 연결 | 확실함 | 프레임 | 기계 상태 | 출력",
        "Profile | Device | Wire | How sure | Frames | Machine's states | Outputs",
    ),
    "points": (
        "점 | 이름 | 종류 | 단위 | 표 | 주소 | 자료형 | 확실함",
        "Point | Name | Kind | Unit | Table | Address | Type | Sure",
    ),
    "outputs": (
        "출력 | 이름 | 값 | 표 | 주소 | 명령 | 확실함",
        "Output | Name | Values | Table | Address | Command | Sure",
    ),
    "areas": ("PLC의 이름 | 표 | 주소", "Name in the PLC | Table | Address"),
    "states": ("상태 | 식", "State | Expression"),
    "rtu": (
        "{baudrate} bit/s, 패리티 {parity}, 정지 비트 {stop_bits}, 국번 {unit}",
        "{baudrate} bit/s, parity {parity}, {stop_bits} stop bit(s), unit {unit}",
    ),
    "factory": ("공장 설정: {settings}.", "As it leaves the factory: {settings}."),
    "also": (" 이런 기기도 있어요: {settings}.", " Also seen: {settings}."),
    "tcp": ("TCP 포트 {port}, 국번 {unit}", "TCP port {port}, unit {unit}"),
    "tcp_host": ("TCP {host}:{port}, 국번 {unit}", "TCP {host}:{port}, unit {unit}"),
    "offset": (
        "표의 주소에 {offset}을 더한 것이 선의 주소예요(`address_offset`). 다른 기기에서는 {also}도 있었어요.",
        "On the wire {offset} is added to the addresses (`address_offset`); others were seen with {also}.",
    ),
    "source": ("자료: {source}.", "Source: {source}."),
    "prepare": ("먼저: {text}", "First: {text}"),
    "unsure": ("확실하지 않은 것: {text}", "Not certain: {text}"),
    "command": ("네", "yes"),
}
SURE: dict[str, tuple[str, str]] = {
    "measured": ("실제 기기에서 읽어 봤어요.", "Read from a real device."),
    "manual": ("제조사의 설명서에 있어요.", "Stands in the maker's manual."),
    "code": ("다른 사람의 프로그램에서 그렇게 읽어요.", "Others' programs read it so."),
    "unverified": ("확인하지 못했어요. 믿기 전에 견주어 보세요.", "Not confirmed: compare before you trust it."),
}
FRAMES: dict[str, tuple[str, str]] = {
    "recorded": ("기기에서", "from a device"),
    "manual": ("설명서", "manual"),
    "computed": ("계산", "computed"),
}
CATEGORIES: dict[Category, tuple[str, str]] = {
    "energy_meter": ("전력계", "Energy meters"),
    "climate": ("온습도계", "Climate"),
    "temperature_controller": ("온도 조절기", "Temperature controllers"),
    "inverter": ("인버터", "Inverters"),
    "plc": ("PLC", "PLCs"),
    "digital_io": ("입출력 모듈", "Inputs and outputs"),
    "analog_input": ("아날로그 입력 모듈", "Analogue inputs"),
    "vibration": ("진동 센서", "Vibration sensors"),
    "robot": ("협동 로봇", "Cobots"),
}


class Page:
    """The list in one language."""

    def __init__(self, language: Language) -> None:
        self._language, self._side = language, 0 if language == "ko" else 1

    def text(self) -> str:
        """Return the whole page as Markdown."""
        known = [profile.load(name) for name in profile.names()]
        kinds = [kind for kind in get_args(Category) if any(one.category == kind for one in known)]
        rows = [self._row(one) for kind in kinds for one in known if one.category == kind]
        blocks = [f"# {self._say('title')}", self._say("intro")]
        blocks += [f"## {self._say('sure')}", self._say("sure_text")]
        blocks += [table(self._say("sure_head"), [f"`{word}` | {told[self._side]}" for word, told in SURE.items()])]
        blocks += [f"## {self._say('list')}", table(self._say("list_head"), rows)]
        for kind in kinds:
            blocks.append(f"## {CATEGORIES[kind][self._side]}")
            blocks += [block for one in known if one.category == kind for block in self._device(one)]
        return "\n\n".join(blocks) + "\n"

    def _say(self, key: str, **fields: object) -> str:
        return WORDS[key][self._side].format(**fields)

    def _row(self, one: Profile) -> str:
        wires = " · ".join(wire for wire, there in (("RTU", one.rtu), ("TCP", one.tcp)) if there)
        kinds = {golden.kind for golden in one.golden}
        frames = ", ".join(told[self._side] for kind, told in FRAMES.items() if kind in kinds)
        states = ", ".join(dict.fromkeys(state.state for state in one.machine.states)) if one.machine else ""
        device = f"{one.maker} {one.model}"
        link = f"[`{one.id}`](#{one.id})"
        return f"{link} | {device} | {wires} | `{one.conf}` | {frames} | {states} | {len(one.outputs) or ''}"

    def _device(self, one: Profile) -> Iterator[str]:
        yield f"### `{one.id}`"
        yield f"{one.maker} {one.model}. {self._say('source', source=one.source.rstrip('.'))}"
        yield self._settings(one)
        for key, text in (("prepare", one.prepare), ("unsure", one.unsure)):
            if text is not None:
                yield self._say(key, text=self._text(text))
        if one.points:
            yield table(self._say("points"), [self._point(point) for point in one.points])
        if one.areas:
            yield table(self._say("areas"), [f"`{area}` | {area.table} | {area.address}" for area in one.areas])
        if one.machine:
            rows = [f"{state.state} | `{state.when}`" for state in one.machine.states]
            yield table(self._say("states"), rows)
        if one.outputs:
            yield table(self._say("outputs"), [self._output(output) for output in one.outputs])

    def _settings(self, one: Profile) -> str:
        usual = [self._rtu(one.rtu)] if one.rtu else []
        if one.tcp is not None:
            usual.append(self._say("tcp_host" if one.tcp.host else "tcp", **one.tcp.model_dump()))
        said = self._say("factory", settings="; ".join(usual))
        if one.rtu_also:
            said += self._say("also", settings="; ".join(self._rtu(rtu) for rtu in one.rtu_also))
        if one.address_offset_also:
            also = ", ".join(map(str, one.address_offset_also))
            said += " " + self._say("offset", offset=one.address_offset, also=also)
        return said

    def _rtu(self, rtu: Rtu) -> str:
        return self._say("rtu", **rtu.model_dump())

    def _text(self, text: Bilingual) -> str:
        return (text.ko, text.en)[self._side]

    def _name(self, part: KnownPoint | KnownOutput) -> str:
        return (part.label or {}).get(self._language, part.name)

    def _point(self, point: KnownPoint) -> str:
        address = f"{point.address}" + ("" if point.bit is None else f".{point.bit}")
        kind = f"{point.type}" if point.bits == 1 else f"{point.bits} bit"
        sure = f"`{point.conf}`" if point.conf else ""
        return (
            f"`{point.name}` | {self._name(point)} | {point.kind} | `{point.unit}` | {point.table} | {address} | "
            f"{kind} | {sure}"
        )

    def _output(self, output: KnownOutput) -> str:
        command, sure = self._say("command") if output.command else "", f"`{output.conf}`" if output.conf else ""
        return (
            f"`{output.name}` | {self._name(output)} | {values(output)} | {output.table} | {output.address} | "
            f"{command} | {sure}"
        )


def values(output: Output) -> str:
    """Return what may be written."""
    if output.choices:
        return ", ".join(f"{name} {value:g}" for name, value in output.choices.items())
    if output.table == "coil":
        return "0, 1"
    unit = "" if output.unit == "1" else f" {output.unit}"
    return f"{output.low:g}–{output.high:g}{unit}"


def table(head: str, rows: Sequence[str]) -> str:
    """Return a Markdown table."""
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join(f"| {row} |" for row in (head, rule, *rows))


def page(language: Language) -> str:
    """Return the list in one language."""
    return Page(language).text()


def main(folder: str = "docs/guide") -> None:
    """Write both pages into a folder."""
    for language, name in PAGES.items():
        Path(folder, name).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
