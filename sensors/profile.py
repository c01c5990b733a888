"""Profiles: a device as data. One YAML file each, with the manual's name in it; those of the shop beside ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sensors.golden import differences, write_differences
from sensors.profile_errors import ProfileError, explained, problem, unreadable
from sensors.profile_model import Profile

__all__ = ["OURS", "Profile", "ProfileError", "beside", "load", "names", "parse"]

OURS = Path(str(resources.files("sensors"))) / "profiles"
_FOLDER: ContextVar[Path | None] = ContextVar("profiles", default=None)


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Within, profiles of this folder are known too, and go before ours of the same id. It need not exist."""
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def names() -> list[str]:
    """Return the ids of all profiles, sorted."""
    return sorted(_files())


def load(profile_id: str) -> Profile:
    """Return a profile.

    KeyError names those that exist when there is none of this id; ProfileError tells all that is wrong in the file.
    """
    files = _files()
    if profile_id not in files:
        known = sorted(files)
        near = get_close_matches(profile_id, known, 1, 0.4)
        hint = f" 혹시 {near[0]}?" if near else ""
        hint_en = f" Did you mean {near[0]}?" if near else ""
        raise KeyError(
            f"{profile_id!r}: 모르는 기종이에요.{hint} 있는 것: {', '.join(known)} / "
            f"no such profile.{hint_en} There are: {', '.join(known)}"
        )
    file = files[profile_id]
    return _read(file, os.stat(file).st_mtime_ns if file.exists() else 0)


def parse(text: str, file: str, stem: str) -> Profile:
    """Return the profile that a YAML text holds; ProfileError tells all that is wrong, with `file`, line and point.

    Its golden frames must mean what they say they mean, and its id must be `stem`, the file's name.
    """
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError, RecursionError) as error:  # ruamel fails in many ways
        raise unreadable(error, file) from None
    try:
        profile = Profile.model_validate(data)
    except ValidationError as invalid:
        raise explained(invalid, data, text, file) from None
    problems = (
        []
        if profile.id == stem
        else [problem(f"{file}: id", f"파일 이름과 같아야 해요: {stem} / must be the file's name, {stem}")]
    )
    for number, golden in enumerate(profile.golden, 1):
        points = [point.moved(profile.address_offset) for point in profile.points]
        outputs = [output.moved(profile.address_offset) for output in profile.outputs]
        try:
            wrong = [*differences(golden, points, profile.areas), *write_differences(golden, outputs)]
        except ValueError as lie:
            wrong = [str(lie)]
        problems += [problem(f"{file}: golden {number}", what) for what in wrong]
    if problems:
        raise ProfileError(problems)
    return profile


@lru_cache(256)
def _read(file: Path, _changed_ns: int) -> Profile:
    try:
        return parse(file.read_text(encoding="utf-8"), file.name, file.stem)
    except UnicodeDecodeError:
        raise ProfileError([problem(file.name, "UTF-8이 아니에요. / not UTF-8.")]) from None
    except OSError as error:
        raise ProfileError([problem(file.name, f"읽을 수 없어요 ({error.strerror}). / {error.strerror}.")]) from None


def _files() -> dict[str, Path]:
    """Return the file of each profile by its id."""
    folder = _FOLDER.get()
    found = {file.stem: file for file in OURS.glob("*.yaml")}
    return found | ({file.stem: file for file in folder.glob("*.yaml")} if folder is not None else {})
