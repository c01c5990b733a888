"""Wrong usage of the command: told in both languages, with the way out, and exit code 2."""

from pathlib import Path
from typing import Any

import pytest

from gateway.commands import arguments as arguments_module


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["demo", "--port", "99999"], "포트는 1부터 65535까지예요. / A port is 1 to 65535: 99999"),
        (["demo", "--mqtt-port", "mqtt"], "A port is 1 to 65535: mqtt"),
        (["demo", "--speed", "-1"], "0보다 큰 수를 넣어 주세요. / A number above 0: -1"),
        (["demo", "--for-s", "inf"], "A number above 0: inf"),
        (["journal"], "gongbang journal --help"),
        (["dmeo"], "dmeo: 그런 명령이 없어요. / no such command. demo?"),
        (
            ["zzz"],
            "discover, probe, record, write, doctor, explain, replay, oee, report, label, import, export, journal",
        ),
        (["--nonsense"], "잘못 썼어요. / Wrong usage"),
    ],
)
def test_wrong_usage_is_told_in_both_languages(call: Any, arguments: list[str], told: str) -> None:
    answer = call(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err


def test_the_command_alone_shows_its_help_in_both_languages(call: Any) -> None:
    answer = call()
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == call("--help").out
    assert "명령 / commands" in answer.err


def test_without_a_file_here_the_installed_configuration_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(arguments_module, "INSTALLED", str(tmp_path / "installed.yaml"))
    (tmp_path / "installed.yaml").write_text("workshop: {id: installed}\n")
    assert "installed.yaml:1" in call("check", "--language", "en").err
    (tmp_path / "edge_config.yaml").write_text("workshop: {id: here}\n")
    assert "edge_config.yaml:1" in call("check", "--language", "en").err
