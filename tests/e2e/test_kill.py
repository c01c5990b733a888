"""The first promise, with witnesses outside the daemon: the bytes that answer a scan, and a subscriber."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import workload
from rig import Mosquitto, Witness
from witness import OK, Audit, Found, Shop, coupon, opened

LAST = coupon(9_999_999)


@pytest.fixture
def witness(broker: Mosquitto) -> Iterator[Witness]:
    """A subscriber to all events."""
    witness = Witness(broker.port, "gongbang/v1/bench/+/event/#")
    yield witness
    witness.close()


@pytest.fixture
def shop(tmp_path: Path, broker: Mosquitto, witness: Witness) -> Iterator[Shop]:
    """A shop whose daemon is not started yet."""
    with workload.register_server() as port, opened(Shop(tmp_path, broker.port, port)) as shop:
        yield shop


def accepted(shop: Shop) -> int:
    """How many coupons were answered green."""
    return sum(answer == OK for code, answer in shop.answered.items() if code.startswith("B-"))


def audited(shop: Shop, witness: Witness) -> Found:
    """Wait for the last scan, end the daemon, and compare all that was promised."""
    assert shop.scan(LAST, 60.0) == OK
    witness.wait_for(lambda _, body: body.get("text") == LAST, 60)
    assert shop.daemon.stop() == 0
    return Audit(shop, witness).check(LAST)


def live_through(shop: Shop, kills: int, seed: int) -> None:
    """Scan on while the daemon is killed again and again."""
    dice, number = random.Random(seed), 0
    for _ in range(kills):
        shop.open()
        die_s = time.monotonic() + dice.uniform(0.3, 2.0)
        while time.monotonic() < die_s:
            number += 1
            shop.scan(coupon(number), 1.0)
        number += 1
        shop.scan_and_go(coupon(number))
        time.sleep(dice.uniform(0, 0.03))  # somewhere between reading and answering
        shop.daemon.kill()
    shop.open()


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_what_was_answered_is_kept_and_told_once_after_kills(shop: Shop, witness: Witness, kills: int) -> None:
    live_through(shop, kills, seed=kills)
    assert accepted(shop) > 3 * kills
    assert audited(shop, witness) == Found()


@pytest.mark.parametrize("seconds", [2.0, pytest.param(20.0, marks=pytest.mark.slow)])
def test_every_event_of_an_outage_arrives_in_order(
    shop: Shop, broker: Mosquitto, witness: Witness, seconds: float
) -> None:
    shop.open()
    assert shop.scan(coupon(0), 60.0) == OK
    witness.wait_for(lambda _, body: body.get("text") == coupon(0), 30)
    broker.kill()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        assert shop.scan(coupon(number), 20.0) == OK, "the broker's absence delays no answer"
        time.sleep(0.1)
    broker.start()
    assert audited(shop, witness) == Found()


def test_an_audit_finds_what_is_lost_doubled_missing_strange_and_out_of_order(shop: Shop, witness: Witness) -> None:
    shop.open()
    for number in range(10):
        assert shop.scan(coupon(number), 60.0) == OK
    shop.answered["B-NEVER"] = OK
    assert shop.scan(LAST, 60.0) == OK
    witness.wait_for(lambda _, body: body.get("text") == LAST, 60)
    (index,) = [n for n, (_, _, body) in enumerate(witness.messages) if body.get("text") == coupon(3)]
    _, topic, gone = witness.messages.pop(index)
    strange = gone | {"id": "bench:e:0-dead:1", "text": coupon(5)}
    witness.messages.append((0.0, topic, strange))
    assert Audit(shop, witness).check(LAST) == Found(
        lost=[coupon(3), "B-NEVER"],
        doubled=[coupon(5)],
        missing=[gone["id"]],
        strange=[strange["id"]],
        disordered=[strange["id"]],
    )
