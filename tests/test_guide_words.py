"""What the guide says that the screens say, the program says: its words, shapes and times."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from barcodes.ticket import Coupon, Unknown
from gateway.advice import advice
from gateway.component import Component, Kind
from gateway.config.parts import Text
from gateway.work import texts
from gateway.work.counts import Count
from tests.guide import BOTH, FILES, GUIDE, ROOT, part, prose, text

SCREENS = ROOT / "dashboard" / "src"
ROW = re.compile(r"^\|.*?\(shapes/(\w+)\.svg\) \|(.*)$", re.MULTILINE)
CATALOGUES = {language: sorted(ROOT.glob(f"*/words/{language}.json")) for language in FILES}  # center, then gateway
WORDS = {
    language: {key: words for file in files for key, words in json.loads(file.read_text("utf-8")).items()}
    for language, files in CATALOGUES.items()
}
QUOTES = {"ko": "「」", "en": "“”"}
NOTHING = "—"


def quotes(page: str, language: str) -> list[str]:
    """What a page says that the screen says. A quote may hold another one in Korean: 「순서 틀림 — 「앞판」이 ...」."""
    opens, closes = QUOTES[language]
    found, begun, depth = [], 0, 0
    for at, sign in enumerate(written := prose(page, language)):
        if sign == opens:
            begun, depth = (at if depth == 0 else begun), depth + 1
        elif sign == closes:
            depth -= 1
            found += [] if depth else [written[begun + 1 : at]]
    assert depth == 0, "a quote is never closed"
    return found


def pattern(template: str) -> re.Pattern[str]:
    """What a text of the catalogue looks like once its places are filled."""
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join(_filled(part) if part[:1] == "{" else re.escape(part) for part in parts))


def _filled(place: str) -> str:
    name, _, forms = place.strip("{}").partition(":")
    number = name in ("n", "h", "min", "count", "lost", "queued", "typed", "status")
    counted = ["개", "pcs", "piece", "pieces", ""] if forms in ("counted", "pcs") else forms.split("/")
    either = f" ?(?:{'|'.join(map(re.escape, counted))})" if forms else ""
    return (r"[\d,]+(?: pcs|개)?" if number else ".+") + either


def said(key: str, language: str, quoted: str) -> bool:
    """Whether a quote is this text of the catalogue."""
    return bool(pattern(WORDS[language][key]).fullmatch(quoted))


def answers(language: str) -> dict[str, str]:
    """The ledger's own texts for the guide's examples, by the kind of their answer."""
    zone, front = ZoneInfo("Asia/Seoul"), Text(ko="앞판", en="front")
    paid, now = (round(datetime(2026, 11, 20, *time, tzinfo=zone).timestamp() * 1e9) for time in ((13, 41), (15, 0)))
    coupon = Coupon("0231", "FRONT", 20)
    made = {
        "accepted": texts.accepted(coupon, front, Count(20, "piece")),
        "duplicate": texts.duplicate(texts.who_and_when(["101"], paid, now, zone)),
        "wrong_order": texts.wrong_order(front),
        "unknown": texts.unknown(Unknown("foreign", "", "")),
        "badge_first": texts.BADGE_FIRST,
        "badge": texts.badge("101"),
        "command": texts.undone("0231", front, Count(20, "piece")),
        "failed": texts.FAILED,
        "unknown_badge": texts.unknown_badge(150),
    }
    return {kind: words[language] for kind, words in made.items()}


def mends(language: str) -> set[str]:
    """What Health says to do about a component that is down."""
    errors = ("", "certificate verify failed: certificate is not yet valid")
    down = [Component("a", kind, state="down", last_error=error) for kind in get_args(Kind) for error in errors]
    return {told[language] for part in down if (told := advice(part))}


def screens_number(name: str) -> float:
    """A number that the screens' source names."""
    found = {n for file in SCREENS.rglob("*.ts") for n in re.findall(rf"\b{name} = ([\d.]+)", file.read_text("utf-8"))}
    (number,) = found
    return float(number)


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_what_a_page_quotes_is_what_the_program_says(page: str, language: str) -> None:
    letters = {key: re.sub(r"\{\w+\}", "", words) for key, words in WORDS[language].items()}
    telling = [pattern(WORDS[language][key]) for key, rest in letters.items() if re.search(r"[가-힣A-Za-z]", rest)]
    known = {NOTHING, " ", *answers(language).values(), *mends(language)}
    strange = [q for q in quotes(page, language) if q not in known and not any(p.fullmatch(q) for p in telling)]
    assert strange == []


@pytest.mark.parametrize("language", FILES)
def test_the_lamps_page_tells_of_everything_that_a_lamp_can_say(language: str) -> None:
    told = quotes("lamps", language)
    groups = ("state.", "severity.", "answer.", "component.", "stale.", "waiting.i", "waiting.u")
    keys = [key for key in WORDS[language] if key.startswith(groups)]
    keys += ["alarm.acknowledge", "alarm.acknowledged", "alarm.look", "alarms.none", "health.well", "tile.late"]
    assert [key for key in keys if not any(said(key, language, quoted) for quoted in told)] == []
    assert [kind for kind, answer in answers(language).items() if answer not in told] == []


@pytest.mark.parametrize("language", FILES)
def test_a_lamps_shape_stands_beside_its_word(language: str) -> None:
    def rows(number: int, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield the shape of each row and what in the catalogue its first quote is."""
        for shape, cells in ROW.findall(part("lamps", language, number)):
            words = cells.split("|")[0]
            yield from (
                (shape, key.removeprefix(prefix))
                for key, word in WORDS[language].items()
                if key.startswith(prefix) and f"{QUOTES[language][0]}{word}{QUOTES[language][1]}" in words
            )

    states = dict(rows(1, "state."))
    assert states == {state: state for state in ("run", "setup", "idle", "alarm", "off", "unknown")}
    assert dict(rows(2, "severity.")) == {"alarm": "critical", "warning": "warning", "info": "info"}
    assert {answer: shape for shape, answer in rows(3, "answer.")} == faces()
    health = re.search(r"SHAPES = \{(.*?)\}", (SCREENS / "views/Health.svelte").read_text("utf-8"))
    assert health is not None
    components = dict(re.findall(r'(\w+): "(\w+)"', health[1]))
    components |= {"well": components["up"], "silent": "warning", "unheard": "warning", "differs": "no"}
    assert {component: shape for shape, component in rows(5, "component.")} == components


def faces() -> dict[str, str]:
    """The shape that the screens give each answer."""
    source = (SCREENS / "lib/scan.ts").read_text("utf-8")
    shapes = dict(re.findall(r'const (\w+): Face = \{ shape: "(\w+)"', source))
    table = re.search(r"FACES.*?\{(.*?)\}", source, re.DOTALL)
    assert table is not None
    commands = {"refused": shapes["BAD"], "again": shapes["TWICE"]}
    return {answer: shapes[face] for answer, face in re.findall(r"(\w+): (\w+)", table[1])} | commands


@pytest.mark.parametrize("language", FILES)
def test_the_times_of_the_lamps_are_those_of_the_screens(language: str) -> None:
    sentences = {"ko": ("{:g}초가 지나면", "{:g}분을 넘으면"), "en": ("After {:g} seconds", "than {:g} minute")}
    second, minute = sentences[language]
    page = text("lamps", language)
    for name in ("STALE_S", "PAST_S"):
        assert second.format(screens_number(name)) in page
    for name in ("IDLE_MIN", "SILENT_MIN"):
        assert minute.format(screens_number(name)) in page
    assert re.search(rf"\b{screens_number('LATE_SHARE') * 100:g} ?%", page)


def test_the_guides_shapes_are_drawn_as_the_screens_draw_them() -> None:
    source = (SCREENS / "parts/Shape.svelte").read_text("utf-8")
    colours = (SCREENS / "app.css").read_text("utf-8")
    pictures = list((GUIDE / "shapes").glob("*.svg"))
    assert {picture.stem for picture in pictures} == {name for page in FILES for name in _shapes_on(page)}
    for picture in pictures:
        drawn = picture.read_text("utf-8")
        branch = re.search(rf'of === "{picture.stem}"\}}(.*)|\{{:else\}}(.*)\{{/if\}}', source)
        assert branch is not None
        paths = re.findall(r' d="([^"]+)"', branch[1] or branch[2])
        assert re.findall(r' d="([^"]+)"', drawn) == paths
        fill = re.search(r'^<svg[^>]* fill="(#\w+)"', drawn)
        assert fill is not None
        assert f": {fill[1]};" in colours


def _shapes_on(language: str) -> list[str]:
    return re.findall(r"shapes/(\w+)\.svg", text("lamps", language))
