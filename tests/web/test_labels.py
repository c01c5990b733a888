"""Labels through a real daemon: previews, prints on a real socket, reprints that say so, and PDFs."""

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import httpx
import pypdfium2
import pytest
import workload
import zxingcpp
from PIL import Image
from rig import Daemon, daemon, free_port, until

from barcodes.labels.bitmap import to_image
from gateway.commands.main import main
from tests.barcodes.labels.printers import tspl
from tests.web.shapes import OFFICE, missing

OPERATIONS = [
    {"code": "FRONT", "label": {"ko": "앞판 봉제", "en": "front"}},
    {"code": "SLEEVE", "label": {"ko": "소매 달기", "en": "sleeve"}},
]
BUNDLE = {"what": "bundle", "quantity": 20, "style": "블라우스 A-100", "order": "2611A", "size": "M"}


class Paper:
    """A printer on a socket, in a thread of its own; what it got, job by job."""

    def __init__(self) -> None:
        self.jobs: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                got = b""
                while more := connection.recv(65536):
                    got += more
                    if got == b"\x1b!?":
                        connection.sendall(b"\x00")
                        got = b""
            if got:
                self.jobs.append(got)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    one = Paper()
    yield one
    one.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, paper: Paper) -> Iterator[Daemon]:
    folder, web_port = tmp_path_factory.mktemp("labels"), free_port()
    printers = [
        {
            "name": "tickets",
            "language": "tspl",
            "width_mm": 60,
            "height_mm": 40,
            "host": "127.0.0.1",
            "port": paper.port,
        },
        {"name": "office", "language": "pdf", "width_mm": 64, "height_mm": 34},
        {"name": "away", "language": "zpl", "width_mm": 60, "height_mm": 40, "host": "127.0.0.1", "port": free_port()},
    ]
    own = {
        "dashboard": {"host": "127.0.0.1", "port": web_port},
        "journal": {"path": str(folder / "journal.db")},
        "printers": printers,
        "work": {"operations": OPERATIONS, "workers": [{"badge": "0101", "name": "김은하"}]},
    }
    with workload.register_server() as registers:
        drivers = [workload.plc(registers, 1, 4, 0.2)]
        config = workload.write(folder / "edge_config.yaml", drivers, 9, web_port, **own)
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            yield running


@contextmanager
def browser(shop: Daemon) -> Iterator[httpx.Client]:
    """A browser on the gateway's own page."""
    base = f"http://127.0.0.1:{shop.port}"
    with httpx.Client(base_url=f"{base}/api/v1/", headers={"Origin": base}, timeout=200, verify=False) as client:
        client.headers["X-CSRF"] = client.get("session").json()["csrf"]
        yield client


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def burnt(job: bytes) -> list[str]:
    """What is read on the labels of a job."""
    labels = job.split(b"SIZE ")[1:]
    return [read(to_image(tspl(b"SIZE " + label)))[0] for label in labels]


def test_a_preview_is_a_picture_that_is_read(shop: Daemon) -> None:
    with browser(shop) as page:
        answer = page.post("labels/preview", json={"order": {"what": "badge", "numbers": [101]}, "printer": "tickets"})
    assert answer.headers["content-type"] == "image/png"
    assert read(Image.open(io.BytesIO(answer.content))) == ["W-0101-9"]


def test_a_strip_is_printed_and_its_bundle_is_known(shop: Daemon, paper: Paper) -> None:
    before = len(paper.jobs)
    with browser(shop) as page:
        told = page.post("labels/print", json={"printer": "tickets", "order": BUNDLE}).json()
        until(lambda: len(paper.jobs) > before, "the printer got it")
        (serial,) = told["serials"]
        assert (told["copy"], told["labels"]) == (0, 3)
        assert [code.rpartition("-")[0] for code in burnt(paper.jobs[-1])] == [
            f"T-{serial}",
            f"B-{serial}-FRONT-20",
            f"B-{serial}-SLEEVE-20",
        ]
        until(lambda: _job(page, told["id"])["state"] == "done", "the job is done")
    rows = _db(shop, "SELECT bundle, order_code, style, size, quantity FROM work_bundles")
    assert (serial, "2611A", "블라우스 A-100", "M", 20) in rows


def test_a_look_is_tried_in_the_preview_then_saved_and_printed(shop: Daemon) -> None:
    look = {"name": "badge", "title": "{shop}", "lines": ["{number} {name}", "{day}"], "form": "qr"}
    order = {"what": "badge", "numbers": [101]}
    with browser(shop) as page:
        tried = page.post("labels/preview", json={"order": order, "printer": "tickets", "designs": [look]})
        (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(tried.content)).convert("L"))
        assert (code.text, code.format) == ("W-0101-9", zxingcpp.BarcodeFormat.QRCode)
        wrong = page.post(
            "labels/preview", json={"order": order, "designs": [look | {"title": "{numbr}"}], "printer": "tickets"}
        )
        assert (wrong.status_code, "{numbr}; 가장 가까운 것: number" in wrong.json()["detail"][0]) == (422, True)
        configuration = page.get("config").json()
        change = {"do": "add", "path": ["labels"], "value": look}
        applied = page.post("config/apply", json={"revision": configuration["revision"], "changes": [change]})
        assert applied.status_code == 200, applied.text
        sheet = page.post("labels/print", json={"printer": "office", "order": order}).content
        assert page.post("config/undo", json={"revision": applied.json()["revision"]}).status_code == 200
    document = pypdfium2.PdfDocument(io.BytesIO(sheet))
    told = document[0].get_textpage().get_text_bounded()
    document.close()
    assert {configuration["data"]["workshop"]["name"], "0101 김은하"} < set(told.splitlines())


def test_what_broke_off_goes_on_behind_the_labels_that_are_out(shop: Daemon, paper: Paper) -> None:
    before = len(paper.jobs)
    with browser(shop) as page:
        first = page.post("labels/print", json={"printer": "tickets", "order": BUNDLE}).json()
        until(lambda: _job(page, first["id"])["state"] == "done" and len(paper.jobs) > before, "the job is done")
        before = len(paper.jobs)
        rest = page.post("labels/reprint", json={"printer": "tickets", "id": first["id"], "since": 2}).json()
        until(lambda: len(paper.jobs) > before, "the printer got it")
        behind = page.post("labels/reprint", json={"printer": "tickets", "id": first["id"], "since": 4})
        for path in ("labels/printers", "labels/prints", "labels/designs"):
            assert missing(page.get(path).json(), OFFICE[path], path) == []
    assert (rest["labels"], rest["copy"], behind.status_code) == (2, 1, 422)
    assert [code.split("-")[2] for code in burnt(paper.jobs[-1])] == ["FRONT", "SLEEVE"]


def test_a_shop_without_a_printer_has_a_sheet_of_a4(shop: Daemon, tmp_path: Path) -> None:
    assert [printer["name"] for printer in _printers(shop)] == ["tickets", "office", "away"], "the shop has its own"
    web_port = free_port()
    own = {
        "dashboard": {"host": "127.0.0.1", "port": web_port},
        "journal": {"path": str(tmp_path / "journal.db")},
        "work": {"workers": [{"badge": "0101", "name": "김은하"}]},
    }
    with workload.register_server() as registers:
        drivers = [workload.plc(registers, 1, 4, 0.2)]
        config = workload.write(tmp_path / "edge_config.yaml", drivers, 9, web_port, **own)
        with daemon(config, web_port) as bare:
            until(bare.ready, "readings flow")
            assert [(one["name"], one["document"]) for one in _printers(bare)] == [("a4", True)]
            with browser(bare) as page:
                sheet = page.post("labels/print", json={"printer": "a4", "order": {"what": "badge", "numbers": [101]}})
                assert page.get("labels/prints").json()["prints"][0]["printer"] == "a4"
    assert sheet.content.startswith(b"%PDF")


def test_a_reprint_says_so_on_the_label_and_in_the_books(shop: Daemon, paper: Paper) -> None:
    with browser(shop) as page:
        first = page.post("labels/print", json={"printer": "tickets", "order": BUNDLE}).json()
        again = page.post("labels/reprint", json={"printer": "tickets", "id": first["id"]}).json()
        by_serial = page.post(
            "labels/print", json={"printer": "office", "order": {**BUNDLE, "serials": first["serials"]}}
        )
        listed = page.get("labels/prints").json()["prints"]
    assert again["serials"] == first["serials"]
    assert (first["copy"], again["copy"]) == (0, 1)
    assert [one["copy"] for one in listed[:3]] == [2, 1, 0]
    document = pypdfium2.PdfDocument(by_serial.content)
    assert document[0].get_textpage().get_text_bounded().count("재발행/REPRINT 2") == 3
    document.close()


def test_two_orders_never_get_the_same_serials(shop: Daemon) -> None:
    with browser(shop) as page:
        answers = [
            page.post("labels/print", json={"printer": "tickets", "order": {**BUNDLE, "bundles": 4}}) for _ in "ab"
        ]
    serials = [serial for answer in answers for serial in answer.json()["serials"]]
    assert len(set(serials)) == 8


def test_an_office_printer_of_nobody_gets_a_pdf_to_take_away(shop: Daemon) -> None:
    with browser(shop) as page:
        answer = page.post("labels/print", json={"printer": "office", "order": {"what": "commands"}, "first": 3})
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    codes = [code for page in document for code in read(page.render(scale=300 / 72).to_pil())]
    document.close()
    assert len(codes) == 24
    assert "C-UNDO-0" in codes


def test_no_name_of_a_worker_gets_into_the_journal(shop: Daemon) -> None:
    with browser(shop) as page:
        form = {"printer": "office", "order": {"what": "badge", "numbers": [102], "name": "비밀이름"}}
        assert page.post("labels/print", json=form).status_code == 200
    bodies = [body for (body,) in _db(shop, "SELECT body FROM events WHERE kind = 'work'")]
    assert any('"badge"' in body for body in bodies)
    assert not any("비밀이름" in body or "김은하" in body for body in bodies)


def test_a_printer_that_is_away_keeps_the_job_and_says_so(shop: Daemon) -> None:
    with browser(shop) as page:
        told = page.post("labels/print", json={"printer": "away", "order": {"what": "quantities"}}).json()
        until(lambda: _job(page, told["id"])["error"], "the printer is not there")
        assert _job(page, told["id"])["state"] == "waiting"
        components = {one["name"]: one for one in page.get("components").json()["components"]}
    assert components["away"]["kind"] == "printer"
    assert components["away"]["advice"]["en"].startswith("Check its power, paper")


@pytest.mark.parametrize(
    ("path", "form", "status", "says"),
    [
        ("print", {"printer": "none", "order": BUNDLE}, 404, "Those of the configuration: tickets, office, away"),
        ("print", {"printer": "tickets", "order": {"what": "bundel"}}, 422, "bundle"),
        ("print", {"printer": "tickets", "order": {**BUNDLE, "quantity": 0}}, 422, "quantity"),
        ("print", {"printer": "tickets", "order": {**BUNDLE, "serials": ["a-1"]}}, 422, "serials"),
        ("print", {"printer": "tickets", "order": {**BUNDLE, "bundles": 100, "operations": ["A"] * 60}}, 422, "1000"),
        (
            "print",
            {"printer": "tickets", "order": {**BUNDLE, "bundles": 100, "operations": ["A"] * 5}},
            422,
            "at most 416",
        ),
        ("print", {"printer": "tickets", "order": {"what": "defects"}}, 422, "neither the configuration"),
        (
            "print",
            {"printer": "away", "order": {**BUNDLE, "operations": ["LONGCODE"]}, "form": "code128"},
            422,
            "needs",
        ),
        ("preview", {"order": BUNDLE, "width_mm": 15, "height_mm": 8}, 422, "라벨에 자리가 없어요"),
        ("reprint", {"printer": "tickets", "id": "gw_1:e:1-a1b2:99999"}, 404, "There is no print"),
        ("reprint", {"printer": "tickets", "id": "nonsense"}, 404, "There is no print"),
    ],
)
def test_what_cannot_be_printed_says_why_and_nothing_is_kept(
    shop: Daemon, path: str, form: dict[str, Any], status: int, says: str
) -> None:
    with browser(shop) as page:
        before = page.get("labels/prints").json()
        answer = page.post(f"labels/{path}", json=form)
        assert answer.status_code == status
        assert says in json.dumps(answer.json(), ensure_ascii=False)
        assert page.get("labels/prints").json() == before


@pytest.mark.slow
def test_the_command_prints_shows_and_lists(
    shop: Daemon, paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*words: str) -> str:
        capsys.readouterr()
        assert main(["label", *words, "-c", str(shop.config)]) == 0
        return capsys.readouterr().out

    picture = tmp_path / "badge.png"
    call("preview", "badge", "numbers=101", "--size", "25x40", "-o", str(picture))
    assert read(Image.open(picture)) == ["W-0101-9"]
    before = len(paper.jobs)
    told = json.loads(call("print", "bundle", "quantity=20", "operations=FRONT", "--printer", "tickets", "--json"))
    until(lambda: len(paper.jobs) > before, "the printer got it")
    assert told["labels"] == 2
    again = json.loads(call("reprint", told["id"], "--printer", "tickets", "--json"))
    assert again["copy"] == 1
    sheet = tmp_path / "commands.pdf"
    call("print", "commands", "words=UNDO,HELP", "--printer", "office", "-o", str(sheet))
    assert sheet.read_bytes().startswith(b"%PDF")
    listed = call("list")
    assert "tickets" in listed
    assert "REPRINT 1" in listed
    assert json.loads(call("list", "--json"))["prints"][0]["what"] == "commands"


def test_the_command_says_what_is_wrong_with_an_order(shop: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    for words, says in (
        (["print", "badgs", "numbers=1", "--printer", "tickets"], "badge"),
        (["print", "--printer", "tickets"], "무엇을 찍을지"),
        (["print", "badge", "101", "--printer", "tickets"], "name=value"),
        (["print", "badge", "numbers=x", "--printer", "tickets"], "numbers"),
        (["print", "badge", "numbers=1", "--printer", "ticket"], "no such printer: tickets, office, away"),
        (["print", "@none.yaml", "--printer", "tickets"], "none.yaml"),
    ):
        capsys.readouterr()
        assert main(["label", *words, "-c", str(shop.config)]) == 2, words
        assert says in capsys.readouterr().err


def _printers(shop: Daemon) -> list[dict[str, Any]]:
    with browser(shop) as page:
        found: list[dict[str, Any]] = page.get("labels/printers").json()["printers"]
    return found


def _job(page: httpx.Client, print_id: str) -> dict[str, Any]:
    printers = page.get("labels/printers").json()["printers"]
    found: dict[str, Any] = next(job for one in printers for job in one["jobs"] if job["id"] == print_id)
    return found


def _db(shop: Daemon, sql: str) -> list[tuple[Any, ...]]:
    with closing(apsw.Connection(str(shop.config.with_name("journal.db")), apsw.SQLITE_OPEN_READONLY)) as db:
        return list(db.execute(sql))
