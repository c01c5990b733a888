"""What is wrong in a profile's file, so that it can be mended: file, line, point, field, the nearest right."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from sensors.profile_model import Profile

Place = Sequence[int | str]


class Problem(NamedTuple):
    """One thing that is wrong: `file:line: point.field`, and what, in both languages."""

    place: str
    ko: str
    en: str

    def __str__(self) -> str:
        return f"{self.place}: {self.ko} / {self.en}"


def problem(place: str, said: str) -> Problem:
    """Return a problem of a text in both languages, "한국어 / English"; what is only one stands for both."""
    ko, _, en = said.partition(" / ")
    return Problem(place, ko.rstrip("."), (en or ko).rstrip("."))


class ProfileError(ValueError):
    """A profile that cannot be used, with all that is wrong in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def unreadable(error: Exception, file: str) -> ProfileError:
    """Return the error of a text that is no YAML."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    place = f"{file}:{mark.line + 1}" if mark is not None else file
    return ProfileError([Problem(place, "YAML이 아니에요. 들여쓰기와 따옴표를 봐 주세요", "not YAML; see indentation")])


def explained(invalid: ValidationError, data: Any, text: str, file: str) -> ProfileError:
    """Return all that pydantic found, in our words and with the lines of `text`."""
    tree = YAML().load(text)  # with its lines, which only an error needs
    return ProfileError(
        [
            problem(f"{file}:{_line(tree, error['loc'])}{_where(data, error['loc'])}", _said(error))
            for error in invalid.errors(include_url=False)
        ]
    )


def _line(tree: Any, place: Place) -> int:
    """Return the line, from 1, of what stands at `place`, or of the nearest thing around it."""
    line = 0
    for part in place:
        try:
            places: Any = tree.lc  # ruamel's own kinds of dict and list
            line = (places.key(part) if hasattr(tree, "keys") else places.item(part))[0]
            tree = tree[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line + 1


def _where(data: Any, place: Place) -> str:
    """Return the place as people say it: `: power.unit`, with a list's item called by its name."""
    parts: list[str] = []
    for part in place:
        inner = _step(data, part)
        if isinstance(part, str):
            parts.append(part)
        elif isinstance(inner, dict) and isinstance(inner.get("name"), str):
            parts[-1:] = [inner["name"]]
        else:
            parts.append(str(part + 1))
        data = inner
    return ": " + ".".join(parts) if parts else ""


def _said(error: ErrorDetails) -> str:
    kind, value, field = error["type"], error["input"], str(error["loc"][-1]) if error["loc"] else ""
    if kind == "missing":
        return "꼭 적어요 / is required"
    if kind == "extra_forbidden":
        known = sorted(_model(error["loc"][:-1]).model_fields)
        near = get_close_matches(field, known, 1, 0.5) or [", ".join(known)]
        return f"모르는 항목이에요. 비슷한 것: {near[0]} / unknown; nearest: {near[0]}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        near = get_close_matches(str(value), choices, 1, 0.5)
        there = f"{near[0]} ({', '.join(choices)})" if near else ", ".join(choices)
        return f"{value!r}는 없어요. 비슷한 것: {there} / not {value!r}; nearest: {there}"
    if kind in ("value_error", "assertion_error"):
        return error["msg"].removeprefix("Value error, ")
    bounds = error.get("ctx", {})
    near_bound = next((bounds[name] for name in ("ge", "le", "gt", "lt", "pattern") if name in bounds), None)
    if near_bound is not None:
        return f"{value!r}는 안 돼요. 가장 가까운 것: {near_bound} / not {value!r}; nearest: {near_bound}"
    return f"{value!r}는 안 돼요. / {error['msg']}"


def _model(place: Place) -> type[BaseModel]:
    """Return the model of the mapping at `place`."""
    model: type[BaseModel] = Profile
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner(model.model_fields[part].annotation) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _step(data: Any, part: int | str) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None
