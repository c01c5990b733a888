"""Every route names the role it needs; the door rests after wrong guesses."""

import asyncio
from pathlib import Path

import pytest

from gateway.web import server
from gateway.web.accounts import RANK, Accounts
from gateway.web.limits import TRIES, TooMany
from gateway.web.route import Route
from gateway.web.table import ROUTES

HERE = "192.168.0.20"


@pytest.mark.parametrize("route", [*ROUTES, *server.pages.all], ids=lambda route: f"{route.method} {route.path}")
def test_every_route_names_its_role_and_says_what_it_is(route: Route) -> None:
    assert route.role in RANK
    assert route.handler.__doc__


def test_every_route_that_changes_something_needs_a_role_or_a_secret() -> None:
    open_to_all = {route.path for route in ROUTES if route.method == "POST" and route.role == "nobody"}
    assert open_to_all == {"/setup", "/login", "/logout"}


def test_only_the_owner_may_set_the_clock() -> None:
    assert [route.role for route in ROUTES if route.path == "/clock"] == ["owner"]


def test_after_wrong_codes_even_the_right_one_waits(tmp_path: Path) -> None:
    now_s = [0.0]
    accounts = Accounts(tmp_path / "accounts.json", False, True, lambda: now_s[0])
    for _ in range(TRIES):
        assert asyncio.run(accounts.own("wrong", "long enough", HERE)) is None
    with pytest.raises(TooMany):
        asyncio.run(accounts.own(accounts.setup_code, "long enough", HERE))
    now_s[0] += 61
    assert asyncio.run(accounts.own(accounts.setup_code, "long enough", HERE))


def test_accounts_are_there_after_a_start_and_hold_no_password(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    accounts = Accounts(path, False, True, lambda: 0.0)
    asyncio.run(accounts.own(accounts.setup_code, "나무 책상 일곱", HERE))
    again = Accounts(path, False, True, lambda: 0.0)
    assert again.set_up
    assert again.setup_code == ""
    assert asyncio.run(again.login("owner", "나무 책상 일곱", HERE))
    assert "나무" not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_a_session_ends(tmp_path: Path) -> None:
    now_s = [0.0]
    accounts = Accounts(tmp_path / "accounts.json", True, True, lambda: now_s[0])
    token = accounts.session(None).token
    assert accounts.session(token).token == token
    now_s[0] += 13 * 3600
    assert accounts.session(token).token != token
