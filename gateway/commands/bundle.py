"""The diagnostic bundle: `gongbang doctor --bundle`, and what a daemon asks in a process of its own."""

import base64
import subprocess
from pathlib import Path
from typing import Any, Final

from gateway.apart import reply
from gateway.commands import doctor
from gateway.config.load import load
from gateway.config.parts import Journal
from gateway.config.root import EdgeConfig
from gateway.diagnosis.box import box, versions
from gateway.diagnosis.lines import KEPT
from gateway.diagnosis.masking import Masker
from gateway.diagnosis.packing import headers, packed, shown
from gateway.errors import ConfigurationError

UNIT: Final = "gongbang"
JOURNALCTL_S: Final = 20.0


def answer(question: dict[str, Any]) -> str:
    """Return the bundle (base64) of a daemon that runs, by its `config`, `components` and last `lines`."""
    made = bundle(Path(question["config"]), question["components"], question["lines"])
    return base64.b64encode(made).decode()


def write(config: Path, to: Path) -> None:
    """Write the bundle to a file that only its owner reads. Raises OSError."""
    to.touch(mode=0o600)
    to.write_bytes(bundle(config, None, _logged()))


def bundle(path: Path, components: list[dict[str, Any]] | None, lines: list[str]) -> bytes:
    """Return the bundle as a ZIP; `components` None: those of a daemon that runs on this configuration, if one does."""
    try:
        written = path.read_text("utf-8", "replace")
    except OSError:
        written = ""
    config = _loaded(path)
    running = doctor.running(config) if components is None and config else components
    findings = list(doctor.examine(path, running))
    folder = Path(config.journal.path if config else Journal().path).absolute().parent
    parts: dict[str, object] = {
        "versions.json": versions(),
        "configuration.json": shown(config) if config else "설정이 틀렸어요. / It does not load: see doctor.txt.\n",
        "components.json": running or [],
        "doctor.txt": "\n".join(map(doctor.line, findings)) + "\n",
        "box.json": box(folder),
        "log.txt": "\n".join(lines) + "\n",
    }
    return packed(parts, Masker(written, headers(config) if config else ()))


def _loaded(path: Path) -> EdgeConfig | None:
    try:
        return load(path)
    except ConfigurationError:
        return None


def _logged() -> list[str]:
    """Return the last lines of the service, where systemd keeps them."""
    command = ["journalctl", "--unit", UNIT, "--lines", str(KEPT), "--no-pager", "--output", "short-iso"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=JOURNALCTL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [f"journalctl: {error}"]
    return done.stdout.decode("utf-8", "replace").splitlines()


if __name__ == "__main__":
    reply(answer)
