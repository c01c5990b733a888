"""The trade templates: each is a whole configuration that checks, and says all that a shop of its trade begins with."""

from pathlib import Path

import pytest

from barcodes.ticket import LotTicket, encode
from gateway.commands.main import main
from gateway.config.load import load
from gateway.trades.templates import ALIASES, FOLDER, TRADES, template, written
from gateway.work.loss import Key


@pytest.mark.parametrize("trade", TRADES)
def test_a_template_checks(trade: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(template(trade))]) == 0
    assert "좋아요" in capsys.readouterr().out


@pytest.mark.parametrize("trade", TRADES)
def test_a_template_has_what_a_shop_begins_with(trade: str) -> None:
    config = load(template(trade))
    assert config.workshop.trade == trade
    assert config.stations
    assert config.work.operations
    assert config.work.defects
    assert config.work.reasons
    assert "safety" in config.start.reports
    assert {"badge", "command"} <= set(config.start.labels)
    stations = {station.name for station in config.stations}
    assert {driver.station for driver in config.drivers if hasattr(driver, "station")} <= stations
    assert all(station.label and station.group for station in config.stations)


@pytest.mark.parametrize("trade", TRADES)
def test_each_line_that_says_something_says_it_in_both_languages(trade: str) -> None:
    for line in template(trade).read_text("utf-8").splitlines():
        _, hash_, said = line.partition(" # ")
        if hash_ and not line.lstrip().startswith("#"):
            assert " / " in said, line


def test_the_templates_are_those_that_are_named() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == set(TRADES)
    assert set(ALIASES.values()) <= set(TRADES)
    with pytest.raises(KeyError):
        template("baking")


def test_init_writes_a_shop_of_one_s_own_and_never_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "new" / "edge_config.yaml"
    words = ["init", "--trade", "print", "--id", "euljiro-9", "--name", '을지로 "한" 인쇄: 9호 # 1', "-c", str(target)]
    assert main(words) == 0
    config = load(target)
    assert (config.workshop.id, config.workshop.name) == ("euljiro-9", '을지로 "한" 인쇄: 9호 # 1')
    before = target.read_text("utf-8")
    assert main(words) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_text("utf-8") == before
    assert main([*words, "--force"]) == 0


def test_init_says_what_is_wrong_with_an_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "edge_config.yaml"
    assert main(["init", "--trade", "metal", "--id", "My Shop", "-c", str(target)]) == 2
    assert f"{target}:" in capsys.readouterr().err
    assert not target.exists()


def test_the_lots_of_a_jeweller_are_tickets() -> None:
    metals = load(template("jewellery")).work.metals
    for metal in metals:
        assert encode(LotTicket(f"{metal.code}0231")).startswith(f"L-{metal.code}")
    assert Key("AU18K0231", "CAST", "201").lot.startswith(metals[1].code)


def test_what_is_not_given_stays_as_the_template_has_it() -> None:
    assert written("metal", None, None) == template("metal").read_text("utf-8")
