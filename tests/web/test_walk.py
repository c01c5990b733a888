"""Every route, walked through a real daemon on the network: whoever has not the right session, page or name is refused,
and nothing changes. A new route is walked by itself."""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from gateway.web import hashing, server
from gateway.web.accounts import RANK, Role
from gateway.web.api import PREFIX
from gateway.web.audit import AUDIT, REFUSED
from gateway.web.limits import TRIES
from gateway.web.route import Route
from gateway.web.scope import GRANTED
from gateway.web.table import ROUTES
from tests.web.shapes import OFFICE, missing

PASSWORD = "나무 책상 일곱"
USERS: list[Role] = ["viewer", "operator", "owner", "installer"]
CHANGING = [route for route in ROUTES if route.method == "POST"]
LOOKING = [(PREFIX, route) for route in ROUTES if route.method == "GET"] + [("", route) for route in server.pages.all]
IN_PATH = {"kind": "workers", "serial": "0231", "badge": "7", "path": "assets/none.js"}
# What a question must say; a route that needs more says so here.
ASKED = {
    "point": "unit_1.r0",
    "from": "2026-11-01",
    "to": "2026-11-02",
    "what": "orders",
    "worker": "7",
    "section": "rules",
}
USED = re.compile(rb"\"used\": \d+")  # when a token was, to the day
MORE = {"/figures/energy": ["point"]}  # one of two, says the route
PAST = {"from": "1000", "to": "2000"}
named = pytest.mark.parametrize("route", CHANGING, ids=lambda route: route.path)


@dataclass
class Shop:
    """A daemon that is set up, and somebody of each role who is logged in."""

    running: Daemon
    pages: dict[Role, httpx.Client]
    tokens: dict[str, str]  # of programs: for one scope alone, and `not` it for all others

    def kept(self) -> tuple[Any, ...]:
        """What a request could have changed: the journal's events, and every file beside it."""
        events = self.pages["installer"].get("/api/v1/events", params={"limit": 200}).json()["events"]
        folder = self.running.config.parent
        files = {
            file.name: USED.sub(b"", file.read_bytes())
            for file in folder.rglob("*")
            if file.suffix in (".json", ".yaml")
        }
        return [event["id"] for event in events if event["kind"] != AUDIT], files


def client(base: str) -> httpx.Client:
    """A browser on the gateway's own page. It keeps no connection: none may outlive a test.

    Nor does it read the machine's certificates, which would take longer than what it asks: there is no TLS here.
    """
    none = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False, limits=none)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder, port = tmp_path_factory.mktemp("walk"), free_port()
    hashed = asyncio.run(hashing.hashed(PASSWORD))
    (folder / "accounts.json").write_text(json.dumps({role: {"role": role, "hash": hashed} for role in USERS}))
    board = {"host": "0.0.0.0", "port": port, "viewer_without_login": False}
    config = workload.write(folder / "edge_config.yaml", [], 9, port, dashboard=board, publish=[])
    with daemon(config, port) as running:
        until(running.ready, "it answers")
        base = f"http://127.0.0.1:{port}"
        pages = {role: client(base) for role in USERS}
        for role, page in pages.items():
            page.headers["X-CSRF"] = page.get("/api/v1/session").json()["csrf"]
            begun = page.post("/api/v1/login", json={"user": role, "password": PASSWORD}).json()
            assert begun["role"] == role
            page.headers["X-CSRF"] = begun["csrf"]
        tokens = {}
        for scope in GRANTED:
            for name, scopes in ((scope, {scope}), (f"not {scope}", GRANTED - {scope})):
                answer = pages["installer"].post("/api/v1/tokens", json={"name": name, "scopes": sorted(scopes)})
                tokens[name] = answer.json()["token"]
        yield Shop(running, pages, tokens)
        for page in pages.values():
            page.close()


@pytest.fixture
def unchanged(shop: Shop) -> Iterator[None]:
    """Nothing may be another afterwards than it was."""
    before = shop.kept()
    yield
    assert shop.kept() == before


def address(prefix: str, route: Route) -> str:
    return prefix + re.sub(r"{(\w+)(:path)?}", lambda part: IN_PATH.get(part[1], "none"), route.path)


def refused(page: httpx.Client, route: Route, **headers: str | None) -> int:
    """Send a change with other headers than the page's own (None: without); return the status."""
    request = page.build_request("POST", address(PREFIX, route), json={})
    for name, value in headers.items():
        request.headers.pop(name, None)
        if value is not None:
            request.headers[name] = value
    return page.send(request).status_code


@named
@pytest.mark.usefixtures("unchanged")
def test_a_change_is_refused_without_the_right_session_token_origin_or_name(shop: Shop, route: Route) -> None:
    page = shop.pages["installer"]
    elsewhere = {
        "no origin": None,
        "another site": "http://evil.example",
        "nowhere": "null",
        "another port": "http://127.0.0.1:1",
    }
    for what, origin in elsewhere.items():
        assert refused(page, route, origin=origin) == 403, what
    forged = {"host": "evil.example", "origin": "http://evil.example"}  # as a page does whose name was bound to us
    assert refused(page, route, **forged) == 421
    if route.role == "nobody":
        return
    for what, csrf in {
        "no token": None,
        "a guess": "guess",
        "another's": shop.pages["owner"].headers["X-CSRF"],
    }.items():
        assert refused(page, route, **{"x-csrf": csrf}) == 403, what
    with client(page.headers["Origin"]) as stranger:
        stranger.headers["X-CSRF"] = stranger.get("/api/v1/session").json()["csrf"]
        assert refused(stranger, route) == 401
        stranger.headers["X-CSRF"] = page.headers["X-CSRF"]
        assert refused(stranger, route) == 403, "its token is of another session"
    for role in USERS:
        if RANK[role] < RANK[route.role]:
            assert refused(shop.pages[role], route) == 403, role


def by_token(shop: Shop, method: str, path: str, token: str, **more: Any) -> int:
    """Ask as a program does: without a cookie, an origin or a page's token."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{shop.pages['viewer'].base_url}{path}"
    return httpx.request(method, url, headers=headers, timeout=60, verify=False, **more).status_code


@named
@pytest.mark.usefixtures("unchanged")
def test_a_program_is_refused_without_the_scope_of_a_change(shop: Shop, route: Route) -> None:
    path = address(PREFIX, route)
    wrong = [f"not {route.needs}"] if route.needs in GRANTED else sorted(GRANTED)
    for name in wrong:
        assert by_token(shop, "POST", path, shop.tokens[name], json={}) == 403, name
    if route.form and route.needs in GRANTED:
        assert by_token(shop, "POST", path, shop.tokens[route.needs], content=b"{") == 422, "the right one is let in"


@pytest.mark.parametrize("route", [route for route in CHANGING if route.form], ids=lambda route: route.path)
def test_who_may_is_let_in(shop: Shop, route: Route) -> None:
    """Else the walk above would prove nothing: what was refused there is read here, and found not to be JSON."""
    page = shop.pages[route.role if route.role != "nobody" else "viewer"]
    answer = page.post(address(PREFIX, route), content=b"{")
    assert (answer.status_code, answer.json()["detail"][:8]) == (422, "Not JSON")


@pytest.mark.parametrize(("prefix", "route"), LOOKING, ids=lambda part: getattr(part, "path", ""))
@pytest.mark.usefixtures("unchanged")
def test_looking_needs_its_role_and_changes_nothing(shop: Shop, prefix: str, route: Route) -> None:
    path, page = address(prefix, route), shop.pages["installer"]
    fields = (route.query.model_fields if route.query else {}).items()
    wanted = [field.alias or name for name, field in fields if field.is_required()] + MORE.get(route.path, [])
    asked = ASKED | (PAST if "point" in wanted or route.path == "/history/states" else {})
    if route.path != "/stream":  # that never ends; its first message is looked at elsewhere
        found = page.get(path, params={name: asked[name] for name in wanted}).status_code
        assert found in (200, 404, 409, 503), found
    assert page.get(path, headers={"Host": "evil.example"}).status_code == 421
    if route.role != "nobody":
        assert by_token(shop, "GET", path, shop.tokens.get(f"not {route.needs}", shop.tokens["read"])) == 403
        assert httpx.get(f"{page.base_url}{path}", verify=False).status_code == 401
    for role in USERS:
        if RANK[role] < RANK[route.role]:
            assert shop.pages[role].get(path).status_code == 403


def test_what_was_done_and_refused_is_in_the_audit_and_a_flood_is_counted(shop: Shop) -> None:
    page = shop.pages["installer"]
    assert page.post("/api/v1/work/consents", json={"purpose": "share", "granted": False}).status_code == 200
    with client(str(page.base_url)) as stranger:
        stranger.headers["X-CSRF"] = stranger.get("/api/v1/session").json()["csrf"]
        assert by_token(shop, "POST", "/api/v1/write", "gongbang_guess", json={}) == 401
        wrong = {"user": PASSWORD, "password": "guess"}  # the password in the place of the name
        answers = [stranger.post("/api/v1/login", json=wrong) for _ in range(TRIES + 1)]
        assert [answer.status_code for answer in answers] == [403] * TRIES + [429]
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert by_token(shop, "POST", "/api/v1/write", shop.tokens["outputs"], json={}) == 422, "programs go on"
        for _ in range(REFUSED[0]):
            assert stranger.post("/api/v1/write", json={}).status_code == 401

    def audit() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = page.get("/api/v1/audit", params={"limit": 200}).json()["audit"]
        return found

    path = "/api/v1/work/consents"
    (done,) = until(lambda: [one for one in audit() if (one["path"], one["status"]) == (path, 200)], "it is kept")
    assert (done["by"], done["role"], done["from"], done["method"]) == ("installer", "installer", "127.0.0.1", "POST")
    assert any((one["path"], one["status"], one["by"]) == ("/api/v1/login", 200, "viewer") for one in audit())
    assert any(one["status"] in (401, 403) for one in audit())
    assert wrong["user"] not in json.dumps(audit(), ensure_ascii=False)
    events = shop.pages["operator"].get("/api/v1/events", params={"limit": 200}).json()["events"]
    assert events
    assert {event["kind"] for event in events} & {AUDIT} == set()
    parts = {part["name"]: part["detail"] for part in page.get("/api/v1/components").json()["components"]}
    assert parts["web"]["wrong_guesses"] == TRIES + 1
    assert parts["web"]["audit_left_out"] > 0


def test_the_page_of_access_is_shown_what_this_api_answers_and_told_why_not_in_both_languages(shop: Shop) -> None:
    page = shop.pages["installer"]
    page.post("/api/v1/pins", json={"badge": 101, "pin": "2580"})
    for path in ("users", "tokens", "https"):
        assert missing(page.get(f"/api/v1/{path}").json(), OFFICE[path], path) == []
    found = until(lambda: page.get("/api/v1/audit").json()["audit"], "something is kept")
    told = [{key: one[key] for key in one if key != "left_out"} for one in (found[0], OFFICE["audit"]["audit"][0])]
    assert missing(*told) == []
    new = {"role": "viewer", "password": PASSWORD}
    taken = page.post("/api/v1/users", json=new | {"user": "viewer"})
    badge = page.post("/api/v1/users", json=new | {"user": "101"})
    assert (taken.status_code, badge.status_code) == (409, 422)
    for answer in (taken, badge):
        assert set(answer.json()["detail"]) == {"ko", "en"}
