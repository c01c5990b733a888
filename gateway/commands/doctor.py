"""`gongbang doctor`: everything that can be wrong, in one page, each with its mend."""

import argparse
import asyncio
import json
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import apsw

from drivers.base import DriverConfig
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.modbus import ModbusBus
from drivers.modbus_device import ModbusConfig
from drivers.registry import build
from gateway.backup.backups import LATE
from gateway.clock import SystemClock
from gateway.commands.client import asked_by
from gateway.config.actions import NotifyAction, WebhookAction
from gateway.config.backup import Backup
from gateway.config.load import load
from gateway.config.parts import size_bytes
from gateway.config.publish import CenterPublisher
from gateway.config.root import EdgeConfig
from gateway.consent import Consent
from gateway.errors import ConfigurationError, Refused, SinkAway, StorageFailed
from gateway.finding.wiring import troubles
from gateway.journal.accounts import books
from gateway.journal.census import Census
from gateway.journal.reader import open_reader
from gateway.table import PointTable
from gateway.web.sockets import listen

CONNECT_S = 5.0
SEND_S = 310.0  # longer than any action may take
LEAST_FREE_BYTES = 500_000_000

State = Literal["ok", "warning", "wrong"]
Words = dict[str, str]
Entry = dict[str, Any]
STATES: dict[str, Words] = {
    "up": {"ko": "잘 돼요", "en": "up"},
    "down": {"ko": "끊겼어요", "en": "down"},
    "waiting": {"ko": "기다려요", "en": "waiting"},
    "off": {"ko": "껐어요", "en": "off"},
}


WORDS: dict[str, Words] = {
    "ntp": {"ko": "시간이 맞아요 (NTP)", "en": "synchronised (NTP)"},
    "trusted": {"ko": "설정대로 믿어요", "en": "trusted by the configuration"},
    "operator": {"ko": "사람이 맞춘 시각이에요", "en": "set by an operator"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; texts in both languages. There is a mend when it is not well."""

    what: str
    state: State
    found: Words
    mend: Words | None = None


def run(options: argparse.Namespace) -> int:
    """Look at everything; 0 when nothing is wrong, 1 when something is, 2 for a configuration that does not load.

    With `send`, do one action for a test instead; with `bundle`, write the diagnostic bundle.
    Raises ConfigurationError.
    """
    if options.send is not None:
        return _send(options)
    if options.bundle is not None:
        return _bundle(Path(options.config), Path(options.bundle))
    findings = list(examine(Path(options.config)))
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        print("\n".join(map(line, findings)))
    if findings[0].state == "wrong":
        return 2
    return int(any(finding.state == "wrong" for finding in findings))


def _bundle(config: Path, to: Path) -> int:
    from gateway.commands import bundle

    try:
        bundle.write(config, to)
    except OSError as error:
        print(f"✗ {to}: {error}", file=sys.stderr)
        return 1
    print(f"✓ {to}: 비밀번호와 열쇠는 뺐어요. / Passwords and keys are taken out.")
    return 0


def _send(options: argparse.Namespace) -> int:
    config = load(Path(options.config))
    names = [action.name for action in config.actions]
    if options.send not in names:
        known = ", ".join(names) or "-"
        raise ConfigurationError([f"{options.send}: actions에 없어요. / not under actions, which has: {known}"])
    try:
        with asked_by(options.user, config, SEND_S) as gateway:
            gateway.post(f"actions/{options.send}/test")
    except (Refused, SinkAway) as why:
        print(json.dumps({"action": options.send, "why": str(why)}) if options.json else f"✗ {options.send}: {why}")
        return 1
    sent = "시험으로 해 봤어요. 도착했는지 봐 주세요. / Done for a test: see whether it arrived."
    print(json.dumps({"action": options.send, "why": ""}) if options.json else f"✓ {options.send}: {sent}")
    return 0


def examine(path: Path, told: list[Entry] | None = None) -> Iterator[Finding]:
    """Yield what was found, the configuration first: without one, the rest cannot be looked at.

    `told`: what a gateway that runs says of its components, where that is known already.
    """
    try:
        config = load(path)
    except ConfigurationError as error:
        mend = _words("틀린 줄을 모두 고쳐 주세요.", "Mend each line.")
        yield Finding("configuration", "wrong", _same("\n    ".join(error.problems)), mend)
        return
    yield Finding("configuration", "ok", _same(str(path)))
    yield Finding("versions", "ok", _same(f"Python {sys.version.split()[0]}, SQLite {apsw.sqlite_lib_version()}"))
    yield _clock(config)
    yield from _journal(config)
    yield from _backups(config)
    yield _screens()
    parts = running(config) if told is None else told
    yield _dashboard(config, parts is not None)
    if parts is None:
        yield from _ledger(_accounts_on(Path(config.journal.path)))
        yield from _wires(config)
    else:
        yield from (_component(part) for part in parts if part["kind"] != "clock")  # that was looked at
        yield from _ledger([(part["name"], one) for part in parts for one in part["detail"].get("ledger", ())])


def _clock(config: EdgeConfig) -> Finding:
    word = SystemClock(config.clock.trust, Consent.beside(config.journal.path)).word
    if word != "none":
        return Finding("clock", "ok", WORDS[word])
    hold_s = f"{config.clock.hold_s:g}"
    return Finding(
        "clock",
        "warning",
        _words(
            f"시간이 아직 안 맞아요. 기록은 {hold_s}초까지 기다렸다가, 안 맞은 시계라고 적혀 나가요.",
            f"not synchronised: rows wait up to {hold_s} s, then go out marked unsynced",
        ),
        _words(
            "인터넷(NTP)을 연결하거나, 휴대폰이나 태블릿으로 화면을 열어 그 시각으로 맞춰 주세요. "
            "시계가 맞다면 clock: {trust: true}로 믿을 수도 있어요.",
            "Connect the network (NTP), or open the dashboard on a phone or tablet and set the clock by it. "
            "A clock that is right can be trusted by clock: {trust: true}.",
        ),
    )


def _journal(config: EdgeConfig) -> Iterator[Finding]:
    folder = Path(config.journal.path).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        user = os.environ.get("USER", "gongbang")
        found = _words(f"{folder}에 쓸 수 없어요", f"{folder} cannot be written")
        yield Finding("journal", "wrong", found, _same(f"sudo install -d -o {user} {folder}"))
        return
    loss_s = f"{config.journal.samples_commit_s:g}"
    yield Finding(
        "journal",
        "ok",
        _words(
            f"{config.journal.path}; 정전이 나도 받았다고 답한 것은 남고, 측정값은 길어야 {loss_s}초치를 잃어요",
            f"{config.journal.path}; a power cut takes nothing acknowledged, and at most {loss_s} s of samples",
        ),
    )
    yield _room(folder, size_bytes(config.journal.max_bytes))


def _backups(config: EdgeConfig) -> Iterator[Finding]:
    """Say how old the newest copy of each backup is, as the journal tells it."""
    kept = [one for one in config.backup if one.enabled]
    if not kept and not any(isinstance(one, CenterPublisher) and one.enabled for one in config.publish):
        found = _words("카드가 상하면 모두 잃어요: 백업이 없어요", "a worn-out card would take all: there is no backup")
        mend = _words(
            "설정에 backup을 적어 주세요 (안내서의 백업).", "Write backup: into the configuration (see the guide)."
        )
        yield Finding("backup", "warning", found, mend)
    made = _last_copies(Path(config.journal.path))
    for one in kept:
        yield _age(one, made.get(one.name))


def _last_copies(path: Path) -> dict[str, int]:
    """Return when the last copy of each backup was made (UTC ns)."""
    try:
        with open_reader(path) as reader:
            return {row.source: row.time_ns for row in reader.tail(1000, ["backup"]) if row.body.get("ok")}
    except (FileNotFoundError, StorageFailed, apsw.Error):
        return {}


def _age(one: Backup, last_ns: int | None) -> Finding:
    mend = _words(
        "백업할 곳을 확인하고 gongbang backup --now를 실행해 주세요.", "See to its place, then: gongbang backup --now."
    )
    if last_ns is None:
        return Finding(one.name, "warning", _words("백업이 아직 없어요", "no copy was made yet"), mend)
    hours = (time.time_ns() - last_ns) / 3.6e12
    found = _words(f"마지막 백업이 {hours:.0f}시간 전이에요", f"the last copy is {hours:.0f} h old")
    late = hours > LATE * one.every_h
    return Finding(one.name, "warning" if late else "ok", found, mend if late else None)


def _room(folder: Path, wanted: int) -> Finding:
    free = shutil.disk_usage(folder).free
    if free >= LEAST_FREE_BYTES:
        return Finding("disk", "ok", _words(f"{free / 1e9:.1f} GB 남음", f"{free / 1e9:.1f} GB free"))
    return Finding(
        "disk",
        "warning",
        _words(
            f"{free / 1e6:.0f} MB 남음, 기록은 {wanted / 1e6:.0f} MB까지 쓸 수 있어요",
            f"{free / 1e6:.0f} MB free, the journal may take {wanted / 1e6:.0f} MB",
        ),
        _words("카드를 비우거나 journal: max_bytes를 줄여 주세요.", "Free the card, or lower journal: max_bytes."),
    )


def _accounts_on(path: Path) -> list[tuple[str, Entry]]:
    """Return the accounts of a journal that no daemon writes, by component; none where there is no journal yet."""
    try:
        with open_reader(path) as reader:
            census, ends = Census(), reader.known_ends()
            census.count(reader.db, ends)
            found = books(reader.db, ends, census)
    except (FileNotFoundError, StorageFailed, apsw.Error):
        return []  # `gongbang journal verify` says what is wrong with it
    own = [("journal", account.entry()) for account in found.streams]
    return own + [(name, account.entry()) for name, accounts in found.publishers.items() for account in accounts]


def _ledger(accounts: list[tuple[str, Entry]]) -> Iterator[Finding]:
    """Say whether the sums of the ledger of losses close, and what was lost or refused."""
    if not accounts:
        return
    parts = [
        (name, account["stream"], part["what"], part["rows"]) for name, account in accounts for part in account["parts"]
    ]
    open_ = [f"{name}/{stream}: {rows}" for name, stream, what, rows in parts if what == "unexplained"]
    if open_:
        found = _words(f"합이 맞지 않아요: {', '.join(open_)}", f"the sums do not close: {', '.join(open_)}")
        yield Finding("ledger", "wrong", found, _same("gongbang journal verify"))
        return
    lost = sum(rows for name, _, what, rows in parts if what == "lost" and name == "journal")
    refused = sum(rows for _, stream, what, rows in parts if what == "refused" and stream in ("e", "s"))
    if not lost and not refused:
        yield Finding("ledger", "ok", _words("합이 모두 맞고 잃은 것이 없어요", "every sum closes, nothing was lost"))
        return
    found = _words(
        f"합은 모두 맞아요. 잃은 기록 {lost}건, 거절된 것 {refused}건",
        f"every sum closes; lost {lost}, refused by other sides {refused}",
    )
    yield Finding("ledger", "warning", found, _same(f"gongbang journal {'dead' if refused else 'tail --kind gap'}"))


def _screens() -> Finding:
    if (Path(__file__).parents[1] / "web" / "static" / "index.html").exists():
        return Finding("screens", "ok", _words("있어요", "there"))
    mend = _words("tools/screens.sh를 실행해 주세요.", "Run tools/screens.sh.")
    return Finding("screens", "wrong", _words("아직 만들지 않았어요", "not built"), mend)


def running(config: EdgeConfig) -> list[dict[str, Any]] | None:
    """Return the components of a gateway that runs on this configuration's port; None when none does.

    Empty when it does not let us look without a login.
    """
    try:
        with urllib.request.urlopen(f"{config.dashboard.url}api/v1/components", timeout=CONNECT_S) as answer:
            return list(json.load(answer)["components"])
    except urllib.error.HTTPError as refused:
        refused.close()
        return [] if refused.code == 401 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _dashboard(config: EdgeConfig, running: bool) -> Finding:
    address = config.dashboard.url
    if running:
        return Finding("dashboard", "ok", _words(f"{address} 게이트웨이가 돌고 있어요", f"{address} the gateway runs"))
    try:
        listen(config.dashboard.host, config.dashboard.port).close()
    except OSError as error:
        mend = _words("dashboard: port를 바꿔 주세요.", "Change dashboard: port.")
        return Finding("dashboard", "wrong", _same(str(error.strerror)), mend)
    return Finding("dashboard", "ok", _same(address))


def _wires(config: EdgeConfig) -> Iterator[Finding]:
    table = PointTable.of(config)
    for driver in config.drivers:
        if driver.enabled:
            yield (reached := asyncio.run(_wire(driver, table)))
            if reached.state == "ok" and isinstance(driver, ModbusConfig):
                yield from asyncio.run(_devices(driver, table))
    for publisher in config.publish:
        if publisher.enabled:
            yield _other_side(publisher.name, publisher.address)
    for action in config.actions:
        if isinstance(action, WebhookAction) and action.enabled:
            yield _other_side(action.name, action.address)
        elif isinstance(action, NotifyAction) and action.enabled:
            yield _apprise(action)


async def _wire(config: DriverConfig, table: PointTable) -> Finding:
    """Connect as the daemon does, and close again."""
    try:
        async with asyncio.timeout(config.enter_s), build(config, table.slots(config.name)):
            return Finding(config.name, "ok", _words("연결돼요", "connects"))
    except (DeviceGone, WrongConfiguration, TimeoutError) as error:
        found = _same(str(error)) if str(error) else _words("대답이 없어요", "no answer")
        mend = _words("전원과 케이블, 주소를 확인해 주세요.", "Check its power, the cable and the address.")
        return Finding(config.name, "wrong", found, mend)


async def _devices(config: ModbusConfig, table: PointTable) -> list[Finding]:
    """Read each device of a bus once: what is wrong with its wiring, in plain words."""
    bus = build(config, table.slots(config.name))
    assert isinstance(bus, ModbusBus)
    try:
        return [Finding(one.device, "wrong", one.found, one.mend) async for one in troubles(bus, config)]
    except (DeviceGone, WrongConfiguration) as error:
        mend = _words("전원과 케이블을 확인해 주세요.", "Check its power and the cable.")
        return [Finding(config.name, "wrong", _same(str(error)), mend)]


def _apprise(action: NotifyAction) -> Finding:
    if find_spec("apprise") is None:
        found = _words("apprise가 설치되어 있지 않아요", "apprise is not installed")
        return Finding(action.name, "wrong", found, _same("pip install 'gongbang[notify]'"))
    return Finding(action.name, "ok", _same(action.urls_file))


def _other_side(name: str, address: tuple[str, int]) -> Finding:
    host, port = address
    try:
        socket.create_connection((host, port), timeout=CONNECT_S).close()
    except OSError as error:
        mend = _words("그쪽 서버를 켜 주세요. 그동안의 기록은 남아 있어요.", "Start it; meanwhile nothing is lost.")
        return Finding(name, "warning", _same(f"{host}:{port}: {error}"), mend)
    return Finding(name, "ok", _same(f"{host}:{port}"))


def _component(told: dict[str, Any]) -> Finding:
    """What a running gateway says of one of its parts: the wires are its own, so they are not tried a second time."""
    well = told["state"] == "up" and not told["advice"]
    state: State = "ok" if well else "wrong" if told["kind"] == "driver" else "warning"
    why = "" if state == "ok" or not told["last_error"] else f": {told['last_error']}"
    found = {language: word + why for language, word in STATES[told["state"]].items()}
    return Finding(told["name"], state, found, told["advice"])


def _words(ko: str, en: str) -> Words:
    return {"ko": ko, "en": en}


def _same(text: str) -> Words:
    return {"ko": text, "en": text}


def line(finding: Finding) -> str:
    """Return a finding as the page has it."""
    mark = {"ok": "✓", "warning": "△", "wrong": "✗"}[finding.state]
    mend = f"\n    → {_shown(finding.mend)}" if finding.mend else ""
    return f"{mark} {finding.what:16} {_shown(finding.found)}{mend}"


def _shown(words: Words) -> str:
    return words["ko"] if words["ko"] == words["en"] else f"{words['ko']} / {words['en']}"
