"""`gongbang restore`: a copy becomes this card's journal; says in plain words what it does not have."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import apsw

from gateway.backup.restore import Outcome, Refuses, restore
from gateway.backup.seal import NotOpened
from gateway.clock import SystemClock
from gateway.commands.backup import found, passphrase
from gateway.config.load import load
from gateway.config.parts import Journal
from gateway.consent import Consent
from gateway.errors import ConfigurationError


def run(options: argparse.Namespace) -> int:
    """Restore; 0 when well, 1 when it is no whole copy or damaged, 2 when the journal that is there would be lost.

    Raises ConfigurationError.
    """
    copy, config = found(Path(options.file)), Path(options.config)
    path = options.path or (load(config).journal.path if config.exists() else Journal().path)
    journal = Path(path)
    clock = SystemClock(consent=Consent.beside(journal))
    try:
        key = passphrase(copy, options.key_file)
        old = found(Path(options.names)) if options.names else None
        names = (old, passphrase(old, options.key_file)) if old else None
        outcome = restore(copy, journal, config, key, clock, "command", options.over, names)
    except Refuses as lost:
        raise ConfigurationError([_refused(lost)]) from None
    except (NotOpened, OSError, apsw.Error) as error:
        print(f"✗ {copy}: 되살리지 못했어요. / Not restored. {error}", file=sys.stderr)
        return 1
    print(json.dumps(_told(outcome), ensure_ascii=False) if options.json else _said(outcome))
    return int(not outcome.report.well)


def _refused(lost: Refuses) -> str:
    return (
        f"{lost.journal}: 백업에 없는 기록이 {lost.events}건 있어서 그대로 두었어요. 바꾸려면 --over를 붙여 주세요. "
        f"지금 것은 이름을 바꿔 남겨요. / {lost.events} events stand here that the copy does not have, so nothing was "
        "done. With --over it is replaced, and what is here is kept under another name."
    )


def _told(outcome: Outcome) -> dict[str, object]:
    made = outcome.manifest
    paths = {name: path and str(path) for name, path in (("aside", outcome.aside), ("config", outcome.config))}
    return paths | {
        "last": made.last,
        "last_ms": made.last_ms,
        "epoch": outcome.epoch,
        "report": asdict(outcome.report),
    }


def _said(outcome: Outcome) -> str:
    made, at = outcome.manifest, datetime.fromtimestamp(outcome.manifest.made_ms / 1e3)
    when = f"{at:%Y-%m-%d %H:%M}"
    lines = [
        f"✓ {made.workshop} {made.gateway}: {made.events}건을 되살렸어요. / {made.events} events were restored.",
        f"△ {when} 뒤의 것은 여기 없어요. 그 뒤에 찍은 표는 다시 찍으면 또 등록돼요. "
        "종이나 지원센터의 기록과 맞춰 봐 주세요.",
        f"  What came after {when} is not here: a ticket that was recorded since would be recorded again when it is "
        "scanned. Compare with paper or the support center.",
        f"  번호는 {outcome.epoch}부터라 예전 것과 겹치지 않아요. / "
        f"Numbers go on at {outcome.epoch}: none is given twice.",
    ]
    if not made.sums.get("people", {}).get("rows"):
        lines.append(
            "△ 사람 이름이 없는 백업이에요. 다시 적거나, --names로 예전 백업에서 가져와요. / "
            "Names of people are not in it: enter them again, or take them from an older copy by --names."
        )
    if outcome.aside:
        lines.append(f"  전에 있던 기록 / what was here: {outcome.aside}")
    if outcome.config:
        lines.append(f"  백업에 있던 설정 / the copy's configuration: {outcome.config}")
    if not outcome.report.well:
        lines += [f"  ✗ {name}" for name in outcome.report.names]
    lines.append("→ sudo systemctl start gongbang")
    return "\n".join(lines)
