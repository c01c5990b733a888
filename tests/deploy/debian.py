"""A fresh Debian to install into: its files, and the system booted on them, with a systemd and a network of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig import ROOT, until

SUITE = os.environ.get("GONGBANG_SUITE", "bookworm")
PYTHON = {"bookworm": "3.11", "trixie": "3.13"}[SUITE]
ENVIRONMENT = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", "LANG=C.UTF-8"]
INSIDE = Path(__file__).with_name("inside")
# As on a Pi, whatever this machine itself has; a newer systemd starts with nothing else.
UNIFIED = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
# nspawn's own filter forbids to ask whether the clock is synchronised, which no Pi does.
CLOCK = "--system-call-filter=adjtimex clock_adjtime clock_adjtime64"


@dataclass
class Ran:
    """What a command said. Everything it wrote is kept: an installation that fails is read from its beginning."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what it printed for programs."""
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def run(command: list[str], timeout_s: float = 300) -> Ran:
    """Run a command to its end, without a terminal."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, check=False, stdin=subprocess.DEVNULL
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass
class Debian:
    """A root folder: first only a folder that programs are run in, then a machine that runs."""

    root: Path
    log: Path
    machine: "subprocess.Popen[bytes] | None" = None
    leader: int = 0
    mounted: bool = False
    installers: dict[str, str] = field(default_factory=dict)  # where the releases are, inside

    def path(self, inside: str) -> Path:
        """Return where a file is from here."""
        return self.root / inside.lstrip("/")

    def run(self, *words: object, timeout_s: float = 300) -> Ran:
        """Run a command inside."""
        command = [*ENVIRONMENT, *map(str, words)]
        if self.leader:
            return run(
                ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", *command], timeout_s
            )
        return run(["chroot", str(self.root), *command], timeout_s)

    def python(self, program: str, *words: object, user: str = "root") -> Ran:
        """Run one of the programs in tests/deploy/inside with the installed Python."""
        shutil.copytree(INSIDE, self.path("/inside"), dirs_exist_ok=True)
        self.path("/inside").chmod(0o755)
        python = "/opt/gongbang/current/bin/python"
        return self.run("runuser", "-u", user, "--", python, "-I", f"/inside/{program}.py", *words)

    def mount(self) -> None:
        """Give it its /proc and /dev."""
        subprocess.run([ROOT / "tools" / "root.sh", "mount", self.root], check=True)
        self.mounted = True

    def unmount(self) -> None:
        """Take them away again."""
        if self.mounted:
            subprocess.run([ROOT / "tools" / "root.sh", "unmount", self.root], check=True)
            self.mounted = False

    def boot(self) -> None:
        """Start the system on these files. It reaches only itself: no package and no clock from outside."""
        self.unmount()
        self.path("/etc/machine-id").unlink(missing_ok=True)
        options = [] if Path("/run/systemd/system").is_dir() else ["--keep-unit"]
        name = f"gongbang-{os.getpid()}"
        command = ["systemd-nspawn", "--boot", "--quiet", "--register=no", "--private-network", "--console=pipe"]
        command += ["--link-journal=no", f"--machine={name}", CLOCK, f"--directory={self.root}", *options]
        with self.log.open("wb") as log:
            self.machine = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | UNIFIED
            )
        until(self._has_booted, f"Debian boots: {self.log}", 120)

    def _has_booted(self) -> bool:
        assert self.machine
        assert self.machine.poll() is None, self.log.read_text(errors="replace")
        children = Path(f"/proc/{self.machine.pid}/task/{self.machine.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = int(children[0])
        asked = self.run("systemctl", "is-system-running")
        return asked.out.strip() in ("starting", "running", "degraded")

    def cut_power(self) -> None:
        """End it as a power cut would."""
        if not self.machine:
            return
        if self.leader and self.machine.poll() is None:
            os.kill(self.leader, signal.SIGKILL)  # its init: all that runs in there goes with it
        try:
            self.machine.wait(60)
        except subprocess.TimeoutExpired:
            self.machine.kill()
            self.machine.wait()
        self.machine, self.leader = None, 0

    def release(self, name: str = "gongbang-0", **changes: str) -> str:
        """Put a release into it, once each; `changes`: texts that are added to its files. Returns its install.sh."""
        if name not in self.installers:
            there = self.path(f"/releases/{name}")
            shutil.copytree(self.path("/releases/built"), there, copy_function=os.link)
            for file, text in changes.items():
                whole = (there / file).read_text("utf-8") + text
                (there / file).unlink()  # it is a link
                (there / file).write_text(whole, "utf-8")
            self.installers[name] = f"/releases/{name}/install.sh"
        return self.installers[name]

    # What is asked again and again of a system that runs

    def active(self, unit: str) -> bool:
        """Return whether a service runs, and has said that it is ready."""
        return self.run("systemctl", "is-active", unit).out.strip() == "active"

    def main_pid(self, unit: str) -> int:
        """Return the process of a service, as its own system numbers it."""
        return int(self.run("systemctl", "show", "-P", "MainPID", unit).out)

    def journal(self, unit: str) -> str:
        """Return what a service wrote."""
        return self.run("journalctl", "-u", unit, "-o", "cat", "--no-pager").out


def lacking() -> str:
    """Return what this machine lacks to make a Debian; empty when nothing."""
    if os.getuid() != 0:
        return "only root can make a Debian in a folder"
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            return f"{program} is not installed"
    if run(["unshare", "--mount", "true"]).code:
        return "this machine may not mount"
    return "" if os.uname().machine == "x86_64" else "only for amd64; `make test-arm64` is for the other"


def keep_in_memory(folder: Path) -> bool:
    """Put a folder into memory where there is plenty: tens of thousands of small files come and go in it."""
    (free_kb,) = re.findall(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    if int(free_kb) < 10_000_000:
        return False
    return run(["mount", "-t", "tmpfs", "-o", "size=4g,mode=755", "gongbang", str(folder)]).code == 0
