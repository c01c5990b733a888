"""Reads `center.yaml`: the whole configuration, or every problem in it at once, in both languages."""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from center.config import LEAST_WORD, Broker, Config, Enrolled, Tls, secret

MOST_BYTES = 2_000_000
INNER: dict[str, type[BaseModel]] = {"broker": Broker, "tls": Tls, "shops": Enrolled}


class WrongConfiguration(Exception):
    """The configuration cannot be used; `problems` are lines for a person."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: str | os.PathLike[str]) -> Config:
    """Return the configuration of a file. Raises WrongConfiguration with every problem, each `file:line: ...`."""
    file = Path(path)
    tree = _tree(file)
    try:
        config = Config.model_validate(_plain(tree))
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_context=False)
        raise WrongConfiguration([f"{file}:{_line(tree, error['loc'])}: {_told(error)}" for error in errors]) from None
    if problems := secrets_wrong(config):
        raise WrongConfiguration([f"{file}: {problem}" for problem in problems])
    return config


def secrets_wrong(config: Config) -> list[str]:
    """Return what is wrong with the files of secrets."""
    problems = []
    for option, path in (("access_file", config.access_file), ("password_file", config.broker.password_file)):
        try:
            text = secret(option, path) if path else None
        except ValueError as error:
            problems.append(str(error))
            continue
        if option == "access_file" and text is not None and len(text) < LEAST_WORD:
            problems.append(
                f"{option}: 암호가 너무 짧아요. {LEAST_WORD}글자부터예요: {path} / "
                f"the word is too short, {LEAST_WORD} characters at least: {path}"
            )
    return problems


def _tree(file: Path) -> CommentedMap:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise WrongConfiguration([f"{file}: 너무 커요. / too large."])
        tree = YAML().load(file.read_text("utf-8"))
    except OSError as error:
        raise WrongConfiguration([f"{file}: 설정 파일을 읽을 수 없어요. / cannot be read: {error.strerror}"]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise WrongConfiguration([f"{file}:{line}: YAML로 읽을 수 없어요. / not YAML: {error.problem}"]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise WrongConfiguration([f"{file}: YAML로 읽을 수 없어요. / not YAML: {error}"]) from None
    if tree is None:
        return CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise WrongConfiguration([f"{file}:1: '이름: 값'이어야 해요. / it must be 'name: value'."])
    return tree


def _plain(value: Any) -> Any:
    """Return ruamel's values as plain ones; a section with nothing below it is left out."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def _line(tree: Any, loc: tuple[str | int, ...]) -> int:
    """Return the line (from 1) of a place, or of the nearest part around it that is there."""
    line = 1
    for part in loc:
        if isinstance(tree, CommentedMap) and part in tree:
            line = tree.lc.key(part)[0] + 1
        elif isinstance(tree, CommentedSeq) and isinstance(part, int) and part < len(tree):
            line = tree.lc.item(part)[0] + 1
        else:
            break
        tree = tree[part]
    return line


def _told(error: ErrorDetails) -> str:
    """Return one problem in both languages."""
    where, kind = ".".join(map(str, error["loc"])), error["type"]
    if kind == "extra_forbidden":
        near = _near(error["loc"])
        return f"'{where}': 모르는 선택지예요. 가장 가까운 것: {near} / unknown option; nearest: {near}"
    if kind == "missing":
        return f"'{where}': 꼭 있어야 해요. / is missing."
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return f"'{where}': 쓸 수 없는 값이에요: {_short(error['input'])} / not a valid value: {error['msg']}"


def _near(loc: tuple[str | int, ...]) -> str:
    """Return the option nearest to one that is none; all of them when none is near."""
    names = [part for part in loc[:-1] if isinstance(part, str)]
    options = list(INNER[names[-1]].model_fields if names else Config.model_fields)
    close = get_close_matches(str(loc[-1]).lower(), options, 1, 0.6)
    return close[0] if close else ", ".join(options)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
