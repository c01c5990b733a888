"""The README's commands are run, as they stand there, on the simulated shop; both languages have the same ones."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rig import ROOT, Daemon, free_port, mosquitto, overlay, simulator, until
from ruamel.yaml import YAML

from tests.finding.buses import running_bus

READMES = ("README.md", "README.ko.md")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
GONGBANG = ".venv/bin/gongbang"


def commands(readme: str) -> list[list[str]]:
    """The words of every command, without comments."""
    lines = "".join(BLOCK.findall((ROOT / readme).read_text("utf-8"))).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def of(*start: str) -> list[list[str]]:
    """The commands that start so."""
    return [words for words in commands("README.md") if words[: len(start)] == list(start)]


def run(words: list[str], folder: Path, timeout_s: float = 90) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.fixture(scope="module")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real broker."""
    with mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@pytest.fixture(scope="module")
def web_port() -> int:
    """The dashboard's port."""
    return free_port()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, broker_port: int, web_port: int) -> Iterator[Path]:
    """A folder like a checkout: the environment, and the shop's configuration on simulated wires."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / ".venv").symlink_to(sys.prefix)
    with simulator(ROOT / "edge_config.yaml", speed=5) as wires:
        yaml = YAML()
        tree = yaml.load(ROOT / "edge_config.yaml")
        overlay(tree, wires)
        tree["publish"][0] |= {"host": "127.0.0.1", "port": broker_port}
        tree["dashboard"]["port"] = web_port
        tree["journal"]["path"] = str(folder / "journal.db")
        tree["clock"]["trust"] = True
        with (folder / "edge_config.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(tree, file)
        yield folder


@dataclass(frozen=True)
class Day:
    """What was seen while the gateway ran."""

    checkout: Path
    code: int
    log: str
    shown: list[str]  # the lines of mosquitto_sub


@pytest.fixture(scope="module")
def day(checkout: Path, broker_port: int, web_port: int) -> Day:
    """Run the gateway until mosquitto_sub has shown a status, samples and an event, and stop it."""
    (start,), (listen,) = of(GONGBANG, "run"), of("mosquitto_sub")
    listen = [str(broker_port) if word == "1883" else word for word in listen]
    shown = checkout / "shown.txt"
    with shown.open("wb") as out, subprocess.Popen(listen, stdout=out) as listener:
        with (checkout / "daemon.log").open("wb") as log:
            process = subprocess.Popen(start, cwd=checkout, stdout=log, stderr=log)
        running = Daemon(checkout / "edge_config.yaml", web_port, process)
        try:
            until(running.ready, "readings flow", 60)
            for part in ("/status ", "/data/", "/event/"):
                until(lambda part=part: part in shown.read_text("utf-8"), f"{part} is published", 60)
        finally:
            code = running.stop()
            listener.terminate()
    return Day(checkout, code, running.log(), shown.read_text("utf-8").splitlines())


def test_both_readmes_have_the_same_commands() -> None:
    english, korean = map(commands, READMES)
    assert english == korean
    assert len(english) >= 8


@pytest.mark.parametrize("readme", READMES)
def test_what_a_readme_links_to_is_there(readme: str) -> None:
    links = LINK.findall((ROOT / readme).read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_is_run_by_a_test_below() -> None:
    known = [["make"], [GONGBANG, "check"], [GONGBANG, "run"], [GONGBANG, "probe"], [GONGBANG, "doctor"]]
    known += [[GONGBANG, "discover"], [GONGBANG, "record"]]
    known += [[GONGBANG, "explain"], [GONGBANG, "replay"]]
    known += [[GONGBANG, "journal", "tail"], ["mosquitto_sub"], [GONGBANG, "center"]]
    unknown = [words for words in commands("README.md") if not any(words[: len(k)] == k for k in known)]
    assert unknown == []


@pytest.mark.parametrize("words", of("make"), ids=" ".join)
def test_make_has_the_target(words: list[str]) -> None:
    done = run([words[0], "-n", *words[1:]], ROOT)
    assert done.returncode == 0, done.stderr
    options = [word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=")]
    assert all(option in done.stdout for option in options)


@pytest.mark.slow
def test_the_demo_runs_for_its_time_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (words,) = [words for words in of("make", "demo") if len(words) > 2]
    options = shlex.split(words[2].removeprefix("ARGS="))
    values = {"--port": str(free_port()), "--mqtt-port": str(free_port()), "--for-s": "1"}
    for option, value in values.items():
        options[options.index(option) + 1] = value
    done = run([sys.executable, "-m", "gateway.commands.main", "demo", *options], ROOT)
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{values['--port']}/" in done.stdout
    assert "gongbang/v1/changsin-017/gw_1/#" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("words", of(GONGBANG, "center"), ids=" ".join)
def test_the_center_shows_its_simulated_shops(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    port = str(free_port())
    done = run([*words, "--port", port, "--mqtt-port", str(free_port()), "--for-s", "1"], checkout, 110)
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{port}/" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("words", of(GONGBANG, "check"), ids=" ".join)
def test_check(checkout: Path, words: list[str]) -> None:
    done = run(words, checkout)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_run_publishes_and_mosquitto_sub_shows_it(day: Day) -> None:
    assert day.code == 0, day.log
    assert day.shown
    assert all(line.startswith("gongbang/v1/changsin-017/gw_1/") for line in day.shown)


@pytest.mark.slow
@pytest.mark.parametrize("words", of(GONGBANG, "probe"), ids=" ".join)
def test_probe(day: Day, words: list[str]) -> None:
    done = run([*words, "--for-s", "2"], day.checkout)
    assert done.returncode == 0, done.stderr
    assert f"{words[2]}.power" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("words", of(GONGBANG, "discover"), ids=" ".join)
def test_discover(tmp_path: Path, checkout: Path, words: list[str]) -> None:
    program = [str(checkout / words[0]), *words[1:]]
    with running_bus({1: "eastron-sdm120"}, silent=False) as port:
        done = run([*program, "--port", port, "--write"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "meter_1" in (tmp_path / "edge_config.yaml").read_text("utf-8")


@pytest.mark.parametrize("words", of(GONGBANG, "record"), ids=" ".join)
def test_record(day: Day, words: list[str]) -> None:
    done = run(words, day.checkout)
    assert done.returncode == 0, done.stderr
    assert "golden:" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("words", of(GONGBANG, "doctor"), ids=" ".join)
def test_doctor(day: Day, words: list[str]) -> None:
    done = run(words, day.checkout)
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout


@pytest.mark.parametrize("words", of(GONGBANG, "journal"), ids=" ".join)
def test_journal_tail_shows_what_the_run_kept(day: Day, words: list[str]) -> None:
    done = run(words, day.checkout)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 5


@pytest.mark.parametrize("words", of(GONGBANG, "explain"), ids=" ".join)
def test_explain_lists_the_rules(day: Day, words: list[str]) -> None:
    done = run(words, day.checkout)
    assert done.returncode == 0, done.stderr
    assert "press_overheat" in done.stdout


@pytest.mark.parametrize("words", of(GONGBANG, "replay"), ids=" ".join)
def test_replay_tells_what_happened(day: Day, words: list[str]) -> None:
    done = run(words, day.checkout)
    assert done.returncode == 0, done.stderr
    assert "meter_1: " in done.stderr
