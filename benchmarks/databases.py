"""Real databases on loopback for benchmarks and tests: InfluxDB 1 and VictoriaMetrics, and what stands in them."""

import base64
import json
import signal
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig import free_port, until

HOST = "127.0.0.1"
PREPARED = """
reporting-disabled = true
bind-address = "{host}:{inner_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "{host}:{port}"
  log-enabled = false
  auth-enabled = {accounts}
  max-body-size = {most_bytes}
"""


@dataclass
class _Server:
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://{HOST}:{self.port}"

    def _start(self, command: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        until(self._answers, f"the database answers; it said:\n{self.log()[-2000:]}", 60)

    def log(self) -> str:
        """Return what it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the database ended:\n{self.log()[-2000:]}"
        try:
            return self.ask("/ping") == b""
        except OSError:
            return False

    def ask(self, path: str, account: str = "", post: dict[str, str] | None = None, **query: str) -> bytes:
        """Return the body of an answer; with `post` the query is posted as a form."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        form = None if post is None else urllib.parse.urlencode(post).encode()
        request = urllib.request.Request(address, form)
        if account:
            request.add_header("Authorization", f"Basic {base64.b64encode(account.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def freeze(self, frozen: bool) -> None:
        """Let it hang, its connections open, or go on."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _end(self, sign: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(sign)
            self.process.wait(30)
            self.process = None


@dataclass
class InfluxDb(_Server):
    """An InfluxDB 1. Each write is on the medium before it is answered."""

    accounts: bool = False
    most_bytes: int = 25_000_000
    admin: str = ""

    def start(self) -> "InfluxDb":
        """Start it, again on the same port and folder, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "influxdb.conf"
        told = {"accounts": str(self.accounts).lower(), "most_bytes": self.most_bytes, "folder": self.folder}
        settings.write_text(PREPARED.format(host=HOST, port=self.port, inner_port=free_port(), **told))
        self._start(["influxd", "-config", str(settings)])
        return self

    def query(self, text: str, database: str = "", post: bool = False) -> list[dict[str, Any]]:
        """Return the series of one statement; times in ns. Raises ValueError for what it says is wrong."""
        asked = {"q": text, "db": database, "epoch": "ns"}
        answer = self.ask("/query", self.admin, asked) if post else self.ask("/query", self.admin, **asked)
        (result,) = json.loads(answer)["results"]
        if "error" in result:
            raise ValueError(result["error"])
        return list(result.get("series", []))

    def create(self, database: str) -> str:
        """Make a database and return its name."""
        self.query(f'CREATE DATABASE "{database}"', post=True)
        return database

    def rows(self, database: str) -> dict[tuple[str, tuple[tuple[str, str], ...], int], dict[str, Any]]:
        """Return all that stands in a database: fields by (measurement, tags, time in ns)."""
        found: dict[tuple[str, tuple[tuple[str, str], ...], int], dict[str, Any]] = {}
        for name in [row[0] for series in self.query("SHOW MEASUREMENTS", database) for row in series["values"]]:
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            for series in self.query(f'SELECT * FROM "{quoted}" GROUP BY *', database):
                tags = tuple(sorted((tag, value) for tag, value in series["tags"].items() if value))
                for time_ns, *cells in series["values"]:
                    named = zip(series["columns"][1:], cells, strict=True)
                    fields = {field: cell for field, cell in named if cell is not None}
                    found.setdefault((name, tags, time_ns), {}).update(fields)
        return found


@dataclass
class VictoriaMetrics(_Server):
    """A VictoriaMetrics that keeps one sample for each series and millisecond. It keeps the last seconds in memory."""

    def start(self) -> "VictoriaMetrics":
        """Start it, again on the same port and folder, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        flags = {
            "httpListenAddr": f"{HOST}:{self.port}",
            "storageDataPath": str(self.folder / "data"),
            "retentionPeriod": "100y",
            "dedup.minScrapeInterval": "1ms",
            "search.latencyOffset": "0s",
            "memory.allowedBytes": "64MB",
        }
        self._start(["victoria-metrics", *(f"-{flag}={value}" for flag, value in flags.items())])
        return self

    def series(self, match: str = '{__name__!=""}') -> dict[tuple[tuple[str, str], ...], list[tuple[int, float]]]:
        """Return the samples (time in ms, value) of every series that fits, by its labels; `__name__` is one."""
        self.ask("/internal/force_flush")
        found = {}
        for line in self.ask("/api/v1/export", **{"match[]": match, "reduce_mem_usage": "0"}).splitlines():
            one = json.loads(line)
            found[tuple(sorted(one["metric"].items()))] = list(zip(one["timestamps"], one["values"], strict=True))
        return found


@contextmanager
def influxdb(folder: Path, **options: Any) -> Iterator[InfluxDb]:
    """A running InfluxDB."""
    server = InfluxDb(folder, **options)
    try:
        yield server.start()
    finally:
        server.kill()


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[VictoriaMetrics]:
    """A running VictoriaMetrics."""
    server = VictoriaMetrics(folder)
    try:
        yield server.start()
    finally:
        server.kill()
