"""The hash and the difference of two configurations."""

from pathlib import Path

from gateway.config.difference import changes, config_hash, difference
from gateway.config.load import load

SHOP = Path(__file__).parents[2] / "edge_config.yaml"


def changed(tmp_path, *replacements):
    text = SHOP.read_text(encoding="utf-8")
    for old, new in replacements:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    file = tmp_path / "edge_config.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_a_file_does_not_differ_from_itself():
    shop = load(SHOP)
    assert changes(shop, load(SHOP)) == ([], [], [], [])
    assert difference(shop, load(SHOP)) == ""
    assert config_hash(shop) == config_hash(load(SHOP))
    assert len(config_hash(shop)) == 64


def test_comments_and_written_defaults_leave_the_hash_alone(tmp_path):
    defaults = ("unit: 1                 #", "unit: 1\n        timeout_s: 0.5 #")
    other = changed(tmp_path, ("# 창신 봉제 17호:", "# 다른 말:"), defaults)
    assert config_hash(other) == config_hash(load(SHOP))


def test_a_changed_limit_is_named_with_both_values(tmp_path):
    old, new = "press_1.temperature > 80 degC for 5s", "press_1.temperature > 85 degC for 5s"
    other = changed(tmp_path, (old, new))
    assert changes(load(SHOP), other) == ([], [], [("rules.press_overheat.when", old, new)], [])
    assert difference(load(SHOP), other) == f'rules.press_overheat.when: "{old}" -> "{new}"'
    assert config_hash(other) != config_hash(load(SHOP))


def test_a_part_that_came_or_went_is_named_once_and_not_by_its_number(tmp_path):
    other = changed(tmp_path, ("name: air_dry", "name: air_too_dry"), ('    - {badge: "101", name: 은하}\n', ""))
    assert changes(load(SHOP), other) == (["rules.air_too_dry"], ["rules.air_dry", "work.workers.101"], [], [])
    assert difference(load(SHOP), other) == "+rules.air_too_dry; -rules.air_dry; -work.workers.101"


def test_parts_that_changed_places_are_told_as_moved(tmp_path):
    first, second = '    - {badge: "101", name: 은하}\n', '    - {badge: "102", name: 순복}\n'
    other = changed(tmp_path, (first + second, second + first))
    assert difference(load(SHOP), other) == "moved: work.workers"


def test_an_option_that_became_a_part_is_named(tmp_path):
    other = changed(tmp_path, ("    host: localhost ", "    tls: {}\n    host: localhost "))
    assert changes(load(SHOP), other).added == ["publish.broker.tls.ca_file", *TLS_REST]


TLS_REST = ["publish.broker.tls.cert_file", "publish.broker.tls.key_file"]


def test_a_great_change_stays_one_readable_line(tmp_path):
    small = tmp_path / "small.yaml"
    small.write_text("workshop: {id: other, name: Other}", encoding="utf-8")
    told = difference(load(small), load(SHOP))
    assert "+drivers.bus_1" in told
    assert "\n" not in told
    assert len(told) < 5000


def test_a_list_that_was_empty_is_told_too(tmp_path):
    other = changed(
        tmp_path,
        ("en: Cutting}, sam_s: 20", "en: Cutting}, after: [FRONT], sam_s: 20"),
        ("after: [CUT], sam_s: 90", "sam_s: 90"),
    )
    assert difference(load(SHOP), other) == (
        'work.operations.CUT.after: [] -> ["FRONT"]; work.operations.FRONT.after: ["CUT"] -> []'
    )


def test_a_workers_name_is_in_no_difference_because_events_leave_the_shop(tmp_path):
    other = changed(tmp_path, ('{badge: "101", name: 은하}', '{badge: "101", name: 은하수}'))
    assert difference(load(SHOP), other) == "work.workers.101.name: changed"
