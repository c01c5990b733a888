"""An order to restore: what somebody at a screen has chosen; it is carried out while no daemon has the journal open."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from gateway.backup.copies import UPLOADED
from gateway.backup.restore import Outcome, restore
from gateway.backup.seal import NotOpened
from gateway.clock import Clock
from gateway.config.edit_history import Configurations, revision_of, written
from gateway.config.load import load
from gateway.errors import ConfigurationError, StorageFailed

log = logging.getLogger("gongbang")
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """Which copy, by whom, and whether its configuration is taken over too. The passphrase is never written down."""

    copy: Path
    by: str
    configuration: bool
    passphrase: bytes | None = None


def carry_out(order: Order, journal: Path, config: Path, clock: Clock) -> Answer:
    """Restore; say what came of it. Where it fails the journal is as it was, and `ok` is false."""
    try:
        outcome = restore(order.copy, journal, config, order.passphrase, clock, order.by, over=True)
    except (NotOpened, OSError, apsw.Error, ConfigurationError, StorageFailed) as error:
        log.warning("%s was not restored: %s", order.copy, error)
        return {"ok": False, "said": str(error)}
    taken, why = _configuration(order, outcome, journal, config, clock)
    if order.copy == journal.with_name(journal.name + UPLOADED):
        order.copy.unlink(missing_ok=True)
    made = outcome.manifest
    log.warning("%s was restored; numbers go on at %s", order.copy, outcome.epoch)
    return {
        "ok": True,
        "said": why,
        "events": made.events,
        "made_ts": made.made_ms,
        "epoch": outcome.epoch,
        "whole": outcome.report.well,
        "aside": outcome.aside.name if outcome.aside else None,
        "configuration": taken,
    }


def _configuration(order: Order, outcome: Outcome, journal: Path, config: Path, clock: Clock) -> tuple[str, str]:
    """Take the copy's configuration over, if that was ordered and it can run here; what stood is kept in the history.

    Return `same`, `taken` or `beside`, and why it is beside.
    """
    if outcome.config is None or outcome.config == config:
        return "same", ""
    if not order.configuration:
        return "beside", ""
    try:
        found = load(outcome.config)
    except ConfigurationError as error:
        return "beside", error.problems[0]
    if Path(found.journal.path).absolute() != journal.absolute():
        return "beside", f"journal.path: {found.journal.path}"
    before, text = (file.read_text("utf-8", "surrogateescape") for file in (config, outcome.config))
    kept, now_ms = Configurations(journal.with_name("configurations")), clock.time_ns(clock.mono_ns()) // 1_000_000
    present = kept.of(revision_of(before)) or kept.add(before, now_ms, "", "", 0)
    kept.add(text, now_ms, order.by, f"restore {order.copy.name}", present.number)
    written(config, text, config.stat().st_mode & 0o777)
    outcome.config.unlink()
    return "taken", ""
