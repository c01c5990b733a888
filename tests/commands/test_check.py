"""`gongbang check` and the front door: exit codes, every error at once, and JSON for programs."""

from pathlib import Path
from typing import Any

import pytest
from rig import ROOT

BROKEN = sorted((ROOT / "tests" / "config" / "broken").iterdir())


def test_the_demo_shop_is_well(call: Any) -> None:
    answer = call("check", ROOT / "edge_config.yaml")
    assert answer.code == 0
    assert "좋아요" in answer.out
    assert answer.err == ""


def test_what_stands_in_a_good_file_is_counted(call: Any) -> None:
    found = call("check", ROOT / "edge_config.yaml", "--json").json
    assert found["ok"] is True
    assert all(found[name] > 0 for name in ("drivers", "points", "machines", "rules", "publishers"))


def test_the_file_may_be_named_by_an_option_too(call: Any) -> None:
    named = call("check", "-c", ROOT / "edge_config.yaml", "--json")
    assert (named.code, named.json) == (0, call("check", ROOT / "edge_config.yaml", "--json").json)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_broken_file_is_refused_with_all_that_is_wrong(
    call: Any, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case)
    expected = Path("expected.en.txt").read_text("utf-8").splitlines()
    said = call("check", "edge_config.yaml", "--language", "en")
    assert (said.code, said.err.splitlines(), said.out) == (2, expected, "")
    told = call("check", "edge_config.yaml", "--language", "en", "--json")
    assert (told.code, told.json, told.err) == (2, {"ok": False, "problems": expected}, "")


def test_a_file_that_is_not_there_says_so(call: Any, tmp_path: Path) -> None:
    answer = call("check", tmp_path / "nothing.yaml")
    assert answer.code == 2
    assert "nothing.yaml" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("words", "code"), [((), 2), (("chekc",), 2), (("check", "--jsn"), 2), (("--help",), 0), (("--version",), 0)]
)
def test_usage_ends_with_two_and_help_with_zero(process: Any, words: tuple[str, ...], code: int) -> None:
    answer = process(*words)
    assert answer.code == code
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", ["demo", "run", "check", "probe", "doctor", "journal"])
def test_every_command_says_what_it_does_in_both_languages(call: Any, command: str) -> None:
    text = " ".join(call(command, "--help").out.split())
    assert " / " in text
    assert any("가" <= letter <= "힣" for letter in text)


def test_as_a_process_it_answers_the_same(process: Any) -> None:
    case = next(case for case in BROKEN if case.name == "unknown_options")
    answer = process("check", "edge_config.yaml", "--language", "ko", cwd=case)
    assert answer.code == 2
    assert answer.err == (case / "expected.ko.txt").read_text("utf-8")
    assert process("check").code == 0
