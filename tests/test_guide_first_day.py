"""From paper to scan in a day: the chapter is followed step by step, with a scanner on a pty and printed paper."""

import csv
import io
import os
import re
import shlex
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from rig import ROOT, Daemon, free_port, until
from ruamel.yaml import YAML

from barcodes.ticket import Coupon, parse
from tests.guide import BLOCK, FILES, text
from tests.test_guide import add

PAGE = "first-day"
PASSWORD = "paper to scan"
ANSWERS = {"password: ": PASSWORD, "[y/N] ": "y"}
INSTALLED = "/etc/gongbang/edge_config.yaml"


class Shop:
    """The reader's Raspberry Pi: a folder for /etc/gongbang, a service, a scanner, and printed sheets."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "edge_config.yaml"
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        self.service = Daemon(self.config, free_port())

    def edit(self, snippet: str) -> None:
        """What the reader does in nano; the port, and where the daemon keeps its things, are this shop's own."""
        yaml = YAML()
        tree, more = yaml.load(self.config.read_text("utf-8")), yaml.load(snippet)
        work = {**tree["work"], **more.pop("work")}
        for part in ("stations", "drivers", "machines", "rules", "publish"):
            tree[part] = []
        add(tree, more)
        tree["work"] = work
        tree["drivers"][0]["port"] = os.ttyname(self._far)
        tree["dashboard"] = {"host": "0.0.0.0", "port": self.service.port}
        tree["journal"] = {"path": str(self.folder / "journal.db")}
        tree["clock"] = {"trust": True}  # what a time server would say
        with self.config.open("w", encoding="utf-8") as out:
            yaml.dump(tree, out)

    def restart(self) -> None:
        """What systemd does; then the owner opens the page and sets a password, as the installation says."""
        self.service.stop()
        self.service.start()
        until(self.service.ready, "the gateway answers")
        code = until(lambda: re.search(r"set-up code: (\S+)", self.service.log()), "the set-up code")
        address = f"http://127.0.0.1:{self.service.port}"
        with httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=60, verify=False) as page:
            page.headers["X-CSRF"] = page.get("/session").json()["csrf"]
            page.post("/setup", json={"code": code[1], "password": PASSWORD}).raise_for_status()

    def type(self, line: str) -> None:
        """Type a command at a terminal, and the password and yes where they are asked for."""
        words = shlex.split(line.removeprefix("sudo ").replace(INSTALLED, str(self.config)))
        assert words[0] == "gongbang"
        if "-c" not in words and words[1] != "check":  # the reader stands where the configuration is
            words += ["-c", str(self.config)]
        terminal, end = os.openpty()
        command = [sys.executable, "-m", "gateway.commands.main", *words[1:]]
        with subprocess.Popen(
            command, stdin=end, stdout=end, stderr=end, cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
        ) as typed:  # fmt: skip
            os.close(end)
            said = ""
            with suppress(OSError):  # it has ended
                while more := os.read(terminal, 4096).decode(errors="replace"):
                    said += more
                    if question := next((one for one in ANSWERS if said.endswith(one)), None):
                        os.write(terminal, f"{ANSWERS[question]}\n".encode())
        os.close(terminal)
        assert typed.returncode == 0, f"{line}\n{said}"

    def scan(self, code: str) -> dict[str, Any]:
        """Scan a label; return the answer that the screen gets."""
        before = len(self.scans())
        os.write(self.near, code.encode() + b"\r")
        return until(lambda: (now := self.scans())[before:] and now[-1], "the answer")

    def scans(self) -> list[dict[str, Any]]:
        """Today's scans, the oldest first."""
        found: list[dict[str, Any]] = self.service.get("/api/v1/work/scans")["scans"]
        return sorted(found, key=lambda scan: scan["ts"])

    def printed(self, name: str) -> list[str]:
        """The codes of a sheet, as a scanner reads them from the paper."""
        with pypdfium2.PdfDocument(self.folder / name) as document:
            drawn = [page.render(scale=300 / 72).to_pil().convert("L") for page in document]
        return [found.text for page in drawn for found in zxingcpp.read_barcodes(page)]

    def close(self) -> None:
        """Switch off."""
        self.service.stop()
        os.close(self.near)
        os.close(self._far)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.close()


def step(language: str, number: int) -> str:
    """What stands under the n-th heading."""
    return re.split(r"^## ", text(PAGE, language), flags=re.MULTILINE)[number]


def blocks(part: str, kind: str) -> list[str]:
    """The boxes of one kind."""
    return [code for found, code in BLOCK.findall(part) if found == kind]


def rows(part: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", part, re.M)][2:]


@pytest.mark.slow
@pytest.mark.parametrize("language", FILES)
def test_a_shop_comes_from_paper_to_scans_by_the_chapter(shop: Shop, language: str) -> None:
    configure, check = blocks(step(language, 1), "sh")
    shop.type(configure.splitlines()[0])
    (snippet,) = blocks(step(language, 1), "yaml")
    shop.edit(snippet)
    shop.type(check.splitlines()[0])
    assert check.splitlines()[1] == "sudo systemctl restart gongbang"
    shop.restart()

    names = re.findall(r"import (\w+\.csv)", blocks(step(language, 2), "sh")[0])
    for name, content in zip(names, blocks(step(language, 2), "csv"), strict=True):
        (shop.folder / name).write_text(content, "utf-8")
    for part in (2, 3):
        for line in blocks(step(language, part), "sh")[0].splitlines():
            shop.type(line)
    badges, commands, tickets = (shop.printed(f"{name}.pdf") for name in ("badges", "commands", "bundles"))
    undo, logout = sorted(commands, reverse=True)
    coupons = [(code, ticket) for code in tickets if isinstance(ticket := parse(code.encode()), Coupon)]
    assert len(coupons) == 6
    first, second = sorted({ticket.bundle for _, ticket in coupons})
    by_work = {(ticket.bundle, ticket.operation): code for code, ticket in coupons}
    (eunha,), (sunbok,) = ([code for code in badges if badge in code] for badge in ("201", "202"))

    scanned = [
        by_work[first, "FRONT"], eunha, by_work[first, "FRONT"], by_work[first, "ASSEM"], by_work[first, "FRONT"],
        by_work[first, "SLEEVE"], by_work[first, "ASSEM"], undo,
    ]  # fmt: skip
    for code, (_, said) in zip(scanned, rows(step(language, 4)), strict=True):
        (begins,) = re.findall(r"[“\"](.+)[”\"]", said)
        answer = shop.scan(code)
        assert answer["answer_text"][language].startswith(begins), answer["answer_text"]
    for code in (sunbok, by_work[second, "FRONT"], logout):
        assert shop.scan(code)["tone"] == "ok"

    for line in blocks(step(language, 5), "sh")[0].splitlines():
        shop.type(line)
    for name in ("day.pdf", "slips.pdf"):
        assert (shop.folder / name).read_bytes().startswith(b"%PDF")
    shop.type("gongbang report pay --from today --to today --format csv -o pay.csv")
    paid: dict[str, Decimal] = {}
    for row in csv.DictReader(io.StringIO((shop.folder / "pay.csv").read_text("utf-8-sig"))):
        paid[row["명찰"]] = paid.get(row["명찰"], Decimal(0)) + Decimal(row["금액(원)"])
    assert paid == {worker: Decimal(won) for worker, _, won in rows(step(language, 5))}
