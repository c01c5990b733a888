"""A part of the configuration is changed: it means what was asked for, and every other line stays as it was."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.config.edit import Change, NotEdited, changed, resolved
from gateway.config.load import judge
from gateway.config.places import read
from gateway.trades.templates import template
from tests.naughty import ALL

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "edge_config.yaml").read_text("utf-8")
RULE = {"name": "too_hot", "when": "press_1.temperature > 84", "message": {"ko": "뜨거워요", "en": "Hot"}}
SMALL = """\
# 공방 / the shop
workshop: {id: shop-1, name: 우리 공방}   # stays

drivers:
  # the scanner
  - name: scanner_1     # at the door
    type: serial_scanner
    port: "/dev/ttyACM0"

  # the second
  - {name: scanner_2, type: serial_scanner, port: /dev/ttyACM1}

# where it goes
publish:
  - {name: broker, type: mqtt}
"""


def edit(text: str, do: Any, path: str, value: Any = None) -> str:
    """Change one part."""
    return changed(text, [Change(do=do, path=tuple(path.split(".")), value=value)])


def test_what_is_added_stands_behind_its_like_and_before_the_next_comment() -> None:
    new = edit(SMALL, "add", "drivers", {"name": "scale_1", "type": "scale", "port": "/dev/ttyUSB0", "format": "cas22"})
    assert new == SMALL.replace(
        "port: /dev/ttyACM1}\n",
        "port: /dev/ttyACM1}\n  - {name: scale_1, type: scale, port: /dev/ttyUSB0, format: cas22}\n",
    )


def test_a_section_that_is_not_there_stands_in_the_order_of_the_reference() -> None:
    new = edit(SMALL, "add", "rules", RULE)
    added = """\
rules:
  - name: too_hot
    when: press_1.temperature > 84
    message: {ko: 뜨거워요, en: Hot}
"""
    assert new == SMALL.replace("port: /dev/ttyACM1}\n", f"port: /dev/ttyACM1}}\n{added}")


def test_one_option_is_changed_and_its_comment_stays() -> None:
    assert edit(SMALL, "set", "drivers.scanner_1.name", "scanner_9") == SMALL.replace("scanner_1 ", "scanner_9 ", 1)
    new = edit(SMALL, "set", "workshop", {"id": "shop-1", "name": "명동 3호"})
    assert new == SMALL.replace("우리 공방", "명동 3호")


def test_what_is_removed_takes_nothing_along() -> None:
    gone = edit(SMALL, "remove", "drivers.scanner_1")
    assert "scanner_1" not in gone
    for line in ("  # the second\n", "# where it goes\n", "scanner_2"):
        assert line in gone
    assert edit(edit(gone, "remove", "drivers.scanner_2"), "add", "drivers", {"name": "s"}).count("- name: s\n") == 1


def test_what_others_refer_to_is_not_lost() -> None:
    """Anchors: the first of four alike goes, the others still mean the same."""
    text = template("sewing").read_text("utf-8")
    gone = edit(text, "remove", "drivers.plc_1.devices.sew_1")
    assert read(gone).data["drivers"][1]["devices"] == read(text).data["drivers"][1]["devices"][1:]
    slower = edit(text, "set", "drivers.plc_1.devices.sew_2.poll_s", 2)
    before, after = read(text).data, read(slower).data
    before["drivers"][1]["devices"][1]["poll_s"] = 2
    assert after == before
    assert "<<: *sew" in slower
    with pytest.raises(NotEdited, match="<<"):
        edit(text, "remove", "drivers.plc_1.devices.sew_2.points")


@pytest.mark.parametrize("text", [template("sewing").read_text("utf-8"), template("metal").read_text("utf-8")])
def test_every_part_of_a_real_file_may_be_taken_out_or_added_to_and_the_other_lines_stay(text: str) -> None:
    data = read(text).data
    comments = sorted(re.findall(r"(?m)^# .*", text))
    for section, parts in data.items():
        if not isinstance(parts, list):
            continue
        added = edit(text, "add", section, {"name": "zz", "at": [1, {"x": "yes: #"}]})
        assert [line for line in text.splitlines() if line not in added.splitlines()] == []
        for i in {0, len(parts) - 1}:
            gone = changed(text, [Change(do="remove", path=(section, i))])
            assert (read(gone).data[section] or []) == parts[:i] + parts[i + 1 :]
            assert sorted(re.findall(r"(?m)^# .*", gone)) == comments


def test_the_example_that_shows_everything_is_changed_in_one_place_alone() -> None:
    hotter = edit(EXAMPLE, "set", "rules.press_overheat.severity", "warning")
    different = [(a, b) for a, b in zip(EXAMPLE.splitlines(), hotter.splitlines(), strict=True) if a != b]
    assert len(different) == 1
    assert sorted(re.findall(r"#.*", hotter)) == sorted(re.findall(r"#.*", EXAMPLE))


@example(":0", "workshop.name")
@given(st.sampled_from(ALL) | st.text(), st.sampled_from(["workshop.name", "drivers.scanner_1.port"]))
def test_no_text_breaks_the_file(text: str, path: str) -> None:
    try:
        new = edit(SMALL, "set", path, text)
    except NotEdited:
        assert any(0xD800 <= ord(sign) <= 0xDFFF for sign in text), "only what cannot stand in a file"
        return
    before, after = read(SMALL).data, read(new).data
    holder = before["workshop"] if path == "workshop.name" else before["drivers"][0]
    holder[path.rpartition(".")[2]] = text
    assert after == before
    assert "# where it goes\n" in new


@pytest.mark.parametrize("other", ["drivers:\n- name: a\n- name: b\n", "drivers: [{name: a}, {name: b}]\n"])
def test_other_ways_to_write_a_list_are_kept_to(other: str) -> None:
    text = f"workshop:\n    id: x\n    name: x\n{other}rules: []\n"
    new = edit(edit(text, "add", "drivers", {"name": "c", "x": 1}), "add", "rules", {"name": "r"})
    assert [one["name"] for one in read(new).data["drivers"]] == ["a", "b", "c"]
    assert read(new).data["rules"] == [{"name": "r"}]
    assert [one["name"] for one in read(edit(new, "remove", "drivers.b")).data["drivers"]] == ["a", "c"]


def test_a_name_that_is_gone_is_told() -> None:
    with pytest.raises(NotEdited, match="scanner_7"):
        resolved({"drivers": [{"name": "a"}]}, ("drivers", "scanner_7"))
    with pytest.raises(NotEdited):
        edit("drivers: [", "add", "drivers", {})


def test_a_draft_is_judged_with_the_place_of_each_problem(tmp_path: Path) -> None:
    new = edit(SMALL, "add", "machines", {"name": "press", "station": "sewing", "count": "scanner_1.piece"})
    judged = judge(new, tmp_path / "edge_config.yaml")
    assert judged.config is None
    places = {problem.path for problem in judged.problems}
    assert ("machines", 0, "station") in places
    assert all(problem.ko and problem.en and problem.line for problem in judged.problems)
    assert judge(SMALL, tmp_path / "edge_config.yaml").config is not None
    assert judge("a: [", tmp_path / "x.yaml").problems[0].path == ()
