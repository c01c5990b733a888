"""A restore by screen, with whole daemons: the books of the old card on a new box, and nothing paid twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from rig import free_port, until
from witness import DUPLICATE, OK, WORK, Shop, coupon, opened
from workload import register_server

from gateway.commands.main import main

PASSWORD = "나무 책상 일곱"
RATE: dict[str, Any] = {"operation": "SEW", "won": 50, "from": "2020-01-01"}
DATES = {"from": "2026-01-01", "to": "2026-12-31"}


@contextmanager
def browser(shop: Shop, login: bool = False) -> Iterator[httpx.Client]:
    """A browser on the gateway's own page."""
    base = f"http://127.0.0.1:{shop.daemon.port}"
    with httpx.Client(base_url=f"{base}/api/v1/", headers={"Origin": base}, timeout=60) as client:
        client.headers["X-CSRF"] = client.get("session").json()["csrf"]
        if login:
            client.headers["X-CSRF"] = client.post("login", json={"user": "boss", "password": PASSWORD}).json()["csrf"]
        yield client


def owned(shop: Shop) -> None:
    """Give a shop somebody with a password."""
    with browser(shop) as page:
        form = {"user": "boss", "role": "installer", "password": PASSWORD}
        assert page.post("users", json=form).is_success or page.post("users", json=form | {"role": "owner"}).is_success


def pay(page: httpx.Client) -> tuple[Any, ...]:
    """What everybody earned and made, as the screen of pay has it; who is at work still gathers hours."""
    told = page.get("work/pay", params=DATES).json()
    days = page.get("work/pay/days", params=DATES | {"worker": "7"}).json()["days"]
    each = [tuple(one[name] for name in ("worker", "won", "amount", "pieces")) for one in told["workers"]]
    return told["won"], each, [(one["day"], one["pieces"], one["amount"]) for one in days]


@pytest.mark.slow
def test_a_new_box_has_the_books_of_the_old_one_and_pays_nothing_twice(tmp_path: Path, share: Path) -> None:
    backup = {"name": "share", "to": "folder", "path": str(share), "same_disk": True}
    with register_server() as registers:
        with opened(Shop(tmp_path / "old", free_port(), registers, backup=[backup])) as old:
            old.open()
            until(old.daemon.ready, "readings flow")
            with browser(old) as page:
                assert page.post("work/masters/rates", json={"rows": [RATE]}).is_success
                assert [old.scan(coupon(n), 30) for n in range(5)] == [OK] * 5
                before = pay(page)
                assert before[:2] == (5000, [("7", 5000, "5000", 100)])
            assert main(["backup", "--now", "-c", str(old.config), "--json"]) == 0
        with opened(Shop(tmp_path / "new", free_port(), registers, backup=[backup])) as new:
            new.open()
            until(new.daemon.ready, "readings flow")
            assert new.scan(coupon(9), 30) == OK, "something that the copy has not"
            owned(new)
            first = _restored_by(new)
            with browser(new, login=True) as page:
                assert first["ok"], first
                assert pay(page) == before
                last = page.get("restore").json()["last"]
                assert (last["whole"], last["aside"]) == (True, "journal.db.replaced-1")
                assert int(last["epoch"].partition("-")[0]) > 1000
                (told,) = page.get("events", params={"kind": "command"}).json()["events"][:1]
                assert (told["what"], told["by"]) == ("restore", "boss")
            assert [new.scan(coupon(n), 30) for n in range(5)] == [DUPLICATE] * 5
            assert new.scan(coupon(9), 30) == OK, "what came after the copy is not in it"
            assert "Traceback" not in new.daemon.log()
            assert new.daemon.process is not None
            assert new.daemon.process.poll() is None, "it is the same process"


def _restored_by(shop: Shop) -> dict[str, Any]:
    """Restore the newest copy as a person does; return what came of it."""
    with browser(shop, login=True) as page:
        copies = page.get("restore").json()["copies"]
        chosen = {"copy": copies[0]["path"]}
        seen = page.post("restore/look", json=chosen).json()
        assert (seen["trouble"], seen["fits"], seen["workshop"]) == ("", True, "bench"), seen
        assert seen["only_here"] >= 1, "what is scanned here is told to be lost"
        assert page.post("restore/look", json={"copy": "/etc/passwd"}).status_code == 404
        assert page.post("restore", json=chosen | {"password": "wrong"}).status_code == 403
        assert page.post("restore", json=chosen | {"password": PASSWORD}).is_success
    return dict(until(lambda: _last(shop), "it has come back", 120))


def _last(shop: Shop) -> dict[str, Any] | None:
    try:
        with browser(shop, login=True) as page:
            last: dict[str, Any] | None = page.get("restore").json()["last"]
            return last
    except (httpx.HTTPError, KeyError):
        return None


def test_a_copy_is_uploaded_in_parts_and_one_that_is_broken_changes_nothing(tmp_path: Path) -> None:
    work = WORK | {"same_label_s": 0}
    with register_server() as registers, opened(Shop(tmp_path / "shop", free_port(), registers, work=work)) as shop:
        shop.open()
        until(shop.daemon.ready, "readings flow")
        assert shop.scan(coupon(1), 30) == OK
        with browser(shop) as page:
            octets = {"Content-Type": "application/octet-stream"}

            def send(at: int, part: bytes) -> httpx.Response:
                return page.post("restore/upload", params={"at": at}, content=part, headers=octets)

            assert send(0, b"PK" * 100).json() == {"bytes": 200}
            assert send(100, b"again").status_code == 409
            assert send(200, b"more").json() == {"bytes": 204}
            (copy,) = page.get("restore").json()["copies"]
            assert (copy["from"], copy["bytes"]) == ("uploaded", 204)
            assert page.post("restore/look", json={"copy": copy["path"]}).json()["trouble"] == "broken"
            refused = page.post("restore", json={"copy": copy["path"]})
            assert (refused.status_code, "whole" in refused.json()["detail"]["en"]) == (409, True)
        assert shop.scan(coupon(1), 30) == DUPLICATE
