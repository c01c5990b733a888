"""Accounts: what stands between a network and the owner's password. The hashing process is the real one."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.web.accounts import TRIES, Accounts

PASSWORD = "correct horse"


def accounts(folder: Path) -> Accounts:
    """Return the accounts of a gateway on the network; its clock stands."""
    return Accounts(folder / "accounts.json", False, False, lambda: 1000.0)


def test_guesses_that_come_at_once_are_counted_as_well(tmp_path: Path) -> None:
    async def flood() -> None:
        door = accounts(tmp_path)
        assert await door.own(door.setup_code, PASSWORD)
        guesses = [door.login("owner", f"guess {n}") for n in range(TRIES)]
        *wrong, right = await asyncio.gather(*guesses, door.login("owner", PASSWORD))
        assert wrong == [None] * TRIES
        assert right is None, "the door rests, for the right password too"

    asyncio.run(flood())


def test_the_set_up_code_makes_one_owner_however_many_send_it_at_once(tmp_path: Path) -> None:
    async def race() -> None:
        door = accounts(tmp_path)
        code = door.setup_code
        made = await asyncio.gather(*(door.own(code, f"{PASSWORD} {n}") for n in range(3)))
        assert sum(session is not None for session in made) == 1

    asyncio.run(race())


@pytest.mark.parametrize("damaged", [b"", b"\xff\x00", b"[]", b'{"owner": {"role": "king", "hash": "x"}}', b'{"a": 1}'])
def test_a_damaged_file_is_set_aside_and_the_gateway_is_set_up_anew(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "accounts.json").write_bytes(damaged)
    door = accounts(tmp_path)
    assert (door.set_up, len(door.setup_code)) == (False, 8)
    assert door.session(None).role == "nobody", "only the code that the daemon prints opens it again"
    assert (tmp_path / "accounts.json.damaged").read_bytes() == damaged
    assert asyncio.run(door.own(door.setup_code, PASSWORD))
    assert set(json.loads((tmp_path / "accounts.json").read_text())) == {"owner"}
