"""The demo shop's configuration: it loads, and it shows every option there is."""

import re
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.root import spread
from gateway.config.watch import watch_config
from gateway.errors import ConfigurationError
from gateway.table import PointTable
from tests.config.models import every_model

SHOP = Path(__file__).parents[2] / "edge_config.yaml"
TEXT = SHOP.read_text(encoding="utf-8")


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_every_option_stands_in_the_shop_if_only_behind_a_hash(model):
    missing = [name for name in model.model_fields if not re.search(rf"(?:^|[\s{{#]){name}:", TEXT, re.M)]
    assert not missing


def test_the_shop_loads_with_its_devices_machines_and_rules():
    shop = load(SHOP)
    table = PointTable.of(shop)
    assert shop.workshop.name == "창신 봉제 17호"
    assert {"meter_1.power", "press_1.temperature", "sew_4.pieces", "scanner_1.scans", "lathe_1.alarm"} <= set(
        table.names
    )
    assert [machine.name for machine in shop.machines if machine.count] == [
        *(f"sewing_{n}" for n in range(1, 5)),
        "press_1",
        "cutter_1",
        "lathe_1",
    ]
    assert {"press_overheat", "meter_1_missing"} <= {rule.name for rule in shop.rules}


def test_names_of_rules_mean_all_that_are_made_of_them():
    """Of one with `for_each`, and of a watch; what means none is no rule, and never all of them."""
    shop = load(SHOP)
    assert spread(("press_overheat", "nobody"), shop.meant) == ("press_overheat", "nobody")
    watch = watch_config({"name": "load", "type": "drift", "value": "meter_1.power"})
    shop = shop.model_copy(update={"watch": (watch,)})
    assert spread((watch.name,), shop.meant) == tuple(rule.name for rule in watch.rules)
    assert spread(("many",), {"many": ["many_1", "many_2"]}) == ("many_1", "many_2")
    assert spread(("none",), {"none": []}) == ("none",)


def test_parts_that_are_alike_are_written_once_and_named_apart():
    devices = {name: points for driver in load(SHOP).drivers for name, points in driver.devices_points()}
    assert devices["sew_1"] == devices["sew_4"]
    units = [device.unit for device in load(SHOP).drivers[1].devices]
    assert len(set(units)) == len(units)


def test_options_behind_a_hash_are_right_when_the_hash_is_taken_away(tmp_path):
    """Only the files of the example (certificates, passwords) are not there."""
    live = re.sub(r"^( *)# (?= *(?:- )?[a-z_]+: +[^ 가-힣]|- \{)", r"\1", TEXT, flags=re.M)
    file = tmp_path / "edge_config.yaml"
    file.write_text(live, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load(file, "en")
    assert live.count("\n") == TEXT.count("\n")
    drivers = ("password", "ca", "password", "headers", "ca", "password")
    missing = (*drivers, "urls", "token", "ca", "password", "ca", "cert", "key", "token", "password", "ca", "key")
    assert [problem.split(": ")[1:3] for problem in raised.value.problems] == [
        [f"'{name}_file'", "there is no such file"] for name in missing
    ]


def test_every_comment_for_people_is_in_both_languages():
    """A comment behind an option has Korean, a slash, and English."""
    beside = re.findall(r"(?<=\S) +# (.*[가-힣].*)$", TEXT, re.M)
    assert len(beside) > 50
    assert not [comment for comment in beside if not re.search(r"[가-힣].* / .*[A-Za-z]", comment)]
