"""What the models say about a place in the configuration: its option, the options beside it, its bounds and choices."""

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from drivers.registry import DRIVERS, driver_class
from gateway.config.actions import ACTIONS
from gateway.config.places import Path
from gateway.config.publish import PUBLISHERS
from gateway.config.root import EdgeConfig
from gateway.config.watch import WATCHES, watch_class

Model = type[BaseModel]
# Sections whose parts are of many kinds: `type` names the class of each.
KINDS: Mapping[str | int, Mapping[str, Model]] = {"actions": ACTIONS, "publish": PUBLISHERS}
TYPED: Mapping[str | int, Mapping[str, object]] = {"drivers": DRIVERS, "watch": WATCHES, **KINDS}


def model_at(data: Any, path: Path) -> Model | None:
    """Return the model that describes the mapping at `path`, or None where there is none (a dict, a plain value)."""
    model: Model | None = EdgeConfig
    value = data
    for depth, part in enumerate(path):
        value = _child(value, part)
        if depth == 1 and path[0] in TYPED:
            model = typed_model(path[0], value)
        elif isinstance(part, str):
            field = model.model_fields.get(part) if model else None
            model = inner_model(field.annotation) if field else None
    return model


def field_at(data: Any, path: Path) -> FieldInfo | None:
    """Return the option at `path` (of a list's item: the list's), or None where the models know none."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    if not path:
        return None
    model = model_at(data, path[:-1])
    return model.model_fields.get(str(path[-1])) if model else None


def typed_model(section: str | int, part: Any) -> Model | None:
    """Return the config class that a mapping's `type` names in a section, None when it is not there or unknown."""
    name = part.get("type") if isinstance(part, dict) else None
    return _typed_model(section, name) if isinstance(name, str) and name in TYPED[section] else None


@cache
def _typed_model(section: str | int, name: str) -> Model:
    if section == "drivers":
        driver: Model = driver_class(name).Config
        return driver
    return watch_class(name) if section == "watch" else KINDS[section][name]


def at(data: Any, path: Path) -> Any:
    """Return the value at `path`, or None where nothing is."""
    for part in path:
        data = _child(data, part)
    return data


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    return value[part] if isinstance(value, list) and isinstance(part, int) and part < len(value) else None


def leaves(annotation: Any) -> Iterator[Any]:
    """Yield the plain types and Literals that an annotation is made of."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from leaves(get_args(annotation)[0])
    elif origin in (Union, types.UnionType, tuple, list):
        for part in get_args(annotation):
            yield from leaves(part)
    else:
        yield annotation


def inner_model(annotation: Any) -> Model | None:
    """Return the model inside an annotation (`Text | None`, `tuple[Rule, ...]`), if there is one."""
    return next((t for t in leaves(annotation) if isinstance(t, type) and issubclass(t, BaseModel)), None)


def choices(annotation: Any) -> list[Any]:
    """Return the values of the Literals inside an annotation."""
    return [value for t in leaves(annotation) if get_origin(t) is Literal for value in get_args(t)]


def takes_bool(annotation: Any) -> bool:
    """Tell whether true and false are meant here, and not only taken for 1 and 0."""
    return not {int, float} & set(leaves(annotation)) or bool in leaves(annotation)


def is_section(annotation: Any) -> bool:
    """Tell whether this option holds others (a part or a list), so that an empty one is as good as none."""
    plain = [t for t in _alternatives(annotation) if t is not type(None)]
    return all(get_origin(t) in (tuple, list) or inner_model(t) is not None for t in plain)


def is_list(annotation: Any) -> bool:
    """Tell whether this option is a list."""
    return any(get_origin(t) in (tuple, list) for t in _alternatives(annotation))


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def constraint(field: FieldInfo, name: str) -> Any:
    """Return a constraint of a field by its name (ge, gt, le, pattern, min_length, max_length), wherever it stands."""
    for source in (field.metadata, *(get_args(t)[1:] for t in _annotated(field.annotation))):
        for mark in source:
            for part in (mark, *getattr(mark, "metadata", ())):
                if (value := getattr(part, name, None)) is not None:
                    return value
    return None


def _annotated(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield annotation
        yield from _annotated(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType, tuple):
        for part in get_args(annotation):
            yield from _annotated(part)


def bounds(field: FieldInfo) -> tuple[str, str]:
    """Return the bounds of a number in both languages; empty when there are none."""
    ge, gt, le = (constraint(field, name) for name in ("ge", "gt", "le"))
    if ge is not None and le is not None:
        return f"{ge:.12g}부터 {le:.12g}까지예요", f"must be from {ge:.12g} to {le:.12g}"
    if gt is not None and le is not None:
        return f"{gt:.12g}보다 크고 {le:.12g} 이하여야 해요", f"must be above {gt:.12g} and at most {le:.12g}"
    if gt is not None:
        return f"{gt:.12g}보다 커야 해요", f"must be above {gt:.12g}"
    if ge is not None:
        return f"{ge:.12g} 이상이어야 해요", f"must be {ge:.12g} or more"
    return (f"{le:.12g} 이하여야 해요", f"must be at most {le:.12g}") if le is not None else ("", "")


def within(field: FieldInfo, value: float) -> float | None:
    """Return the value inside closed bounds that is nearest to `value`; None when its bound is an open one."""
    ge, le = constraint(field, "ge"), constraint(field, "le")
    if ge is not None and value < ge:
        return float(ge)
    return float(le) if le is not None and value > le else None


def description(field: FieldInfo | None) -> tuple[str, str]:
    """Return an option's description as (Korean, English), without the full stop at its end."""
    ko, _, en = ((field.description if field else None) or "").partition(" / ")
    return ko.strip().rstrip("."), (en or ko).strip().rstrip(".")


def bounds_or_digits(field: FieldInfo) -> tuple[str, str]:
    """Return what a number may be, for the middle of a message."""
    ko, en = bounds(field)
    return (ko, en) if ko else ("예: 1", "e.g. 1")
