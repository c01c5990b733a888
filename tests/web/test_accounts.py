"""Accounts: what stands between a network and the owner's password. The hashing process is the real one."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.web import hashing
from gateway.web.accounts import Accounts, Session
from gateway.web.keys import Keys
from gateway.web.limits import PIN_TRIES, TRIES, TRIES_ALL, Buckets, Guesses, TooMany, source_of

PASSWORD = "correct horse"
HERE = "192.168.0.20"


def made(folder: Path, now_s: Callable[[], float], on_loopback: bool = False, open_to_all: bool = False) -> Accounts:
    """Return accounts whose sessions and tokens live by one clock."""
    keys = Keys(folder / "keys.json", lambda: 1e12 + now_s() * 1000)
    looks = {"on_loopback": on_loopback, "viewer_without_login": open_to_all}
    return Accounts(folder / "accounts.json", keys, now_s, operator_idle_s=600, **looks)


def accounts(folder: Path) -> Accounts:
    """Return the accounts of a gateway on the network; its clock stands."""
    return made(folder, lambda: 1000.0)


@pytest.mark.slow
def test_guesses_that_come_at_once_are_counted_as_well(tmp_path: Path) -> None:
    async def flood() -> None:
        door = accounts(tmp_path)
        assert await door.own(door.setup_code, PASSWORD, HERE)
        guesses = [door.login("owner", f"guess {n}", HERE) for n in range(TRIES)]
        *wrong, right = await asyncio.gather(*guesses, door.login("owner", PASSWORD, HERE), return_exceptions=True)
        assert wrong == [None] * TRIES
        assert isinstance(right, TooMany), "the door rests, for the right password too"
        assert isinstance(await door.login("owner", PASSWORD, "192.168.0.21"), Session), "not for others"

    asyncio.run(flood())


def test_the_set_up_code_makes_one_owner_however_many_send_it_at_once(tmp_path: Path) -> None:
    async def race() -> None:
        door = accounts(tmp_path)
        code = door.setup_code
        made = await asyncio.gather(*(door.own(code, f"{PASSWORD} {n}", HERE) for n in range(3)))
        assert sum(session is not None for session in made) == 1

    asyncio.run(race())


@pytest.mark.parametrize("damaged", [b"", b"\xff\x00", b"[]", b'{"owner": {"role": "king", "hash": "x"}}', b'{"a": 1}'])
def test_a_damaged_file_is_set_aside_and_the_gateway_is_set_up_anew(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "accounts.json").write_bytes(damaged)
    door = accounts(tmp_path)
    assert (door.set_up, len(door.setup_code)) == (False, 8)
    assert door.session(None).role == "nobody", "only the code that the daemon prints opens it again"
    assert (tmp_path / "accounts.json.damaged").read_bytes() == damaged
    assert asyncio.run(door.own(door.setup_code, PASSWORD, HERE))
    assert set(json.loads((tmp_path / "accounts.json").read_text())) == {"owner"}


def test_guesses_rest_by_address_by_badge_and_for_all_together() -> None:
    now_s = [0.0]
    guesses = Guesses(lambda: now_s[0])
    for n in range(PIN_TRIES):
        guesses.wrong(f"10.0.0.{n}", "0101")
    guesses.check("10.0.0.9", "0102")
    with pytest.raises(TooMany) as often:
        guesses.check("10.0.0.9", "0101")
    assert 60 < often.value.wait_s <= 180, "a PIN of four digits lasts for weeks"
    for n in range(TRIES_ALL):
        guesses.wrong(f"10.0.1.{n}")
    with pytest.raises(TooMany):
        guesses.check("10.0.2.1")
    now_s[0] += 61
    guesses.check("10.0.2.1")


def test_buckets_keep_few_however_many_ask() -> None:
    buckets = Buckets(2, 1.0, lambda: 0.0)
    for n in range(5000):
        buckets.take(str(n))
    assert len(buckets._left) == 1000
    buckets.take("4999")
    with pytest.raises(TooMany):
        buckets.take("4999")
    assert buckets.refused == 1


def test_a_client_is_an_address_or_the_network_in_which_it_may_take_any() -> None:
    assert source_of("192.168.0.15") == source_of("::ffff:192.168.0.15") == "192.168.0.15"
    assert source_of("fd00:1:2:3::9") == source_of("fd00:1:2:3:ffff::1") == "fd00:1:2:3::"
    assert source_of("testclient") == "testclient"


def test_after_wrong_codes_even_the_right_one_waits(tmp_path: Path) -> None:
    now_s = [0.0]
    door = made(tmp_path, lambda: now_s[0], open_to_all=True)
    for _ in range(TRIES):
        assert asyncio.run(door.own("wrong", "long enough", HERE)) is None
    with pytest.raises(TooMany):
        asyncio.run(door.own(door.setup_code, "long enough", HERE))
    now_s[0] += 61
    assert asyncio.run(door.own(door.setup_code, "long enough", HERE))


def test_accounts_are_there_after_a_start_and_hold_no_password(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    door = made(tmp_path, lambda: 0.0)
    asyncio.run(door.own(door.setup_code, "나무 책상 일곱", HERE))
    again = made(tmp_path, lambda: 0.0)
    assert again.set_up
    assert again.setup_code == ""
    assert asyncio.run(again.login("owner", "나무 책상 일곱", HERE))
    assert "나무" not in path.read_text("utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_a_session_ends(tmp_path: Path) -> None:
    now_s = [0.0]
    door = made(tmp_path, lambda: now_s[0], on_loopback=True)
    token = door.session(None).token
    assert door.session(token).token == token
    now_s[0] += 13 * 3600
    assert door.session(token).token != token


def test_a_pin_makes_an_operator_until_it_is_not_used(tmp_path: Path) -> None:
    now_s = [0.0]
    door = made(tmp_path, lambda: now_s[0])
    door.keys.give_pin("101", asyncio.run(hashing.hashed("2580")))
    assert asyncio.run(door.login_by_pin("101", "0000", HERE)) is None
    assert asyncio.run(door.login_by_pin("102", "2580", HERE)) is None
    session = asyncio.run(door.login_by_pin("101", "2580", HERE))
    assert session
    assert (session.role, session.user) == ("operator", "101")
    now_s[0] += 599
    door.used(session)
    now_s[0] += 599
    assert door.session(session.token).user == "101"
    now_s[0] += 2
    assert door.session(session.token).user == ""
    assert "2580" not in (tmp_path / "keys.json").read_text()


def test_the_badge_at_a_station_is_its_tablets_operator_until_it_leaves_or_is_not_used(tmp_path: Path) -> None:
    now_s = [0.0]
    door = made(tmp_path, lambda: now_s[0])

    def tablet() -> Session:
        return door.at_station("sewing_1", door.session(None))

    assert tablet().role == "viewer"
    assert door.badge_scanned("sewing_1", "0101")
    assert not door.badge_scanned("sewing_1", "0101"), "the same again is no news"
    assert (tablet().role, tablet().user) == ("operator", "0101")
    assert door.at_station("sewing_2", door.session(None)).role == "viewer"
    now_s[0] += 500
    door.used(tablet())
    now_s[0] += 500
    assert tablet().user == "0101"
    door.logout(tablet())
    assert tablet().role == "viewer"
    door.badge_scanned("sewing_1", "0101")
    now_s[0] += 601
    assert tablet().role == "viewer"


def test_a_token_is_kept_as_its_hash_and_ends_when_it_is_over_or_revoked(tmp_path: Path) -> None:
    now_s = [0.0]
    door = made(tmp_path, lambda: now_s[0])
    short, secret = door.keys.make("erp", ["read"], 1, "owner")
    other, _ = door.keys.make("till", ["work"], None, "kim")
    assert secret not in (tmp_path / "keys.json").read_text()
    again = made(tmp_path, lambda: now_s[0])
    program = again.program(secret)
    assert program
    assert (program.user, program.scopes, program.sees_people) == ("token:erp", frozenset({"read"}), False)
    assert again.program(secret[:-1]) is None
    assert again.keys.tokens()[short].used
    again.keys.forget("kim")
    assert set(again.keys.tokens()) == {short}
    now_s[0] += 86_401
    assert again.program(secret) is None
    assert again.keys.revoke(short)
    assert not again.keys.revoke(other)


def test_somebody_stays_owner_and_another_password_ends_other_sessions(tmp_path: Path) -> None:
    async def change() -> None:
        door = accounts(tmp_path)
        mine = await door.own(door.setup_code, PASSWORD, HERE)
        other = await door.login("owner", PASSWORD, HERE)
        assert mine
        assert other
        assert not door.remove("owner")
        assert not await door.change("owner", "viewer", None, mine)
        assert await door.change("owner", None, "another horse", mine)
        assert door.session(mine.token) is mine
        assert door.session(other.token) is not other
        assert not await door.fits("owner", PASSWORD, HERE)
        assert await door.add("kim", "owner", PASSWORD)
        assert not await door.add("kim", "viewer", PASSWORD)
        assert door.remove("owner")
        assert door.session(mine.token).user == ""
        assert accounts(tmp_path).users() == {"kim": "owner"}

    asyncio.run(change())
