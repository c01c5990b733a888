"""The page's server: what the API says, who may look, and the headers that keep other sites out."""

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from replicas import GATEWAY, PLACE, UTC_MS, event, events_message

from center.access import Access
from center.config import Config, Enrolled
from center.fleet import Fleet
from center.inbox import Came, Inbox
from center.intake import Intake
from center.pages import Pages
from center.reader import Reader
from center.rows import read
from center.site import Site
from center.status import read_status
from center.store import Store
from center.web import COOKIE, Routes, app
from center.writer import Writer
from gateway.event import Position
from gateway.version import VERSION

WORD = "correct horse"
HOME = "http://127.0.0.1"
CONFIG = Config(shops=(Enrolled(workshop="mullae-201", gateway="gw_1", name="문래 정밀"),))
Use = Callable[[httpx.AsyncClient], Awaitable[None]]


class Served:
    """A site on a store, asked without a socket. Nothing runs beside it."""

    def __init__(self, store: Store, reader: Reader, clock: Any) -> None:
        self.store, self.clock = store, clock
        self.fleet, inbox = Fleet(CONFIG, clock), Inbox()
        self.fleet.hearing(True)
        intake = Intake(CONFIG.broker, inbox, clock)
        writer = Writer(store, self.fleet, inbox, intake.publish, clock)
        self.site = Site(CONFIG, clock, self.fleet, reader, Access(None, clock), inbox, intake, writer)

    def take(self, payload: bytes) -> None:
        """Take a message of events in, as the writer does."""
        with self.store.transaction():
            taken = self.store.take(self.store.shop(*PLACE), read(GATEWAY, "e", payload, 0))
        self.fleet.heard(PLACE, Came("", payload, False, self.clock.utc_ms(), self.clock.mono_s()), None)
        self.fleet.take(PLACE, taken)

    def status(self, payload: bytes) -> None:
        """A status comes."""
        came = Came("", payload, False, self.clock.utc_ms(), self.clock.mono_s())
        self.fleet.heard(PLACE, came, read_status(GATEWAY, payload))

    def ask(self, use: Use, home: str = HOME, word: str | None = None) -> None:
        """Run a browser against the site."""
        site = self.site
        if word:
            access = Access(word, self.clock)
            parts = (site.config, site.clock, site.fleet, site.reader, access, site.inbox, site.intake, site.writer)
            site = Site(*parts)

        async def main() -> None:
            transport = httpx.ASGITransport(app(site, on_loopback=home == HOME))
            async with httpx.AsyncClient(transport=transport, base_url=home) as browser:
                await use(browser)

        asyncio.run(main())

    def get(self, path: str) -> Any:
        """What the API says."""
        found: list[Any] = []

        async def use(browser: httpx.AsyncClient) -> None:
            answer = await browser.get(path)
            assert answer.status_code == 200, answer.text
            found.append(answer.json())

        self.ask(use)
        return found[0]


@pytest.fixture
def served(store: Store, clock: Any) -> Iterator[Served]:
    """A site."""
    with closing(Reader(store.path)) as reader:
        yield Served(store, reader, clock)


def alarm(n: int, action: str) -> Any:
    """A row of an alarm."""
    body = {"rule": "hot", "action": action, "severity": "critical", "message": {"ko": "뜨거워요", "en": "hot"}}
    return event(Position(1, "abcd", n), "alarm", "hot", **body)


def test_the_fleet_is_told_with_everything_the_page_shows(served: Served) -> None:
    served.status(
        b'{"gateway": "gw_1", "ts": 1, "state": "online", "version": "0.1.0", "clock": "synced",'
        b' "name": "\xec\xb0\xbd", "trade": "sewing", "cluster": "changsin", "behind_e": 5,'
        b' "behind_s": 2, "oldest_ms": 1764000000000}'
    )
    served.take(events_message([alarm(1, "raise"), event(Position(1, "abcd", 2), "gap", "journal", rows=9)], 0, 2))
    fleet = served.get("/api/v1/fleet")
    assert (fleet["now"], fleet["version"]) == (UTC_MS, VERSION)
    assert isinstance(fleet["build"], str)
    assert fleet["counts"] == {"live": 1, "stale": 0, "offline": 0, "unseen": 1, "alarms": 1, "queued": 5}
    assert fleet["center"]["broker"]["connected"] is False
    assert fleet["center"]["storage"] == {"well": True, "why": None}
    assert fleet["shops"][0] == {
        "workshop": "changsin-017",
        "gateway": "gw_1",
        "name": "창",
        "trade": "sewing",
        "cluster": "changsin",
        "state": "live",
        "since": UTC_MS,
        "last": UTC_MS,
        "queued": 5,
        "behind_s": 2,
        "oldest": UTC_MS,
        "alarms": 1,
        "worst": "critical",
        "version": "0.1.0",
        "clock": "synced",
        "events": 2,
        "blocks": 0,
        "lost": 9,
        "malformed": 0,
        "copy": None,
        "enrolled": False,
    }
    assert fleet["shops"][1]["state"] == "unseen"


def test_a_shop_is_told_with_its_alarms_and_last_events(served: Served) -> None:
    rows = [alarm(1, "raise"), alarm(2, "acknowledge"), event(Position(2, "0002", 1), raw="T-1")]
    served.take(events_message(rows, 0, 3))
    shop = served.get("/api/v1/shops/changsin-017/gw_1")
    assert shop["shop"]["workshop"] == "changsin-017"
    assert shop["alarms"] == [
        {
            "rule": "hot",
            "severity": "critical",
            "message": {"ko": "뜨거워요", "en": "hot"},
            "since": rows[0].time_ns // 1_000_000,
            "acknowledged": True,
        }
    ]
    assert shop["events"][0] == {
        "id": "gw_1:e:2-0002:1",
        "ts": rows[2].time_ns / 1e6,
        "kind": "scan",
        "source": "scanner_1",
        "clock": "synced",
        "body": {"raw": "T-1"},
    }
    assert [found["id"] for found in shop["events"]] == ["gw_1:e:2-0002:1", "gw_1:e:1-abcd:2", "gw_1:e:1-abcd:1"]
    served.take(events_message([*rows, event(Position(2, "0002", 2), "alarm", **alarm(3, "clear").body)], 3, 4))
    assert served.get("/api/v1/shops/changsin-017/gw_1")["alarms"] == []


def test_events_are_turned_over_page_by_page_over_all_starts_and_by_kind(served: Served) -> None:
    kinds = ("scan", "count", "alarm", "config")
    rows = [
        event(Position(start, f"{start:04x}", n + 1), kinds[n % 4], "x", rule="r", action="clear")
        for start, size in ((7, 130), (8, 1), (1, 90))  # the last one: a card that was made anew
        for n in range(size)
    ]
    served.take(events_message(rows[:131], 0, 131))
    served.take(events_message(rows[131:], 0, 90))
    for kind in (None, *kinds):
        wanted = [f"gw_1:e:{row.position.epoch}:{row.position.n}" for row in rows if kind in (None, row.kind)][::-1]
        found: list[str] = []
        while True:
            more = f"&kind={kind}" if kind else ""
            before = f"before={found[-1]}" if found else "before="
            page = served.get(f"/api/v1/shops/changsin-017/gw_1?{before}{more}")["events"]
            assert len(page) <= 100
            if not page:
                break
            found += [one["id"] for one in page]
        assert found == wanted


def test_what_is_not_there_is_said_so(served: Served) -> None:
    async def use(browser: httpx.AsyncClient) -> None:
        for path, status in (
            ("/api/v1/shops/changsin-017/gw_9", 404),
            ("/api/v1/shops/mullae-201/gw_1?before=nonsense", 422),
            ("/api/v1/nothing", 404),
            ("/assets/nothing.js", 404),
            ("/api/v1/shops/mullae-201/gw_1", 200),
            ("/api/v1/shops/mullae-201/gw_1?before=gw_1:e:1-abcd:1&kind=%27", 200),
        ):
            assert (await browser.get(path)).status_code == status, path
        assert (await browser.post("/api/v1/fleet")).status_code == 405

    served.ask(use)


def test_a_center_without_its_broker_is_not_ready(served: Served) -> None:
    async def use(browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/api/v1/ready")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "why": ["broker: not connected yet"]}
        served.site.intake.connected = True
        assert (await browser.get("/api/v1/ready")).json() == {"ready": True, "why": []}

    served.ask(use)


def test_other_sites_are_kept_out(served: Served) -> None:
    async def use(browser: httpx.AsyncClient) -> None:
        answer = await browser.get("/api/v1/fleet")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert (await browser.get("/api/v1/fleet", headers={"host": "evil.example"})).status_code == 421

    served.ask(use)


def test_with_a_word_nothing_of_the_shops_is_told_without_it(served: Served) -> None:
    async def use(browser: httpx.AsyncClient) -> None:
        for path in ("fleet", "shops/mullae-201/gw_1", "shops/nobody/gw_1", "nothing"):
            answer = await browser.get(f"/api/v1/{path}")
            assert answer.status_code == 401
            assert set(answer.json()) == {"detail"}
        assert (await browser.get("/api/v1/ready")).status_code == 503
        assert (await browser.get("/")).status_code in (200, 503)  # whether the page is built or not

    served.ask(use, "http://center.example", WORD)


def test_the_right_word_opens_the_page_until_one_leaves(served: Served) -> None:
    home = "http://center.example"

    async def use(browser: httpx.AsyncClient) -> None:
        browser.headers["origin"] = home
        wrong = await browser.post("/login", data={"word": "guessed"})
        assert (wrong.status_code, wrong.headers["retry-after"]) == (403, "1")
        early = await browser.post("/login", data={"word": WORD})
        assert (early.status_code, early.headers["retry-after"]) == (429, "1")
        served.clock.turn(1)
        right = await browser.post("/login", data={"word": WORD})
        assert right.status_code == 200
        cookie = right.headers["set-cookie"].lower()
        assert COOKIE in cookie
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await browser.get("/api/v1/fleet")).status_code == 200
        assert (await browser.post("/logout")).status_code == 200
        assert (await browser.get("/api/v1/fleet")).status_code == 401

    served.ask(use, home, WORD)


def test_a_form_of_another_site_is_refused(served: Served) -> None:
    async def use(browser: httpx.AsyncClient) -> None:
        for headers in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
            assert (await browser.post("/login", data={"word": WORD}, headers=headers)).status_code == 403
            assert (await browser.post("/logout", headers=headers)).status_code == 403
        large = await browser.post("/login", content=b"word=" + b"x" * 10_000, headers={"origin": "http://c.example"})
        assert large.status_code == 403

    served.ask(use, "http://c.example", WORD)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with a built page."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>공방</title>" + " " * 2000)
    (folder / "assets" / "center-1234.js").write_text("let a = 1;\n" * 500)
    (tmp_path / "secret").write_text("secret")
    return folder


def test_the_built_page_is_sent_packed_and_asked_for_again_only_when_it_changed(served: Served, built: Path) -> None:
    from starlette.applications import Starlette

    routes = Routes(served.site)
    routes._pages = Pages(built)

    async def main() -> None:
        transport = httpx.ASGITransport(Starlette(routes=routes.table()))
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as browser:
            page = await browser.get("/")
            assert "공방" in page.text
            assert page.headers["content-encoding"] == "gzip"
            assert (await browser.get("/shops/a/b")).text == page.text
            again = await browser.get("/", headers={"if-none-match": page.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            script = await browser.get("/assets/center-1234.js")
            assert "immutable" in script.headers["cache-control"]
            assert "javascript" in script.headers["content-type"]
            plain = await browser.get("/assets/center-1234.js", headers={"accept-encoding": "identity"})
            assert "content-encoding" not in plain.headers
            assert plain.text == script.text
            for path in ("/..%2fsecret", "/assets/..%2f..%2fsecret", "/%2e%2e/secret"):
                assert "secret" not in (await browser.get(path)).text
            (built / "index.html").write_text("a new build")
            assert (await browser.get("/", headers={"if-none-match": page.headers["etag"]})).text == "a new build"
            (built / "index.html").unlink()
            missing = await browser.get("/")
            assert missing.status_code == 503
            assert "tools/screens.sh" in missing.text

    asyncio.run(main())


def test_a_shops_copy_is_downloaded_by_who_has_said_the_word_and_nothing_of_it_stays(served: Served) -> None:
    served.take(events_message([event(Position(1, "abcd", n), "text", text="T") for n in (1, 2)], 0, 2))
    path, found = "/api/v1/shops/{}/{}/copy", []

    async def use(browser: httpx.AsyncClient) -> None:
        found.append(await browser.get(path.format(*PLACE)))
        found.append(await browser.get(path.format("mullae-201", "gw_1")))  # enrolled, and nothing came

    served.ask(use)
    served.ask(use, word=WORD)
    assert found[0].status_code == 200, found[0].text
    assert [answer.status_code for answer in found] == [200, 503, 401, 401]
    assert "gongbang_changsin-017_gw_1_0000001-000000000002" in found[0].headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(found[0].content)) as copy:
        assert copy.namelist() == ["journal.db", "manifest.json"]
    assert not list(served.store.path.parent.glob("center.db.copy*"))
