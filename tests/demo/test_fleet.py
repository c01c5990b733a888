"""The simulated fleet: the same shops for a seed, plausible days, and one process that really replicates."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rig import ROOT, Witness, mosquitto, until

from gateway.config.parts import Workshop
from gateway.demo.trades import TRADES, Day, Trade, places
from gateway.publish.replica import read_events


def test_a_hundred_shops_are_a_hundred_and_the_same_for_a_seed() -> None:
    found = places(100, 17)
    assert found == places(100, 17) != places(100, 18)
    assert len({place.workshop for place in found}) == len({place.name for place in found}) == 100
    assert len({place.trade.key for place in found}) == len(TRADES)
    for place in found:
        Workshop.model_validate(
            {"id": place.workshop, "name": place.name, "trade": place.trade.key, "cluster": place.trade.cluster}
        )


@pytest.mark.parametrize("trade", TRADES, ids=lambda trade: trade.key)
def test_a_day_has_everything_and_alarms_are_raised_before_they_are_cleared(trade: Trade) -> None:
    day = list(itertools.islice(Day(trade, Random(3)).happenings(), 3000))
    assert day == list(itertools.islice(Day(trade, Random(3)).happenings(), 3000))
    assert {"scan", "count", "state", "alarm"} == {one.kind for one in day}
    active: set[str] = set()
    for one in day:
        json.dumps(one.body)
        if one.kind == "alarm":
            assert one.body["message"]["ko"]
            assert one.body["message"]["en"]
            assert (one.source in active) == (one.body["action"] != "raise")
            active = {"raise": {one.source}, "acknowledge": active, "clear": set()}[one.body["action"]]


def test_a_fleet_tells_its_shops_sends_their_journals_and_ends_with_its_parent(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        witness = Witness(broker.port, "gongbang/v1/+/gw_1/#")
        command = [sys.executable, "-m", "gateway.demo.fleet", "--shops", "4", "--port", str(broker.port)]
        process = subprocess.Popen(
            [*command, "--folder", str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin
        assert process.stdout
        try:
            shops = json.loads(process.stdout.readline())["shops"]

            def all_sent() -> bool:
                return all(witness.of(f"/{shop}/gw_1/journal/e") for shop in shops)

            until(all_sent, "the first event of each shop", 60)
            until(lambda: all(witness.of(f"/{shop}/gw_1/status") for shop in shops), "the status of each shop", 60)
            first: Any = witness.of(f"/{shops[0]}/gw_1/journal/e")[0]
            assert read_events(json.dumps(first).encode()).rows[0].kind == "config"
            process.stdin.close()
            assert process.wait(60) == 0
            until(lambda: witness.of(f"/{shops[0]}/gw_1/status")[-1]["state"] == "offline", "a goodbye", 60)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            witness.close()
