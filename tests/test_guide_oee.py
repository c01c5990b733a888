"""The guide's page on OEE says what the program does: its figures, its names, its lamps."""

import re
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from gateway.config.load import load
from gateway.engine.engine import Engine
from gateway.engine.paces import FIELDS, REMEMBERED
from gateway.figures.energy import of_power
from gateway.figures.machine import Period, Record, energy_figures, machine_figures
from gateway.figures.oee import oee
from gateway.history.file import HOURS_KEEP_S, MINUTES_KEEP_S
from gateway.table import MACHINE_FIELDS, PointTable
from gateway.web.figures import MOST_DAYS
from tests.guide import BLOCK, FILES, INLINE, prose, text
from tests.test_guide import add, first_configuration, snippets, with_files


@pytest.mark.parametrize("language", FILES)
def test_the_day_that_is_worked_out_gives_the_figures_of_the_page(language: str) -> None:
    """The percentages stand last in the rows of the last table."""
    told = [float(one) for one in re.findall(r"\| ([\d.]+) % \|", text("oee", language))]
    found = oee(420 * 60, 420 * 60, 373 * 60, 19271, 1.0, 19271 - 423)
    factors = (found.availability, found.effectiveness, found.quality, found)
    assert told == [round(100 * one.value, 2) for one in factors]


@pytest.mark.parametrize("language", FILES)
def test_every_figure_that_the_page_names_is_told(language: str) -> None:
    period = Period((0, 60 * 10**9), [(0, 60 * 10**9)], [])
    answer = machine_figures(Record(), period, 2.0, 300)
    power = energy_figures(Record(), period, of_power(0, np.array([1.0]))).entry()
    known = set(re.findall(r"'(\w+)'", str(answer) + str(power)))
    known |= {"cycle_s", "missed", "bounced"}  # of count events
    named = {one for one in INLINE.findall(prose("oee", language)) if re.fullmatch(r"[a-z_]+", one)}
    options = {"day_start", "day_end", "until", "dwell_s", "setup", "ideal_cycle_s", "debounce_s", "micro_stop_s"}
    options |= {"energy", "demand", "from", "to"}
    assert named - options <= known
    machines = re.findall(r"`machines\.lathe_2\.(\w+)`", prose("oee", language))
    assert machines == list(FIELDS)
    assert all(f"{field}`" in text("expressions", language) for field in MACHINE_FIELDS)
    assert {"ko": f"지난 {REMEMBERED}번", "en": f"the last {REMEMBERED} at most"}[language] in text("oee", language)
    assert {"ko": f"{MOST_DAYS}일까지", "en": f"{MOST_DAYS} days at most"}[language] in text("oee", language)
    assert (MINUTES_KEEP_S, HOURS_KEEP_S) == (14 * 86400, 2 * 365 * 86400), "two weeks and two years"


@pytest.mark.parametrize("language", FILES)
def test_what_is_asked_of_the_api_is_what_the_page_configures(language: str, tmp_path: Path) -> None:
    """The machine, the point and the rules run in an engine."""
    yaml = YAML()
    tree = yaml.load(with_files(first_configuration(), tmp_path))
    for _, code in snippets("oee", language):
        add(tree, yaml.load(code))
    file = tmp_path / "edge_config.yaml"
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(tree, out)
    config = load(file, "en")
    engine = Engine(config, PointTable.of(config))
    (asked,) = set(re.findall(r"machine=(\w+)", text("oee", language)))
    assert asked in [machine.name for machine in engine.machines]
    shown = "\n".join(code for _, code in BLOCK.findall(text("oee", language)))
    (point,) = re.findall(r"point=([\w.]+)", shown)
    assert point in engine.table.names
