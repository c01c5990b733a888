"""Lists over the API of a real daemon: a file is looked at, then taken; what is given is what was taken."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from barcodes.ticket import BundleTicket, encode
from gateway.commands.main import main
from gateway.tables import write
from tests import naughty

PLANT: dict[str, Any] = {
    "work": {
        "workers": [{"badge": "0101", "name": "은하"}],
        "operations": [{"code": "CUT", "label": {"ko": "재단", "en": "cutting"}}],
    }
}
RATES = '스타일,공정,공임(원),적용일\n모두,재단,"1,200",2026.12.1\n모두,앞판,90,2026.12.1\n'.encode("cp949")
OPERATIONS = "공정코드,공정\nCUT,재단\nFRONT,앞판\n".encode()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon without devices, on loopback, where nobody has set it up: whoever is here may do all."""
    folder, web_port = tmp_path_factory.mktemp("shop"), free_port()
    own = {"dashboard": {"host": "127.0.0.1", "port": web_port}, "journal": {"path": str(folder / "journal.db")}}
    config = workload.write(folder / "edge_config.yaml", [], 9, web_port, **PLANT, **own)
    with daemon(config, web_port) as running:
        until(running.ready, "it answers")
        yield running


@contextmanager
def browser(shop: Daemon) -> Iterator[httpx.Client]:
    """A browser on the gateway's own page."""
    address = f"http://localhost:{shop.port}"
    with httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=60, verify=False) as page:
        page.headers["X-CSRF"] = page.get("/session").json()["csrf"]
        yield page


def looked_at(page: httpx.Client, data: bytes, **query: Any) -> dict[str, Any]:
    answer = page.post("/work/import", params=query, content=data)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def taken(page: httpx.Client, data: bytes, **query: Any) -> dict[str, Any]:
    return looked_at(page, data, **query, plan=looked_at(page, data, **query)["plan"])


def test_a_file_is_looked_at_and_then_taken(shop: Daemon) -> None:
    with browser(shop) as page:
        seen = looked_at(page, RATES)
        assert seen["counts"] == {"rates": {"new": 1, "changed": 0, "same": 0}}
        assert [(one["cell"], one["found"]) for one in seen["problems"]] == [("B3", "앞판")]
        refused = page.post("/work/import", params={"plan": seen["plan"]}, content=RATES)
        assert refused.status_code == 409  # it has a problem, and nobody said that the good rows are meant
        assert page.get("/work/masters/rates").json()["rows"] == []
        assert looked_at(page, OPERATIONS)["counts"] == {"operations": {"new": 1, "changed": 0, "same": 1}}
        assert len(taken(page, OPERATIONS)["events"]) == 1
        again = page.post("/work/import", params={"plan": seen["plan"], "good_rows": True}, content=RATES)
        assert again.status_code == 409  # the shop has changed since it was looked at
        assert again.json()["detail"]["problems"] == []
        assert taken(page, RATES)["counts"] == {"rates": {"new": 2, "changed": 0, "same": 0}}
        assert looked_at(page, RATES)["counts"] == {"rates": {"new": 0, "changed": 0, "same": 2}}
        rates = page.get("/work/masters/rates").json()["rows"]
        assert [(one["operation"], one["won"], one["since"]) for one in rates] == [
            ("CUT", "1200", "2026-12-01"),
            ("FRONT", "90", "2026-12-01"),
        ]


def test_the_good_rows_are_taken_when_they_are_asked_for(shop: Daemon) -> None:
    data = "불량코드,불량명\nD1,올 풀림\nD-2,오염\n".encode()
    with browser(shop) as page:
        plan = looked_at(page, data)["plan"]
        done = looked_at(page, data, plan=plan, good_rows=True)
        assert [one["cell"] for one in done["problems"]] == ["A3"]
        rows = page.get("/work/masters/defect_codes").json()["rows"]
        assert [(one["code"], one["ko"]) for one in rows] == [("D1", "올 풀림")]


def test_what_is_no_list_is_refused_in_both_languages(shop: Daemon) -> None:
    with browser(shop) as page:
        for data in (b"", b"%PDF-1.7", b"PK\x03\x04broken"):
            answer = page.post("/work/import", content=data)
            assert answer.status_code == 422
            assert set(answer.json()["detail"]) == {"ko", "en"}
        assert page.post("/work/import", content=b"a" * (5 << 20) + b"a").status_code == 413


def test_one_is_added_changed_and_retired(shop: Daemon) -> None:
    with browser(shop) as page:
        wrong = page.post("/work/masters/styles", json={"rows": [{"style": "A101"}]})
        assert wrong.status_code == 422
        for name in ("셔츠", "긴 셔츠"):
            done = page.post("/work/masters/styles", json={"rows": [{"style": "A101", "name": name}]})
            assert done.status_code == 200, done.text
        assert [one["name"] for one in page.get("/work/masters/styles").json()["rows"]] == ["긴 셔츠"]
        key = {"key": "A101"}
        assert page.post("/work/masters/styles/retire", json=key).status_code == 200
        assert page.post("/work/masters/styles/retire", json=key).status_code == 404
        assert [one["retired"] for one in page.get("/work/masters/styles").json()["rows"]] == [True]
        assert page.get("/work/masters/nothing").status_code == 404


def test_a_table_has_the_rows_that_a_form_sends_back_and_they_change_nothing(shop: Daemon) -> None:
    with browser(shop) as page:
        taken(page, workbook())
        lists = {one["kind"]: one for one in page.get("/work/masters").json()["lists"]}
        assert {one["field"] for one in lists["orders"]["columns"] if one["each"]} >= {"colour", "size", "quantity"}
        assert [one["en"] for one in lists["rates"]["columns"]] == [
            "Style",
            "Operation code",
            "Won a piece",
            "Valid from",
        ]
        for kind in ("workers", "operations", "styles", "routes", "orders"):
            things = page.get(f"/work/masters/{kind}/table").json()["things"]
            rows = [row for one in things if not one["retired"] for row in one["rows"]]
            assert rows, kind
            done = page.post(f"/work/masters/{kind}", json={"rows": rows})
            assert done.status_code == 200, done.text
            assert done.json()["events"] == [], kind
        people = page.get("/work/masters/workers/table").json()["things"]
        assert "Nguyễn Thị Hoa" in [one["rows"][0].get("name") for one in people]


def workbook() -> bytes:
    """A workbook of five lists, some of which name what stands in others."""
    book, day = openpyxl.Workbook(), date(2026, 12, 20)
    for name, *rows in (
        (
            "지시",
            ["작지", "스타일", "색상", "수량", "납기"],
            ["2026-11-3", "K7", "검정", 25, day],
            ["X1", "K7", "-", 5, day],
        ),
        ("스타일", ["스타일", "품명"], ["K7", "'=1+1"]),
        ("공정순서", ["품번", "순서", "공정"], ["K7", 1, "CUT"], ["K7", 2, "SEW"]),
        ("공정", ["공정코드", "공정", "앞공정"], ["SEW", "봉제", "재단"]),
        (
            "명부",
            ["사번", "이름", "언어", "비고"],
            ["0101", "은하수", "ko", "'@sum"],
            [7, "Nguyễn Thị Hoa", "vi", None],
        ),
    ):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_what_is_given_out_is_the_same_when_it_comes_in_again(shop: Daemon) -> None:
    with browser(shop) as page:
        taken(page, workbook())
        whole = page.get("/work/export", params={"what": "all"})
        assert whole.headers["content-type"].startswith("application/vnd.openxml")
        book = openpyxl.load_workbook(io.BytesIO(whole.content))
        assert {"작업자", "공정", "스타일", "공정순서", "작업지시서"} <= set(book.sheetnames)
        files = [whole.content]
        for kind in ("workers", "orders"):
            files.append(page.get("/work/export", params={"what": kind, "format": "csv"}).content)
        for data in files:
            seen = looked_at(page, data)
            assert seen["problems"] == []
            assert all((one["new"], one["changed"]) == (0, 0) for one in seen["counts"].values()), seen["changes"]


def test_what_cp949_cannot_say_is_told_before_it_is_lost(shop: Daemon) -> None:
    with browser(shop) as page:
        taken(page, "사번,이름\n9,Trần Văn Bình\n".encode())
        asked = {"what": "workers", "format": "csv", "encoding": "cp949"}
        refused = page.get("/work/export", params=asked)
        assert refused.status_code == 422
        assert "Trần Văn Bình" in [text for _, text in refused.json()["detail"]["first"]]
        lossy = page.get("/work/export", params={**asked, "lossy": True})
        assert "Tr?n V?n" in lossy.content.decode("cp949")


def test_no_naughty_text_escapes_from_a_list(shop: Daemon) -> None:
    """Each is refused in a sentence, or is there in the end as it was meant, and is no formula."""
    with browser(shop) as page:
        rows = [[f"N{number}", text] for number, text in enumerate(naughty.ALL)]
        data = b"".join(write.csv_lines(write.Sheet("", ["사유코드", "비가동사유"], rows)))
        seen = looked_at(page, data)
        done = looked_at(page, data, plan=seen["plan"], good_rows=True)
        assert done["counts"]["reason_codes"]["new"] + len(done["problems"]) == len(rows)
        names = {one["ko"] for one in page.get("/work/masters/reason_codes").json()["rows"]}
        assert {"김민서", "=1+1", "<script>alert(1)</script>", "a/+/b"} <= names
        assert all(sign.isprintable() or sign == "\u200d" for name in names for sign in name)
        for suffix in ("csv", "xlsx"):
            data = page.get("/work/export", params={"what": "reason_codes", "format": suffix}).content
            seen = looked_at(page, data)
            assert seen["problems"] == []
            assert seen["counts"]["reason_codes"]["changed"] == seen["counts"]["reason_codes"]["new"] == 0


def read_zip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_data_are_shared_with_the_shops_consent_alone_and_without_names(shop: Daemon) -> None:
    asked = {"what": "share", "format": "zip"}
    with browser(shop) as page:
        taken(page, "사번,이름\n77,홍길동\n".encode())
        assert page.get("/work/export", params=asked).status_code == 403
        agreed = {"purpose": "share", "granted": True, "until": "2099-12-31"}
        assert page.post("/work/consents", json=agreed).status_code == 200
        first, second = (read_zip(page.get("/work/export", params=asked).content) for _ in range(2))
        told = json.loads(first["description.json"])
        assert set(first) == {"description.json", *told["files"]}
        for name, file in told["files"].items():
            assert hashlib.sha256(first[name]).hexdigest() == file["sha256"]
            header, *rows = csv.reader(io.StringIO(first[name].decode()))
            assert header == list(file["columns"])
            assert len(rows) == file["rows"]
        assert told["consent"]["until"] == "2099-12-31"
        assert told["quality"]["18"] == "no reply"
        whole = b"".join([*first.values(), *second.values()])
        assert "홍길동".encode() not in whole
        assert "은하".encode() not in whole
        assert page.post("/work/consents", json={"purpose": "share", "granted": False}).status_code == 200
        assert page.get("/work/export", params=asked).status_code == 403


def test_an_order_is_cut_into_bundles_with_serials_of_their_own(shop: Daemon) -> None:
    with browser(shop) as page:
        taken(page, "스타일,품명\nZ1,바지\n".encode())
        for number in ("W7", "W8"):
            done = taken(page, f"작지,스타일,사이즈,수량\n{number},Z1,S,25\n".encode(), bundle_of=10)
            assert (done["bundles"], len(done["events"])) == (3, 1)
        rows = page.get("/work/export", params={"what": "bundles", "format": "csv"}).content.decode("utf-8-sig")
        cut = [row for row in csv.reader(io.StringIO(rows)) if row[2] == "Z1"]
        assert sorted((row[1], int(row[5])) for row in cut) == [(n, q) for n in ("W7", "W8") for q in (5, 10, 10)]
        assert len({row[0] for row in cut}) == 6
        assert all(encode(BundleTicket(row[0])) for row in cut)
        many = taken(page, "작지,스타일,수량\nW9,Z1,250\n".encode(), bundle_of=1)
        assert (many["bundles"], len(many["events"])) == (250, 3)  # no event grows beyond what a database takes


def command(*words: str) -> int:
    return main(list(words))


def test_the_commands_take_a_list_and_write_it(
    shop: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("-c", str(shop.config))
    file, out = tmp_path / "불량.csv", tmp_path / "out.csv"
    file.write_bytes("불량코드,불량명\nK1,오염\nK-2,기름\n".encode("cp949"))
    assert command("import", str(file), *config, "--yes") == 1
    told = capsys.readouterr().out
    assert "불량코드 / defect codes: 새것 / new 1" in told
    assert "A3: 「K-2」" in told
    assert command("import", str(file), *config, "--yes", "--good-rows") == 0
    assert command("import", str(file), *config, "--good-rows") == 1
    assert "바뀌는 것이 없어요" in capsys.readouterr().out
    assert command("export", "defect_codes", "-o", str(out), *config) == 0
    assert "K1,오염" in out.read_text("utf-8-sig")
    assert out.stat().st_mode & 0o077 == 0
    assert command("export", "defect_codes", "-o", str(out), *config) == 2  # none is written over
    assert command("export", "share", "-o", str(tmp_path / "data.zip"), *config) == 1
    assert not (tmp_path / "data.zip").exists()
    assert command("export", "lines", "-o", str(tmp_path / "lines.xlsx"), *config, "--from", "2026-01-01") == 0
    assert command("export", "all", "-o", str(tmp_path / "all.csv"), *config) == 2
