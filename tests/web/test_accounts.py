"""Accounts: what stands between a network and the owner's password. The hashing process is the real one."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.web.accounts import Accounts, Session
from gateway.web.limits import PIN_TRIES, TRIES, TRIES_ALL, Buckets, Guesses, TooMany, source_of

PASSWORD = "correct horse"
HERE = "192.168.0.20"


def accounts(folder: Path) -> Accounts:
    """Return the accounts of a gateway on the network; its clock stands."""
    return Accounts(folder / "accounts.json", False, False, lambda: 1000.0)


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
