"""What a reload changed: the hash and the difference that its `config` event keeps."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.config.root import EdgeConfig

IDENTITY = ("code", "badge", "name")  # what an element of a list is called by
NAMELESS = re.compile(r"work\.workers\..*")  # events leave the shop: a worker is a badge's number in them
LISTED = 50  # an event is read by people: more changes than these are counted only


def config_hash(config: EdgeConfig) -> str:
    """Return the SHA-256 of the configuration, in hexadecimal: equal for files that mean the same.

    Comments, the order of options and defaults written out change nothing. Secrets are files: only their names count.
    """
    canonical = json.dumps(config.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class Changes(NamedTuple):
    """What is different from one configuration to the next, by the full names of options and parts."""

    added: list[str]  # `rules.press_overheat`
    removed: list[str]
    changed: list[tuple[str, Any, Any]]  # option, the old value, the new one
    moved: list[str]  # lists whose parts only changed places


def changes(old: EdgeConfig, new: EdgeConfig) -> Changes:
    """Return what changed; a part that is only in one of the two is named once, without its options."""
    before = dict(_options(old.model_dump(mode="json"), ""))
    after = dict(_options(new.model_dump(mode="json"), ""))
    both = [(name, before[name], value) for name, value in after.items() if name in before and before[name] != value]
    return Changes(
        _outermost(after, before),
        _outermost(before, after),
        [pair for pair in both if not _is_part(pair[1]) and not _is_part(pair[2])],
        [name for name, was, now in both if _is_list(was) and _is_list(now) and sorted(was) == sorted(now)],
    )


def difference(old: EdgeConfig, new: EdgeConfig) -> str:
    """Return the changes on one line: `+rules.dry; -rules.wet; rules.hot.when: "..." -> "..."; moved: work.workers`."""
    found = changes(old, new)
    parts = [f"+{name}" for name in found.added] + [f"-{name}" for name in found.removed]
    parts += [_said(*change) for change in found.changed]
    parts += [f"moved: {name}" for name in found.moved]
    more = [f"... {len(parts) - LISTED} more"] if len(parts) > LISTED else []
    return "; ".join(parts[:LISTED] + more)


def _said(name: str, was: Any, now: Any) -> str:
    return f"{name}: changed" if NAMELESS.fullmatch(name) else f"{name}: {_short(was)} -> {_short(now)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "..."


class _Order(tuple[str, ...]):
    """The names of a list's parts, in order; never empty, for an empty list is a plain value."""

    __slots__ = ()


class _Part:
    """Stands for a part that has options of its own."""


_PART = _Part()


def _is_list(value: object) -> bool:
    return isinstance(value, _Order)


def _is_part(value: object) -> bool:
    return isinstance(value, _Part | _Order)


def _options(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every option by its full name; parts of a list are called by their own names, not by their numbers."""
    names = _names(value)
    if isinstance(value, dict) or names is not None:
        parts = value.items() if isinstance(value, dict) else zip(names or (), value, strict=True)
        if name:
            yield name, _PART if isinstance(value, dict) else _Order(names or ())
        for key, part in parts:
            yield from _options(part, f"{name}.{key}" if name else key)
    else:
        yield name, value


def _names(value: Any) -> list[str] | None:
    """Return what the parts of a list are called by, None when it is no list of named parts."""
    if not isinstance(value, list) or not value or not all(isinstance(part, dict) for part in value):
        return None
    key = next((key for key in IDENTITY if all(key in part for part in value)), None)
    if key is None:
        return None
    names = [str(part[key]) for part in value]
    return names if len(set(names)) == len(names) else None


def _outermost(here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Return the names that are only here, without those inside of another that is."""
    only: list[str] = []
    for name in here:
        if name not in there and not (only and name.startswith(only[-1] + ".")):
            only.append(name)
    return only
