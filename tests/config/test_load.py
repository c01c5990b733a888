"""Reading the file: what is there before any option is judged, files beside it, and any damage at all."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.config.load import FILE_MAX_BYTES, load
from gateway.config.places import Document, read
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError

SHOP = (Path(__file__).parents[2] / "edge_config.yaml").read_text(encoding="utf-8")
SMALL = """workshop: {id: shop-1, name: 시험 공방, timezone: Asia/Seoul, day_start: 08:30}
stations:
  - {name: metal_1, label: {ko: 금속, en: Metal}}
drivers:
  - name: plc_1
    type: modbus_tcp
    host: 127.0.0.1
    devices:
      - &press
        name: press_1
        points:
          - {name: strokes, kind: counter, table: holding, address: 0, type: u32, word_order: little}
          - {name: temperature, quantity: temperature, unit: degC, address: 10, scale: 0.1, low: -40, high: 300}
          - {name: lamp, kind: state, address: 20, type: u16, bit: 3}
          - {name: program, kind: text, type: string, length: 4, address: 30}
      - {<<: *press, name: press_2, unit: 2}
  - name: bus_1
    type: modbus_rtu
    port: /dev/ttyUSB8
    stop_bits: 1
    devices:
      - {name: meter_1, profile: eastron-sdm120, unit: 1, label: {ko: 전력계, en: Meter}}
      - {name: meter_2, profile: xy-md02, unit: 2, points: [{name: extra, address: 3}]}
  - {name: scanner_1, type: serial_scanner, port: /dev/ttyACM8, station: metal_1, answers: {ok: "\\x06"}}
signals:
  - {name: warm, unit: degC, value: "max(press_1.temperature, press_2.temperature)"}
machines:
  - name: press_1
    station: metal_1
    states: [{state: run, when: signals.warm > 30 degC for 3s}]
    count: press_1.strokes
    target: 100
rules:
  - name: hot
    when: press_1.temperature > 80 degC
    until: "press_1.temperature < 70 degC"
    machine: press_1
    value: press_1.temperature
    message: {ko: 뜨거워요, en: Hot}
work:
  workers: [{badge: "101", name: 은하}]
  operations:
    - {code: FRONT, label: {ko: 앞판, en: Front}, sam_s: 90}
    - {code: ASSEM, label: {ko: 봉제, en: Assembly}, after: [FRONT]}
publish: [{name: broker, type: mqtt, protocol: 5, tls: {}}]
journal: {max_bytes: 2GB}
"""
LINE = re.compile(r"^[^\n]+:\d+: [^\n]+?(; [^\n]+){2,}$")  # what was entered may hold anything, a ; too


def problems(file, language="ko"):
    with pytest.raises(ConfigurationError) as raised:
        load(file, language)
    return raised.value.problems


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Write a configuration into a folder of its own, and stand in it."""
    monkeypatch.chdir(tmp_path)

    def write(text):
        Path("edge_config.yaml").write_text(text, encoding="utf-8")
        return "edge_config.yaml"

    return write


def test_the_small_shop_is_right(shop):
    assert load(shop(SMALL)).drivers[0].devices[1].unit == 2


def test_several_damages_at_once_are_each_told(shop):
    text = SMALL.replace("unit: degC, value", "unit: Celsius, value").replace("target: 100", "target: many")
    told = problems(shop(text.replace("after: [FRONT]", "after: [FRNT]")), "en")
    assert [problem.split(":")[1] for problem in told] == ["26", "32", "44"]


def test_a_file_that_is_not_there_is_told_with_the_one_that_is_like_it(shop):
    shop(SMALL)
    assert problems("edge_confg.yaml") == [
        "edge_confg.yaml:1: 설정 파일이 없어요; 가장 가까운 것: edge_config.yaml; "
        "경로를 확인하거나 -c로 파일을 알려 주세요"
    ]
    assert problems("nowhere/x.yaml", "en") == [
        "nowhere/x.yaml:1: the configuration file is not there; there is none yet; "
        "check the path, or name the file with -c"
    ]


def test_a_folder_is_no_configuration(shop, tmp_path):
    shop(SMALL)
    assert problems(tmp_path, "en") == [
        f"{tmp_path}:1: this is a folder, not a file; nearest: edge_config.yaml; name a file in it"
    ]


def test_a_file_of_many_megabytes_is_not_even_read(shop):
    told = problems(shop("#" * (FILE_MAX_BYTES + 1)), "en")
    assert told == [
        "edge_config.yaml:1: the file is too big (2000001 bytes); at most 2000000 bytes; "
        "check that it is a configuration"
    ]


def test_aliases_that_multiply_are_stopped(shop):
    text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        text += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    assert "too many values" in problems(shop(text), "en")[0]


@pytest.mark.parametrize("depth", [45, 3_000])
def test_brackets_without_end_are_refused(shop, depth):
    assert "nested too deeply" in problems(shop("stations: " + "[" * depth + "]" * depth), "en")[0]


def test_a_file_that_is_no_yaml_is_told_in_the_language_that_can_be_seen_in_it(shop):
    broken = "workshop: {id: shop-1, name: Shop, language: en}\nrules: [\n"
    assert "a bracket" in problems(shop(broken), None)[0]
    assert "괄호" in problems(shop(broken.replace(", language: en", "")), None)[0]


def test_a_section_with_nothing_below_it_is_as_if_it_were_not_there(shop):
    assert load(shop("workshop: {id: shop-1, name: 공방}\nrules:\nclock:\nwork: {workers: }\n")).rules == ()


def test_words_and_times_of_yaml_1_2_stay_text(shop):
    config = load(shop("workshop: {id: off, name: off, day_start: 07:30}\n"))
    assert (config.workshop.id, config.workshop.name, config.workshop.day_start) == ("off", "off", "07:30")


def test_a_scanner_at_an_unknown_station_does_not_hide_what_else_is_wrong(shop):
    text = SMALL.replace("station: metal_1, answers", "station: metl_1, answers") + "dashboard: {port: -1}\n"
    told = problems(shop(text.replace("value: press_1.temperature", "value: press_1.tmp")), "en")
    assert [problem.split(":")[1] for problem in told] == ["24", "38", "47"]


class TestSecrets:
    TEXT = "workshop: {id: shop-1, name: 공방}\npublish: [{name: broker, type: mqtt, password_file: broker.password}]\n"

    def test_a_secret_that_only_its_owner_reads_is_well(self, shop):
        Path(shop(self.TEXT)).with_name("broker.password").write_text("s3cret\n")
        os.chmod("broker.password", 0o600)
        assert load("edge_config.yaml").publish[0].password_file == "broker.password"

    def test_a_secret_that_everybody_reads_is_refused_with_the_command_that_mends_it(self, shop):
        Path(shop(self.TEXT)).with_name("broker.password").write_text("s3cret\n")
        os.chmod("broker.password", 0o644)
        assert problems("edge_config.yaml", "en") == [
            "edge_config.yaml:2: 'password_file': anyone can read this secret: broker.password (mode 644); "
            "right mode: 600; chmod 600 broker.password"
        ]

    def test_an_empty_secret_is_refused(self, shop):
        Path(shop(self.TEXT)).with_name("broker.password").touch(0o600)
        assert "is empty" in problems("edge_config.yaml", "en")[0]

    def test_a_misspelt_secret_is_told_with_the_file_that_is_there(self, shop):
        Path(shop(self.TEXT)).with_name("brokr.password").write_text("s3cret\n")
        assert "nearest: brokr.password" in problems("edge_config.yaml", "en")[0]


def test_two_names_of_one_port_are_one_port(shop):
    Path(shop("workshop: {id: shop-1, name: 공방}\n")).touch()
    Path("ttyUSB0").touch()
    Path("by-id").symlink_to("ttyUSB0")
    scanners = "".join(f"  - {{name: {name}, type: serial_scanner, port: {name}}}\n" for name in ("ttyUSB0", "by-id"))
    scanners = scanners.replace("name: ttyUSB0", "name: a").replace("name: by-id", "name: b")
    told = problems(shop("workshop: {id: shop-1, name: 공방}\ndrivers:\n" + scanners), "en")
    assert told == [
        "edge_config.yaml:4: 'port': two connections use by-id (first on line 3); one port each; "
        "use another port or join the two"
    ]


def only_our_errors(text):
    """Load a text: it is a configuration, or every problem is one line with its place."""
    file = Path("edge_config.yaml")
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    told: list[str] | None = None
    try:
        config = load(file)
    except ConfigurationError as error:
        config, told = None, error.problems
    assert isinstance(config, EdgeConfig) if told is None else told
    assert not [problem for problem in told or () if not LINE.match(problem)]


fuzzed = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCRAPS = st.sampled_from(
    ["\t", ":", ": ", "- ", "{", "}", "[", "]", "'", '"', "#", "&a ", "*a", "<<: ", "\n", "!x ", "|", "%"]
)


@fuzzed
@example(0, 0, ";")
@example(SMALL.index("modbus_tcp"), 0, ";")
@given(st.integers(0, len(SMALL)), st.integers(0, 40), st.one_of(SCRAPS, st.text(max_size=5), st.just("")))
def test_a_damaged_text_is_a_configuration_or_a_clear_refusal(shop, start, length, scrap):
    shop("")
    only_our_errors(SMALL[:start] + scrap + SMALL[start + length :])


@fuzzed
@given(st.binary(max_size=60))
def test_any_bytes_are_a_clear_refusal(shop, raw):
    shop("")
    only_our_errors(raw)


def paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, part))


def changed(value, path, new):
    """Return a copy in which `new` stands at `path`."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def damages(value):
    """Return all that may happen to a value: it goes, is doubled, gets a strange companion."""
    if isinstance(value, dict):
        return [{}, {**value, "strange": 1}, *({k: v for k, v in value.items() if k != gone} for gone in value)]
    if isinstance(value, list):
        return [[], value + value, value[1:], [*value, None], [*value, 7], {"0": value}]
    return []


DATA = read(SMALL).data
PATHS = list(paths(DATA))
WRONG = [None, True, -1, 70000, 1.5, 10**30, "", "가", "machines", "1 2", [], [1], {}, {"x": 1}, "((("]


@pytest.fixture
def json_is_read_as_such(monkeypatch):
    """As YAML it is the same, and takes four fifths of the time of these thousands."""
    monkeypatch.setattr("gateway.config.load.read", lambda text: Document(json.loads(text)))


@pytest.mark.parametrize("of", [lambda: DATA, lambda: read(SHOP).data, lambda: WRONG])
def test_json_is_yaml(of):
    value = of()
    document = read(json.dumps(value, ensure_ascii=False))
    assert document.data == value
    assert (set(document.lines.values()), document.problems) == ({1}, [])


def with_wrong(path):
    """Yield the small shop with all that may stand or happen at a path."""
    here = DATA
    for part in path:
        here = here[part]
    for wrong in WRONG + damages(here):
        yield json.dumps(changed(DATA, path, wrong), ensure_ascii=False)


@pytest.mark.usefixtures("json_is_read_as_such")
@pytest.mark.parametrize("number", range(len(PATHS)), ids=lambda n: ".".join(map(str, PATHS[n])) or "all")
def test_each_value_of_a_right_configuration_may_be_something_else(shop, number):
    """A quarter of all, another one for each value; the long test has the rest."""
    shop("")
    for text in list(with_wrong(PATHS[number]))[number % 4 :: 4]:
        only_our_errors(text)


@pytest.mark.slow
@pytest.mark.usefixtures("json_is_read_as_such")
def test_each_value_of_a_right_configuration_may_be_anything(shop):
    shop("")
    for path in PATHS:
        for text in with_wrong(path):
            only_our_errors(text)


@cache
def shop_data():
    return read(SHOP).data


@pytest.mark.usefixtures("json_is_read_as_such")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_demo_shop_with_several_damages_at_once_is_a_clear_refusal(shop, data):
    shop("")
    mangled = shop_data()
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(paths(mangled))))
        wrong = data.draw(st.sampled_from(WRONG))
        mangled = changed(mangled, path, wrong)
    only_our_errors(json.dumps(mangled, ensure_ascii=False))


def test_reading_a_configuration_imports_yaml_and_asking_for_the_models_does_not():
    """A module that only names EdgeConfig stays small."""
    code = "import sys, gateway.config.root; print('ruamel.yaml' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
