"""The installation into a fresh Debian, which is then booted: files, sandbox, broker, watchdog, upgrade, removal.

The tests stand in the order of a machine's life, and each leaves it well for the next one.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import until

from tests.deploy.debian import Debian, Ran

pytestmark = pytest.mark.slow
WAIT_S = 90.0
WORKSHOP, GATEWAY = "changsin-017", "gw_1"
ANSWERS = ["--workshop-id", WORKSHOP, "--name", '창신 "봉제" 17호', "--trade", "sewing", "--gateway-id", GATEWAY]
SHOWN_ONCE = re.compile(r"password \(not shown again\)[:\s]+(\S{24})")
OWNED = {  # mode, owner, group
    "/etc/gongbang": ("750", "root", "gongbang"),
    "/var/lib/gongbang/edge_config.yaml": ("640", "gongbang", "gongbang"),
    "/etc/gongbang/broker.password": ("640", "root", "gongbang"),
    "/etc/gongbang/ca.crt": ("644", "root", "root"),
    "/etc/gongbang/ca": ("700", "root", "root"),
    "/etc/gongbang/ca/ca.key": ("600", "root", "root"),
    "/etc/mosquitto/conf.d/gongbang.conf": ("644", "root", "root"),
    "/etc/mosquitto/gongbang/passwd": ("600", "mosquitto", "mosquitto"),
    "/etc/mosquitto/gongbang/acl": ("600", "mosquitto", "mosquitto"),
    "/etc/mosquitto/gongbang/server.key": ("640", "root", "mosquitto"),
    "/etc/systemd/system/gongbang.service": ("644", "root", "root"),
    "/etc/udev/rules.d/70-gongbang.rules": ("644", "root", "root"),
    "/var/lib/gongbang": ("750", "gongbang", "gongbang"),
    "/opt/gongbang": ("755", "root", "root"),
}


def contents(root: Path) -> set[tuple[str, int, int, int]]:
    """Every file of a root: name, mode, size, and the time of its last change in ns; not what the kernel shows."""
    shown = {root / name for name in ("proc", "dev", "sys")}
    found = set()
    waiting = [path for path in root.iterdir() if path not in shown]
    while waiting:
        path = waiting.pop()
        state = path.lstat()
        found.add((str(path), state.st_mode, state.st_size, state.st_ctime_ns))
        if path.is_dir() and not path.is_symlink():
            waiting += path.iterdir()
    return found


def well(done: Ran) -> str:
    """What a command said that went well."""
    assert done.code == 0, done
    return done.out


def current(debian: Debian) -> str:
    """The release that runs."""
    return well(debian.run("readlink", "/opt/gongbang/current")).strip()


def ready(debian: Debian) -> bool:
    """Whether the gateway runs and shows its shop."""
    asked = debian.python("ask", "/ready") if debian.active("gongbang") else None
    return asked is not None and asked.code == 0 and bool(asked.json["ready"])


@pytest.fixture(scope="module")
def installed(debian: Debian) -> tuple[Debian, Ran]:
    """Gongbang installed, in a system that does not run yet; and what the installation said."""
    done = debian.run(debian.release(), *ANSWERS)
    assert done.code == 0, done
    return debian, done


@pytest.fixture(scope="module")
def booted(installed: tuple[Debian, Ran]) -> Iterator[Debian]:
    """The machine, switched on."""
    debian, _ = installed
    debian.boot()
    until(lambda: debian.active("gongbang"), "the gateway starts with the machine", WAIT_S)
    yield debian
    debian.cut_power()


# On the files


def test_a_rehearsal_changes_no_file(debian: Debian) -> None:
    installer = debian.release()
    before = contents(debian.root)
    done = debian.run(installer, "--dry-run")
    assert done.code == 0, done
    assert "+ apt-get install" in done.out
    assert contents(debian.root) == before


def test_one_that_fails_half_way_leaves_nothing_that_runs(debian: Debian) -> None:
    broken = debian.release("broken")
    (wheel,) = debian.path("/releases/broken/wheels").glob("apsw-*")
    wheel.unlink()
    done = debian.run(broken, *ANSWERS)
    assert done.code == 1, done
    assert "run it again" in done.err
    assert not debian.path("/opt/gongbang/current").is_symlink()
    assert not debian.path("/etc/gongbang/edge_config.yaml").exists()
    assert not debian.path("/etc/systemd/system/gongbang.service").exists()


def test_each_file_has_its_owner_and_its_mode(installed: tuple[Debian, Ran]) -> None:
    debian, _ = installed
    listed = well(debian.run("stat", "-c", "%n %a %U %G", *OWNED))
    found = {name: tuple(rest) for name, *rest in (line.split() for line in listed.splitlines())}
    assert found == OWNED


def test_the_user_reaches_the_devices_and_nothing_else(installed: tuple[Debian, Ran]) -> None:
    debian, _ = installed
    groups = set(well(debian.run("id", "-nG", "gongbang")).split())
    assert groups == {"gongbang", "dialout", "video", "input", "lp"}
    assert "nologin" in well(debian.run("getent", "passwd", "gongbang"))
    assert debian.run("runuser", "-u", "gongbang", "--", "cat", "/etc/gongbang/ca/ca.key").code != 0
    assert debian.run("runuser", "-u", "gongbang", "--", "touch", "/opt/gongbang/current/x").code != 0


def test_the_configuration_holds_the_answers_and_is_well(installed: tuple[Debian, Ran]) -> None:
    debian, _ = installed
    said = debian.run(
        "runuser", "-u", "gongbang", "--", "gongbang", "check", "-c", "/etc/gongbang/edge_config.yaml", "--json"
    )
    assert said.json["ok"]
    text = debian.path("/etc/gongbang/edge_config.yaml").read_text("utf-8")
    assert 'name: "창신 \\"봉제\\" 17호"' in text
    assert f"id: {WORKSHOP}" in text


def test_the_page_and_the_viewer_s_password_are_told(installed: tuple[Debian, Ran]) -> None:
    _, said = installed
    assert ":8080/" in said.out
    assert SHOWN_ONCE.search(said.out)
    assert "set-up code" in said.out


def test_a_system_that_does_not_run_is_told_and_starts_it_with_the_machine(installed: tuple[Debian, Ran]) -> None:
    debian, said = installed
    assert "systemd does not run here" in said.out
    assert debian.run("systemctl", "is-enabled", "gongbang", "mosquitto").out.split() == ["enabled", "enabled"]


def test_the_command_in_the_path_is_the_one_of_the_unit(installed: tuple[Debian, Ran]) -> None:
    debian, _ = installed
    text = debian.path("/etc/systemd/system/gongbang.service").read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert well(debian.run(command.split()[0], "--version")) == well(debian.run("gongbang", "--version"))
    assert (
        debian.run("readlink", "-f", "/usr/local/bin/gongbang").out
        == debian.run("readlink", "-f", command.split()[0]).out
    )


def test_the_engine_is_the_compiled_one(installed: tuple[Debian, Ran]) -> None:
    debian, _ = installed
    python = Path(debian.run("readlink", "-f", "/usr/local/bin/gongbang").out.strip()).with_name("python")
    asked = "from gateway.engine import kernel; print(kernel.LOADED is not None)"
    assert well(debian.run(str(python), "-c", asked)).strip() == "True"


# On the machine that runs


def test_it_becomes_ready_by_itself(booted: Debian) -> None:
    until(lambda: ready(booted), "the shop is seen", WAIT_S)
    assert booted.run("systemctl", "show", "-P", "NRestarts", "gongbang").out.strip() == "0"
    assert "Traceback" not in booted.journal("gongbang")
    # systemd takes every line of the unit: what it does not know, it says.
    told = booted.run("journalctl", "-o", "cat", "--no-pager", "SYSLOG_IDENTIFIER=systemd").out
    assert not re.findall(r".*gongbang\.service:\d+: .*", told)


def test_the_owner_comes_in_with_the_code_that_the_journal_shows(booted: Debian) -> None:
    (code, *_) = re.findall(r"set-up code: (\d{8})", booted.journal("gongbang"))
    assert well(booted.python("ask", "setup", code))
    components = booted.python("ask", "/components").json["components"]
    assert {part["name"]: part["state"] for part in components}["journal"] == "up"


def test_the_broker_lets_each_in_to_what_is_theirs(installed: tuple[Debian, Ran], booted: Debian) -> None:
    found = SHOWN_ONCE.search(installed[1].out)
    assert found
    until(lambda: booted.active("mosquitto"), "the broker starts, network or not", 180)  # Debian 13's waits for one
    until(lambda: "broker: connected" in booted.journal("gongbang"), "the gateway has found it", WAIT_S)
    seen = json.loads(well(booted.python("broker", found[1])))
    status = json.loads(seen.pop("status that the viewer hears"))
    assert status["state"] == "online", "our daemon came in by TLS, and what it says is heard"
    assert seen == {
        "gateway": "Success",
        "own topic": 16,  # nobody subscribes to it: taken
        "another gateway's topic": 135,  # not authorised
        "another workshop's topic": 135,
        "viewer": "Success",
        "viewer publishes": 135,
        "nobody": "Not authorized",
        "nobody, unencrypted": "Not authorized",
        "wrong password": "Not authorized",
        "gateway, unencrypted": "Success",
        "by address": "Success",
        "without our CA": "SSLCertVerificationError",
    }


def test_the_process_is_in_its_box(booted: Debian) -> None:
    pid = booted.main_pid("gongbang")
    lines = well(booted.run("cat", f"/proc/{pid}/status")).splitlines()
    state = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert (state["Seccomp"], state["NoNewPrivs"]) == ("2", "1")
    assert {int(state[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}

    def writes(place: str) -> bool:
        return booted.run("nsenter", "-t", pid, "-m", "touch", place).code == 0

    assert writes("/var/lib/gongbang/x")
    assert not [place for place in ("/etc/x", "/usr/x", "/opt/gongbang/x", "/var/x", "/home/x") if writes(place)]


def test_every_driver_of_the_demo_s_shop_works_in_the_box(booted: Debian) -> None:
    simulation = "/opt/gongbang/current/bin/python -m gateway.demo.simulate -c"
    example = well(
        booted.run("sh", "-c", "echo /opt/gongbang/current/lib/python3*/site-packages/gateway/demo/edge_config.yaml")
    )
    start = f"{simulation} {example.strip()} >/run/simulation/wires"
    unit = ["--unit=simulation", "-p", "User=gongbang", "-p", "RuntimeDirectory=simulation"]
    well(booted.run("systemd-run", *unit, "sh", "-c", f"sleep infinity | {start}"))  # it lives as long as its input
    until(lambda: booted.run("grep", "-q", "overrides", "/run/simulation/wires").code == 0, "it simulates", WAIT_S)
    drivers = json.loads(well(booted.python("shop", "/run/simulation/wires")))
    assert {"bus_1", "scanner_1", "camera_1"} <= set(drivers)
    well(booted.run("systemctl", "reload", "gongbang"))

    def states() -> dict[str, Any]:
        components = booted.python("ask", "/components").json["components"]
        return {part["name"]: (part["state"], part["last_error"]) for part in components if part["name"] in drivers}

    until(lambda: {state for state, _ in states().values()} == {"up"}, f"all are read: {states()}", WAIT_S)
    assert len(states()) == len(drivers)
    points = booted.python("ask", "/points").json["points"]
    until(lambda: sum(p["value"] is not None for p in points) > len(points) / 2, "values flow", WAIT_S)
    assert "Traceback" not in booted.journal("gongbang")
    well(booted.run("systemctl", "stop", "simulation"))


def test_a_daemon_that_hangs_is_ended_and_started_again(booted: Debian) -> None:
    own = "/run/systemd/system/gongbang.service.d"
    well(booted.run("sh", "-c", f"mkdir -p {own} && printf '[Service]\\nWatchdogSec=4\\n' >{own}/short.conf"))
    well(booted.run("systemctl", "daemon-reload"))
    well(booted.run("systemctl", "restart", "gongbang"))
    before = booted.main_pid("gongbang")
    well(booted.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "gongbang"))
    until(lambda: booted.main_pid("gongbang") not in (0, before), "another runs", WAIT_S)
    until(lambda: booted.active("gongbang"), "it is ready", WAIT_S)
    assert "Watchdog timeout" in booted.journal("gongbang")
    well(booted.run("rm", "-r", own))
    well(booted.run("systemctl", "daemon-reload"))


def test_a_daemon_that_is_killed_comes_back(booted: Debian) -> None:
    before = booted.main_pid("gongbang")
    well(booted.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "gongbang"))
    until(lambda: booted.active("gongbang") and booted.main_pid("gongbang") != before, "it is back", WAIT_S)


# Another version


def test_a_second_run_changes_nothing_that_matters(booted: Debian) -> None:
    before, password = current(booted), booted.path("/etc/gongbang/broker.password").read_text()
    done = booted.run(booted.release())
    assert done.code == 0, done
    assert current(booted) == before
    assert booted.path("/etc/gongbang/broker.password").read_text() == password
    assert not SHOWN_ONCE.search(done.out)
    assert booted.active("gongbang")


def test_a_configuration_that_the_new_version_refuses_stops_the_upgrade_before_anything_is_switched(
    booted: Debian,
) -> None:
    before, pid = current(booted), booted.main_pid("gongbang")
    config = booted.path("/etc/gongbang/edge_config.yaml")
    good = config.read_text("utf-8")
    config.write_text(good + "rulez: []\n", "utf-8")
    done = booted.run(booted.release("newer", **{"requirements.txt": "# another build\n"}))
    config.write_text(good, "utf-8")
    assert done.code == 2, done
    assert "rulez" in done.out + done.err
    assert current(booted) == before
    assert booted.main_pid("gongbang") == pid, "it runs on"


def test_an_upgrade_keeps_the_configuration_and_the_journal(booted: Debian) -> None:
    before = current(booted)
    file = booted.path("/etc/gongbang/edge_config.yaml")
    config = file.read_text("utf-8")
    file.unlink()  # as installations stood whose screen could not change it
    file.write_text(config, "utf-8")
    kept = booted.python("ask", "/events?limit=200").json["events"]
    done = booted.run(booted.release("newer"))
    assert done.code == 0, done
    assert current(booted) != before
    assert booted.path(before).is_dir(), "the one before stays, to go back to"
    assert file.read_text("utf-8") == config
    assert well(booted.run("stat", "-Lc", "%n %a %U", "/etc/gongbang/edge_config.yaml")).split()[1:] == [
        "640",
        "gongbang",
    ]
    assert file.resolve() == booted.path("/var/lib/gongbang/edge_config.yaml"), "where the daemon may write"
    assert booted.active("gongbang")
    ids = {event["id"] for event in booted.python("ask", "/events?limit=200").json["events"]}
    assert {event["id"] for event in kept[:50]} <= ids


def test_a_version_that_does_not_become_ready_is_taken_back(booted: Debian) -> None:
    before = current(booted)
    unit = "[Service]\nExecStart=\nExecStart=/bin/false\n"
    done = booted.run(booted.release("bad", **{"requirements.txt": "# a third\n", "systemd/gongbang.service": unit}))
    assert done.code == 1, done
    assert "The version before runs again" in done.err
    assert current(booted) == before
    assert "/bin/false" not in booted.path("/etc/systemd/system/gongbang.service").read_text()
    assert booted.active("gongbang")


def test_old_versions_go_and_the_last_one_stays(booted: Debian) -> None:
    before = current(booted)
    done = booted.run(booted.release("mended", **{"requirements.txt": "# a third\n"}))
    assert done.code == 0, done
    assert current(booted) != before
    stay = {path.name for path in booted.path("/opt/gongbang").iterdir()}
    assert stay == {"current", Path(before).name, Path(current(booted)).name}


def test_another_gateway_gets_an_account_for_its_own_topics(booted: Debian) -> None:
    said = well(booted.run(booted.release(), "--enroll", "changsin-018/gw_9"))
    assert SHOWN_ONCE.search(said)
    acl = booted.path("/etc/mosquitto/gongbang/acl").read_text()
    assert "user changsin-018/gw_9\ntopic readwrite gongbang/v1/changsin-018/gw_9/#\n" in acl
    assert booted.active("mosquitto")
    assert booted.run(booted.release(), "--enroll", "changsin-018/gw_9").code == 2, "an account is not written over"


# The end


def test_removing_it_keeps_the_journal_and_the_settings(booted: Debian) -> None:
    said = well(booted.run(booted.release(), "--uninstall"))
    assert "/var/lib/gongbang" in said
    assert not booted.active("gongbang")
    for gone in ("/opt/gongbang", "/usr/local/bin/gongbang", "/etc/systemd/system/gongbang.service"):
        assert not booted.path(gone).exists(), gone
    for kept in ("/var/lib/gongbang/journal.db", "/etc/gongbang/edge_config.yaml", "/etc/gongbang/broker.password"):
        assert booted.path(kept).exists(), kept
    assert booted.active("mosquitto"), "the broker runs on, as Debian has it"


def test_installed_again_it_goes_on_where_it_was(booted: Debian) -> None:
    done = booted.run(booted.release())
    assert done.code == 0, done
    assert not SHOWN_ONCE.search(done.out), "the accounts are those of before"
    assert booted.python("ask", "/events?kind=config").json["events"][1:], "the starts of before are in the journal"


def test_a_purge_asks_for_a_yes_and_then_leaves_nothing(booted: Debian) -> None:
    refused = booted.run(booted.release(), "--uninstall", "--purge")
    assert refused.code == 2
    assert booted.active("gongbang")
    well(booted.run(booted.release(), "--uninstall", "--purge", "--yes"))
    for gone in ("/opt/gongbang", "/var/lib/gongbang", "/etc/gongbang", "/etc/mosquitto/gongbang"):
        assert not booted.path(gone).exists(), gone
    assert booted.run("id", "gongbang").code != 0
