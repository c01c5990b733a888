"""Every route names the role it needs; the door rests after wrong guesses."""

import re
from typing import get_args

import pytest

from gateway.web import server
from gateway.web.accounts import RANK
from gateway.web.route import Route
from gateway.web.scope import Scope
from gateway.web.table import ROUTES

HERE = "192.168.0.20"


@pytest.mark.parametrize("route", [*ROUTES, *server.pages.all], ids=lambda route: f"{route.method} {route.path}")
def test_every_route_names_its_role_and_says_what_it_is(route: Route) -> None:
    assert route.role in RANK
    assert route.scope in get_args(Scope)
    assert route.handler.__doc__


def test_every_route_that_changes_something_needs_a_role_or_a_secret() -> None:
    open_to_all = {route.path for route in ROUTES if route.method == "POST" and route.role == "nobody"}
    assert open_to_all == {"/setup", "/login", "/login/badge", "/logout"}


def test_only_the_owner_may_set_the_clock() -> None:
    assert [route.role for route in ROUTES if route.path == "/clock"] == ["owner"]


def test_no_program_is_given_accounts_keys_or_the_audit() -> None:
    door = {route.path for route in ROUTES if route.scope == "door"}
    assert door == {
        route.path
        for route in ROUTES
        if re.match("/(setup|log|users|pins|password|tokens|audit|https|restore)", route.path)
    }
