r"""A path into JSON: `ENERGY.Power`, `sensors[0].value`, `sensors.0.value`. Pure.

Steps are divided by dots; a number is the place in a list, from 0 (in an object it is a name), negative from its end.
A dot or bracket inside a name has a backslash before it: `a\.b`. The empty path is the whole.
"""

import re
from typing import Any, Final

Path = tuple[str, ...]
MOST_STEPS: Final = 32

_STEP = re.compile(r"(?:\\.|[^.\[\]\\])+|\[-?[0-9]+\]")
_PLACE = re.compile(r"-?[0-9]{1,9}")
NOTHING: Final = object()


def parse(text: str) -> Path:
    """Return the steps of a path; ValueError tells where it is wrong, in both languages."""
    steps: list[str] = []
    at = 0
    while at < len(text):
        if at and text[at] == ".":
            at += 1
        elif at and text[at] != "[":
            raise _wrong(text, at)
        found = _STEP.match(text, at)
        if found is None:
            raise _wrong(text, at)
        steps.append(re.sub(r"\\(.)", r"\1", found[0].strip("[]") if found[0][0] == "[" else found[0]))
        at = found.end()
    if len(steps) > MOST_STEPS:
        raise ValueError(f"{text!r}: 너무 깊어요({MOST_STEPS}단까지). / too deep, {MOST_STEPS} steps at the most.")
    return tuple(steps)


def find(value: Any, path: Path) -> Any:
    """Return what is at `path`, NOTHING where there is nothing. Never raises."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, NOTHING)
        elif isinstance(value, list) and _PLACE.fullmatch(step) and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return NOTHING
    return value


def beside(value: Any, path: Path) -> str:
    """Return the names that stand where the path goes wrong, for an error."""
    for step in path:
        inner = find(value, (step,))
        if inner is NOTHING:
            break
        value = inner
    if isinstance(value, dict):
        return ", ".join(list(map(str, value))[:20]) or "{}"
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)[:60]


def _wrong(text: str, at: int) -> ValueError:
    return ValueError(
        f"{text!r}: {at + 1}번째 글자에서 경로가 틀렸어요. 예: ENERGY.Power, sensors[0].value / "
        f"wrong at character {at + 1}; like: ENERGY.Power, sensors[0].value"
    )
