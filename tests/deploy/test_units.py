"""The installation's files without installing: sandboxes, shell, options, and a rehearsal that changes nothing."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from rig import ROOT

from gateway.config.load import load

DEPLOY = ROOT / "deploy"
INSTALL = DEPLOY / "install.sh"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SCRIPTS = [INSTALL, *sorted((ROOT / "tools").glob("*.sh"))]
MOST_EXPOSED = 20  # in tenths, as `systemd-analyze security` takes it
# Everything that an installation would touch.
PLACES = [Path(p) for p in ("/etc", "/opt/gongbang", "/var/lib/gongbang", "/var/lib/gongbang-center", "/usr/local/bin")]
ANSWERS = ["--workshop-id", "shop-1", "--name", "시험 공방"]
systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without a terminal."""
    command = list(map(str, words))
    return subprocess.run(  # type: ignore[call-overload, no-any-return] # the options are the caller's
        command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL, **options
    )


def contents() -> Iterator[tuple[str, int, int, int, int]]:
    """Every file of the places: name, mode, owner, size, and the time of its last change in ns."""
    for place in PLACES:
        for path in [place, *place.rglob("*")] if place.exists() else []:
            state = path.lstat()
            yield str(path), state.st_mode, state.st_uid, state.st_size, state.st_ctime_ns


def unit(path: Path) -> ConfigParser:
    """A unit, as far as a parser of INI reads it: of several equal keys, the last."""
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign] # systemd's keys have capitals
    found.read(path)
    return found


# Units


@systemd
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_exposed_2_0_at_the_most(path: Path) -> None:
    done = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", path)
    assert done.returncode == 0, done.stdout


@systemd
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    there = tmp_path / path.name  # where its program is one that exists
    there.write_text(path.read_text("utf-8").replace("/opt/gongbang/current/bin/gongbang", "/bin/true"), "utf-8")
    done = run("systemd-analyze", "verify", "--man=no", there)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_service_is_started_again_for_ever(path: Path) -> None:
    service, head = unit(path)["Service"], unit(path)["Unit"]
    assert service["Restart"] == "always"
    assert float(service["RestartSec"]) >= 1
    assert head["StartLimitIntervalSec"] == "0"
    assert service["User"] == "gongbang"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_start_waits_for_no_network_and_no_broker(path: Path) -> None:
    head = unit(path)["Unit"]
    waited_for = " ".join(head.get(key, "") for key in ("After", "Wants", "Requires", "BindsTo"))
    assert "mosquitto" not in waited_for  # Debian 13's waits for the network itself
    assert "network-online" not in waited_for


def test_devices_are_allowed_by_numbers_that_hold_before_their_drivers_are_loaded() -> None:
    text = (DEPLOY / "systemd" / "gongbang.service").read_text("utf-8")
    allowed = set(re.findall(r"^DeviceAllow=char-(\w+) rw$", text, re.MULTILINE))
    assert {"188", "166", "204", "4", "81", "13", "180"} <= allowed  # linux/Documentation/admin-guide/devices.txt
    assert "\nDevicePolicy=closed\n" in text


# The script


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    done = run("shellcheck", "-x", "-P", "SCRIPTDIR", script)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", [*SCRIPTS, *sorted((DEPLOY / "parts").glob("*.sh"))], ids=lambda path: path.name)
def test_a_shell_of_posix_reads_it(script: Path) -> None:
    assert run("dash", "-n", script).stderr == ""


def test_help_names_every_option_in_both_languages() -> None:
    done = run(INSTALL, "--help")
    assert done.returncode == 0
    cases = re.findall(r"^ {12}(--[a-z-]+(?: \| --[a-z-]+)*)\)", INSTALL.read_text("utf-8"), re.MULTILINE)
    options = {option for case in cases for option in case.split(" | ")}
    assert len(options) >= 12
    assert [option for option in sorted(options) if option not in done.stdout] == []
    assert "지워요" in done.stdout
    assert "Install or upgrade" in done.stdout


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--workshp-id", "x"], "--workshp-id"),
        (["--name"], "needs a value"),
        (["--dry-run", "--workshop-id", "Shop 1"], "--workshop-id"),
        (["--dry-run", "--gateway-id", "../x"], "--gateway-id"),
        (["--dry-run", "--trade", "farming"], "sewing metal"),
        (["--dry-run", "--language", "fr"], "ko or en"),
        (["--dry-run", "--name", "one\ntwo"], "one line"),
        (["--dry-run", "--enroll", "no-slash"], "SHOP/GATEWAY"),
        (["--dry-run", "--enroll", "a/b/c"], "SHOP/GATEWAY"),
    ],
    ids=lambda value: " ".join(value).replace("\n", " ") if isinstance(value, list) else "",
)
def test_a_wrong_option_ends_it_with_two_and_says_why(options: list[str], why: str) -> None:
    done = run(INSTALL, *options)
    assert done.returncode == 2, done.stdout
    assert why in done.stderr
    assert "요" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="root gets further")
def test_a_checkout_without_wheels_says_how_to_make_them() -> None:
    done = run(INSTALL, *ANSWERS, "--force")
    assert done.returncode == 2
    assert "make package" in done.stderr


@pytest.mark.parametrize(
    "options",
    [[], ANSWERS, [*ANSWERS, "--no-mosquitto"], [*ANSWERS, "--center"], ["--uninstall"], ["--uninstall", "--purge"]],
    ids=lambda options: " ".join(options) or "none",
)
def test_a_rehearsal_changes_nothing_and_tells_every_action(options: list[str]) -> None:
    before = set(contents())
    done = run(INSTALL, "--dry-run", "--force", *options)
    assert done.returncode == 0, done.stderr
    assert set(contents()) == before
    actions = [line for line in done.stdout.splitlines() if line.startswith("+ ")]
    if "--uninstall" not in options:
        told = "\n".join(actions)
        wanted = ["-m venv", "pip", "edge_config.yaml", "70-gongbang.rules", "gongbang check", "gongbang.service"]
        wanted += [] if "--no-mosquitto" in options else ["conf.d/gongbang.conf", "account viewer", "server.crt"]
        wanted += ["gongbang-center.service", "center.yaml"] if "--center" in options else []
        places = [told.index(want) for want in wanted]
        assert places
        # Nothing is switched over before the new version has looked at the configuration.
        assert told.index("gongbang check") < told.index("/opt/gongbang/current")
    assert actions


# What it writes


def filled(**words: str) -> str:
    """The configuration's template with its words filled in by the script's own function."""
    parts = "".join(f'. "{DEPLOY}/parts/{name}.sh"; ' for name in ("say", "configuration"))
    values = {"gateway": "gw_1", "workshop": "shop-1", "trade": "sewing", "language": "ko", "publish": "publish: []"}
    done = run("sh", "-euc", f'{parts} filled "{DEPLOY}/edge_config.yaml"', env=os.environ | values | words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "name", ["창신 봉제 17호", 'a "b" \\ c', "@TRADE@ & \\1 $(id) `id` #", "'", "*x", "- {}", "null", "종로 & 보석 : 3"]
)
def test_any_name_arrives_as_it_was_given(name: str, tmp_path: Path) -> None:
    file = tmp_path / "edge_config.yaml"
    file.write_text(filled(name=name), "utf-8")
    config = load(file)
    assert config.workshop.name == name
    assert (config.workshop.id, config.gateway.id, config.workshop.trade) == ("shop-1", "gw_1", "sewing")


def test_the_broker_that_is_written_is_the_one_of_this_machine(tmp_path: Path) -> None:
    publish = (DEPLOY / "publish.yaml").read_text("utf-8").replace("@GATEWAY@", "gw_1")
    (tmp_path / "broker.password").write_text("secret")
    (tmp_path / "broker.password").chmod(0o640)
    (tmp_path / "ca.crt").write_text("certificate")
    file = tmp_path / "edge_config.yaml"
    file.write_text(filled(name="x", publish=publish).replace("/etc/gongbang", str(tmp_path)), "utf-8")
    (broker,) = load(file).publish
    assert broker.address == ("localhost", 8883)
    assert "listener 8883\n" in (DEPLOY / "mosquitto" / "gongbang.conf").read_text("utf-8")
