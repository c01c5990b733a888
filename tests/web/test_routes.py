"""Every route names the role it needs; the door rests after wrong guesses."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from gateway.web import api
from gateway.web.accounts import TRIES, Accounts


def dependencies(dependant: Any) -> Iterator[Any]:
    """Every function that a route depends on."""
    for part in dependant.dependencies:
        yield part.call
        yield from dependencies(part)


@pytest.mark.parametrize("route", [route for route in api.routes.routes if isinstance(route, APIRoute)], ids=str)
def test_every_route_names_its_role(route: APIRoute) -> None:
    assert [call.role for call in dependencies(route.dependant) if hasattr(call, "role")]


def test_after_wrong_codes_even_the_right_one_waits(tmp_path: Path) -> None:
    now_s = [0.0]
    accounts = Accounts(tmp_path / "accounts.json", False, True, lambda: now_s[0])
    for _ in range(TRIES):
        assert asyncio.run(accounts.own("wrong", "long enough")) is None
    assert asyncio.run(accounts.own(accounts.setup_code, "long enough")) is None
    now_s[0] += 61
    assert asyncio.run(accounts.own(accounts.setup_code, "long enough"))


def test_accounts_are_there_after_a_start_and_hold_no_password(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    accounts = Accounts(path, False, True, lambda: 0.0)
    asyncio.run(accounts.own(accounts.setup_code, "나무 책상 일곱"))
    again = Accounts(path, False, True, lambda: 0.0)
    assert again.set_up
    assert again.setup_code == ""
    assert asyncio.run(again.login("owner", "나무 책상 일곱"))
    assert "나무" not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_a_session_ends(tmp_path: Path) -> None:
    now_s = [0.0]
    accounts = Accounts(tmp_path / "accounts.json", True, True, lambda: now_s[0])
    token = accounts.session(None).token
    assert accounts.session(token).token == token
    now_s[0] += 13 * 3600
    assert accounts.session(token).token != token
