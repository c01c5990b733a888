"""The reference pages of the guide, written from the models: `python -m gateway.config.reference [folder]`.

A test holds the committed pages against these, so that no option is missing there and no text is out of date.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from drivers.base import DriverConfig
from gateway.config import schema
from gateway.config.actions import ActionConfig
from gateway.config.parts import Text
from gateway.config.publish import PublisherConfig
from gateway.config.root import EdgeConfig
from gateway.config.typed import RULES
from gateway.config.watch import Watch
from sensors.quantities import BASE, QUANTITIES, UNITS

Model = type[BaseModel]
TYPED: dict[Model, str] = {
    DriverConfig: "drivers",
    Watch: "watch",
    ActionConfig: "actions",
    PublisherConfig: "publish",
}
PAGES = {"en": "reference.md", "ko": "reference.ko.md"}

WORDS: dict[str, tuple[str, str]] = {
    "title": ("설정의 모든 선택지", "Every option of the configuration"),
    "intro": (
        "이 쪽은 프로그램이 만들어요. 고치려면 모델의 설명을 고치고 `python -m gateway.config.reference`를 돌려요. "
        "쓰는 보기는 [`edge_config.yaml`](../../edge_config.yaml)에 있고, 고친 뒤에는 "
        "`gongbang check -c edge_config.yaml`이 틀린 곳을 모두 알려 줘요. "
        "기종(profile)은 [아는 기기](devices.ko.md)에 있어요. [English](reference.md)",
        "This page is made by the program: to change it, change a model's description and run "
        "`python -m gateway.config.reference`. An example is [`edge_config.yaml`](../../edge_config.yaml); after an "
        "edit, `gongbang check -c edge_config.yaml` names everything that is wrong. "
        "Profiles: [devices that are known](devices.md). [한국어](reference.ko.md)",
    ),
    "head": ("선택지 | 값 | 기본값 | 설명", "Option | Value | Default | Meaning"),
    "required": ("**꼭 적어요**", "**required**"),
    "none": ("없음", "none"),
    "top": ("전체", "The whole file"),
    "text": ("글", "text"),
    "integer": ("정수", "whole number"),
    "number": ("수", "number"),
    "truth": ("true, false", "true, false"),
    "mapping": ("`{{이름: 값}}`", "`{{name: value}}`"),
    "list": ("목록: {item}", "list: {item}"),
    "like": ("예: `{example}`", "e.g. `{example}`"),
    "drivers": ("연결(drivers)의 종류", "The types of drivers"),
    "watch": ("지켜보기(watch)의 종류", "The types of watches"),
    "publish": ("보낼 곳(publish)의 종류", "The types of publishers"),
    "actions": ("할 일(actions)의 종류", "The types of actions"),
    "units": ("물리량과 단위", "Quantities and units"),
    "units_intro": (
        "식과 측정점의 단위예요. 같은 물리량이면 서로 바꿔 계산하고, 다른 물리량끼리 견주면 오류예요. "
        "`gn`은 중력가속도(g), `don`은 돈(3.75 g)이에요.",
        "The units of points and of expressions. Units of one quantity are converted; comparing different quantities "
        "is an error. `gn` is standard gravity (g), `don` is the Korean don (3.75 g).",
    ),
    "units_head": ("물리량 | 기준 단위 | 단위", "Quantity | Base unit | Units"),
    "functions": ("식의 함수", "Functions of expressions"),
    "functions_intro": (
        "식을 쓰는 법과 모든 함수, 돌려 본 보기는 [식](expressions.ko.md)에 있어요.",
        "How expressions are written, every function, and examples that are run: [expressions](expressions.md).",
    ),
}


class Page:
    """One page in one language."""

    def __init__(self, language: Literal["ko", "en"]) -> None:
        self._side = 0 if language == "ko" else 1
        self._places: dict[Model, str] = {}  # where each part is described

    def text(self) -> str:
        """Return the whole page as Markdown."""
        blocks = [f"# {self._say('title')}", self._say("intro"), *self._models()]
        blocks += [f"## {self._say('units')}", self._say("units_intro"), self._units()]
        blocks += [f"## {self._say('functions')}", self._say("functions_intro")]
        return "\n\n".join(blocks) + "\n"

    def _say(self, key: str, **fields: Any) -> str:
        return WORDS[key][self._side].format(**fields)

    def _models(self) -> Iterator[str]:
        yield f"## {self._say('top')}"
        yield from self._part(EdgeConfig, "", "")
        for section, types in schema.TYPED.items():
            yield f"## {self._say(str(section))}"
            for name in types:
                yield f"### `{name}`"
                model = schema.typed_model(section, {"type": name})
                yield from self._part(model, name, "#") if model else ()

    def _part(self, model: Model, path: str, deeper: str) -> Iterator[str]:
        """Yield a part's table, then the parts inside it, each at its first place only."""
        if path:
            yield self._doc(model)
        inner = [(step(path, name, field), schema.inner_model(field.annotation)) for name, field in options(model)]
        new = [(here, part) for here, part in inner if part and part not in (*TYPED, Text, *self._places)]
        self._places |= {part: here for here, part in new}
        yield self._table(model, path)
        for here, part in new:
            yield f"###{deeper} `{here}`"
            yield from self._part(part, here, deeper)

    def _doc(self, model: Model) -> str:
        ko, _, en = " ".join((model.__doc__ or "").split()).partition(" / ")
        return (ko, en or ko)[self._side]

    def _table(self, model: Model, path: str) -> str:
        rows = [
            f"`{name}` | {self._value(field)} | {self._default(field)} | {self._meaning(field)}"
            for name, field in options(model)
        ]
        return table(self._say("head"), rows)

    def _meaning(self, field: FieldInfo) -> str:
        return schema.description(field)[self._side].replace("|", "\\|")

    def _default(self, field: FieldInfo) -> str:
        if field.is_required():
            return self._say("required")
        value = field.default
        if value is None or value in ((), {}) or isinstance(value, BaseModel):
            return self._say("none") if value is None else ""
        if isinstance(value, tuple):
            return f"`[{', '.join(f'{item:g}' if isinstance(item, float) else str(item) for item in value)}]`"
        if isinstance(value, float):
            value = int(value) if value.is_integer() else value
        return f"`{json.dumps(value) if isinstance(value, bool) else value}`"

    def _value(self, field: FieldInfo) -> str:
        """Return what may stand there: its type, its choices, its bounds, or a link to its options."""
        inner = schema.inner_model(field.annotation)
        item = self._link(inner) if inner and inner is not Text else self._plain(field, inner)
        return self._say("list", item=item) if schema.is_list(field.annotation) else item

    def _link(self, inner: Model) -> str:
        if section := TYPED.get(inner):
            return f"[{self._say(section)}](#{anchor(self._say(section))})"
        return f"[{self._doc(inner).rstrip('.').split('. ')[0]}](#{anchor(self._places[inner])})"

    def _plain(self, field: FieldInfo, inner: Model | None) -> str:
        names = {int: "integer", float: "number", bool: "truth", str: "text"}
        kinds = list(schema.leaves(field.annotation))
        named = inner is Text or any(get_origin(kind) is dict and get_args(kind)[0] is not str for kind in kinds)
        said = [f"`{choice}`" for choice in schema.choices(field.annotation)] if not named else []
        said += [self._say(names[kind]) for kind in kinds if kind in names]
        if named:
            said.append("`{ko: ..., en: ...}`")
        elif any(get_origin(kind) is dict for kind in kinds):
            said.append(self._say("mapping"))
        if like := RULES.get(schema.constraint(field, "pattern")):
            said.append(self._say("like", example=like[0]))
        return ", ".join(dict.fromkeys([*said, *limits(field)]))

    def _units(self) -> str:
        rows = []
        for quantity in QUANTITIES:
            units = [symbol for symbol, unit in UNITS.items() if unit.quantity == quantity]
            rows.append(f"{quantity} | `{BASE[quantity].symbol}` | {' '.join(f'`{symbol}`' for symbol in units)}")
        return table(self._say("units_head"), rows)


def options(model: Model) -> list[tuple[str, FieldInfo]]:
    """Return a model's options, its name and its type first."""
    first = {"name": 0, "type": 1}
    return sorted(model.model_fields.items(), key=lambda option: first.get(option[0], 2))


def step(path: str, name: str, field: FieldInfo) -> str:
    """Return the place of an option inside the part at `path`."""
    many = "[]" if schema.is_list(field.annotation) else ""
    return f"{path}.{name}{many}" if path else f"{name}{many}"


def anchor(heading: str) -> str:
    """Return a heading's anchor, as Markdown viewers make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def limits(field: FieldInfo) -> list[str]:
    """Return the bounds of a number in signs."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = {name: schema.constraint(field, name) for name in signs}
    return [f"{signs[name]} {value:.12g}" for name, value in found.items() if value is not None]


def table(head: str, rows: list[str]) -> str:
    """Return a table in Markdown; cells are parted by ` | `."""
    rule = " | ".join("---" for _ in head.split(" | "))
    return "\n".join(f"| {row} |" for row in (head, rule, *rows))


def page(language: Literal["ko", "en"]) -> str:
    """Return the reference page in one language."""
    return Page(language).text()


def main(folder: str = "docs/guide") -> None:
    """Write both pages into a folder."""
    Path(folder, PAGES["ko"]).write_text(page("ko"), encoding="utf-8")
    Path(folder, PAGES["en"]).write_text(page("en"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
