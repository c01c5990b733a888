"""Line protocol: what is written reads back, by a parser of its own that does as InfluxDB does."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from influxdb_client import Point

from gateway.event import Position, Row
from gateway.journal.blocks import STATISTICS, Block, Columns, Schema
from gateway.publish import lines

T0 = 1_764_000_000_000_000_001
PLACE = ("shop-1", "gw_1")
NAMES = st.text(min_size=1, max_size=12)
ODD = st.text(alphabet='ab ,="\\#\n\r\t\0%é공', min_size=1, max_size=8)

Read = tuple[str, dict[str, str], dict[str, float | str], int]


HEAD = re.compile(r"((?:\\.|[^\\, ])+)((?:,(?:\\.|[^\\,= ])+=(?:\\.|[^\\,= ])+)*) ")
TAG = re.compile(r",((?:\\.|[^\\=])+)=((?:\\.|[^\\,])+)")
FIELD = re.compile(r'((?:\\.|[^\\,= ])+)=("(?:\\["\\]|[^"\\])*"|[-+.\de]+)([, ])')


def bare(text: str) -> str:
    """Undo the escapes of names."""
    return re.sub(r"\\([ ,=])", r"\1", text)


def parse(line: bytes) -> Read:
    """Return (measurement, tags, fields, time) of a line."""
    text = line.decode()
    assert "\n" not in text, "a line is one line"
    assert not text.startswith("#"), "a comment"
    head = HEAD.match(text)
    assert head is not None, text
    tags = {bare(tag): bare(value) for tag, value in TAG.findall(head[2])}
    fields: dict[str, float | str] = {}
    at, more = head.end(), ","
    while more == ",":
        found = FIELD.match(text, at)
        assert found is not None, text[at:]
        name, value, more = found.groups()
        fields[bare(name)] = re.sub(r'\\(["\\])', r"\1", value[1:-1]) if value.startswith('"') else float(value)
        at = found.end()
    return bare(head[1]), tags, fields, int(text[at:])


def block(values: Any, quality: Any = None, fields: Any = None, *, clock: str = "synced", **schema: Any) -> Block:
    """Return a block of rows a nanosecond apart."""
    values = np.asarray(values, np.float64)
    named = tuple(fields or [f"p{k}" for k in range(values.shape[1])])
    told: dict[str, Any] = {"device": "meter_1", "tags": {}, "profile": None, "window_s": None} | schema
    place = Position(1, "9f3a", 7)
    times = T0 + np.arange(len(values))
    codes = np.zeros(values.shape, np.uint8) if quality is None else np.asarray(quality, np.uint8)
    if told["window_s"] is not None:
        codes = np.zeros((len(values), 0), np.uint8)
    return Block(
        place,
        Schema(place, told["device"], named, ("",) * len(named), told["tags"], told["profile"], 1, told["window_s"]),
        "boot-1",
        clock,
        Columns(times, times, np.zeros(len(values), np.int64), values, codes),
    )


def read(part: Block) -> list[Read]:
    """Return the lines of a block, read back."""
    return [parse(line) for some in lines.block_lines(part, *PLACE) for line in some]


def event(body: dict[str, Any], kind: str = "scan", source: str = "scanner_1", clock: str = "synced") -> Read:
    """Return the line of an event, read back."""
    row = Row(Position(3, "9f3a", 17), kind, source, 5, "boot-1", T0, clock, body)
    return parse(lines.event_line(row, *PLACE))


def expected(name: str) -> str:
    """What a name becomes, said another way than in the program: character by character."""
    clean = "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in name)
    pairs = zip(clean, [*clean, ""][1:], strict=True)
    return "".join("/" if one == "\\" and after in ("", " ", ",", "=", "\\") else one for one, after in pairs)


def test_a_row_is_a_line_with_tags_of_where_it_is_from() -> None:
    part = block([[431.2, -0.5]], fields=["power", "current"], tags={"machine": "press_1", "station": "line_2"})
    tags = {"workshop": "shop-1", "gateway": "gw_1", "device": "meter_1", "machine": "press_1", "station": "line_2"}
    assert read(part) == [("device", tags, {"power": 431.2, "current": -0.5}, T0)]


def test_the_profile_is_the_measurement() -> None:
    ((measurement, *_),) = read(block([[1.0]], profile="eastron-sdm120"))
    assert measurement == "eastron-sdm120"


def test_a_line_has_its_tags_in_order_as_the_database_keeps_them() -> None:
    (line,) = next(lines.block_lines(block([[1.0]], tags={"machine": "a"}), *PLACE))
    assert line.startswith(b"device,device=meter_1,gateway=gw_1,machine=a,workshop=shop-1 p0=1.0 ")


def test_a_number_that_is_none_is_left_out_and_the_others_stay() -> None:
    rows = read(block([[1.0, math.nan, 3.0], [math.inf, 2.0, -math.inf], [math.nan] * 3]))
    assert [fields for _, _, fields, _ in rows] == [{"p0": 1.0, "p2": 3.0}, {"p1": 2.0}]


def test_bad_quality_is_left_out_and_uncertain_is_not() -> None:
    rows = read(block([[1.0, 2.0, 3.0, 4.0]], [[0, 1, 2, 16]]))
    assert [fields for _, _, fields, _ in rows] == [{"p0": 1.0, "p1": 2.0, "p2": 3.0}]


def test_an_empty_tag_is_left_out() -> None:
    ((_, tags, _, _),) = read(block([[1.0]], tags={"machine": "", "station": "line_2"}))
    assert tags == {"workshop": "shop-1", "gateway": "gw_1", "device": "meter_1", "station": "line_2"}


def test_a_measurement_that_would_be_a_comment_gets_a_backslash() -> None:
    ((measurement, *_),) = read(block([[1.0]], profile="#1"))
    assert measurement == "\\#1"


@pytest.mark.parametrize("name", ["a\\", "a\\\\", "\\", "a\\ b", "a\\,b", "a\\=b"])
def test_a_backslash_that_would_escape_becomes_a_slash(name: str) -> None:
    ((_, tags, fields, _),) = read(block([[1.0]], fields=[name], tags={"station": name}))
    assert tags["station"] == next(iter(fields)) == expected(name)
    assert "/" in tags["station"]


def test_a_line_break_in_a_name_is_a_blank_and_in_a_text_is_shown() -> None:
    ((_, tags, _, _),) = read(block([[1.0]], tags={"station": "a\nb\r"}))
    assert tags["station"] == "a b "
    *_, fields, _ = event({"text": 'one\ntwo\r"\\'})
    assert fields["text"] == 'one\\ntwo\\r"\\'


def test_a_field_that_is_named_like_a_tag_or_the_time_gets_an_underscore() -> None:
    ((_, _, fields, _),) = read(block([[1.0, 2.0, 3.0, 4.0]], fields=["time", "device", "machine", "power"]))
    assert fields == {"time_": 1.0, "device_": 2.0, "machine_": 3.0, "power": 4.0}


def test_a_row_whose_time_never_met_a_right_clock_says_so() -> None:
    ((_, _, fields, _),) = read(block([[1.0]], clock="unsynced"))
    assert fields == {"p0": 1.0, "unsynced": 1.0}
    *_, fields, _ = event({}, clock="unsynced")
    assert fields["unsynced"] == 1.0


def test_a_window_has_five_fields_for_each_point_that_has_a_value() -> None:
    columns = np.zeros((2, 5, 2))
    columns[0] = [[10, 0], [1.5, math.nan], [1.0, math.nan], [2.0, math.nan], [1.25, math.nan]]
    part = block(columns.reshape(2, -1), fields=["power", "voltage"], window_s=10, profile="meter")
    assert [(measurement, fields) for measurement, _, fields, _ in read(part)] == [
        ("meter_10s", {"power_count": 10.0, "power_mean": 1.5, "power_min": 1.0, "power_max": 2.0, "power_last": 1.25})
    ]
    assert [name.split("_")[1] for name in read(part)[0][2]] == list(STATISTICS)


def test_an_event_is_flat_numbers_are_floats_and_its_identity_can_be_found() -> None:
    body = {
        "machine": "press_1", "delta": 3, "reset": False, "message": {"ko": "멈췄어요", "en": "stopped"},
        "ticket": {"type": "coupon", "bundle": "B-1", "quantity": 20}, "by": None, "defects": ["a", 1],
    }  # fmt: skip
    assert event(body, "count", "press_1") == (
        "event",
        {"workshop": "shop-1", "gateway": "gw_1", "kind": "count", "source": "press_1"},
        {
            "id": "gw_1:e:3-9f3a:17", "machine": "press_1", "delta": 3.0, "reset": 0.0, "message_ko": "멈췄어요",
            "message_en": "stopped", "ticket_type": "coupon", "ticket_bundle": "B-1", "ticket_quantity": 20.0,
            "defects": '["a",1]',
        },
        T0,
    )  # fmt: skip


def test_a_body_never_replaces_the_identity_of_its_event() -> None:
    _, tags, fields, _ = event({"id": "x", "kind": "y", "source": "z", "time": 1, "gateway": "w"})
    assert fields["id"] == "gw_1:e:3-9f3a:17"
    assert tags["kind"] == "scan"
    assert {name: fields[name] for name in ("id_", "kind_", "source_", "time_", "gateway_")} == {
        "id_": "x", "kind_": "y", "source_": "z", "time_": 1.0, "gateway_": "w",
    }  # fmt: skip


def test_a_field_has_one_type_whatever_the_kind() -> None:
    """A count's `raw` is a number and a scan's is a text: in one measurement one of them would be refused."""
    assert event({"raw": 7})[2]["raw"] == 7.0
    assert event({"raw": "]C0TE1"})[2]["raw_text"] == "]C0TE1"


def test_an_integer_that_is_no_float_is_a_text() -> None:
    assert event({"serial": 10**400})[2]["serial"] == str(10**400)


@given(
    data=st.data(),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 4)),
    device=NAMES | ODD,
    profile=st.none() | NAMES | ODD,
    station=st.text(max_size=6) | ODD,
)
def test_whatever_stands_in_a_block_reads_back(
    data: st.DataObject, shape: tuple[int, int], device: str, profile: str | None, station: str
) -> None:
    values = data.draw(arrays.arrays(np.float64, shape, elements=st.floats(width=64)))
    quality = data.draw(arrays.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 2, 16, 18, 19])))
    fields = data.draw(st.lists(NAMES | ODD, min_size=shape[1], max_size=shape[1], unique_by=lambda n: lines.key(n)))
    part = block(values, quality, fields, device=device, profile=profile, tags={"station": station})
    wanted: list[Read] = []
    for t in range(shape[0]):
        named = {
            expected(fields[k]) + ("_" if fields[k] in lines.TAKEN else ""): float(values[t, k])
            for k in range(shape[1])
            if quality[t, k] < 16 and math.isfinite(values[t, k])
        }
        tags = {"workshop": "shop-1", "gateway": "gw_1", "device": expected(device), "station": expected(station)}
        name = expected(profile) if profile else "device"
        name = f"\\{name}" if name.startswith("#") else name
        if named:
            wanted.append((name, {k: v for k, v in tags.items() if v}, named, T0 + t))
    found = read(part)
    assert found == wanted
    # -0.0 equals 0.0: the sign counts too
    signs = [[math.copysign(1, v) for v in fields.values()] for _, _, fields, _ in found]
    assert signs == [[math.copysign(1, v) for v in fields.values()] for _, _, fields, _ in wanted]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | ODD, inner, max_size=3),
    max_leaves=6,
)


@given(body=st.dictionaries(NAMES | ODD, JSON, max_size=5), source=NAMES | ODD)
def test_whatever_an_event_says_is_a_line(body: dict[str, Any], source: str) -> None:
    measurement, tags, fields, time_ns = event(body, source=source)
    assert (measurement, time_ns, fields["id"]) == ("event", T0, "gw_1:e:3-9f3a:17")
    assert tags["source"] == expected(source)
    if len(body) == 1:  # else names may fall together
        for name, value in body.items():
            _found(fields, name, value)


def _found(fields: Mapping[str, float | str], name: str, value: Any) -> None:
    """See that a value stands under its name."""
    if value is None or isinstance(value, Mapping):
        return
    number = isinstance(value, int | float)
    full = name if number or name not in lines.NUMBERS else f"{name}_text"
    found = fields[expected(full) + ("_" if full in lines.EVENT_TAKEN else "")]
    if number:
        assert found == float(value)
    elif isinstance(value, str):
        assert found == value.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")


def test_the_lines_say_what_those_of_the_client_say() -> None:
    """Where names are plain, ours and influxdb-client's own mean the same."""
    part = block([[431.2, 1e22, 5e-324]], fields=["power", "much", "little"], tags={"machine": "press 1"})
    point = Point("device").time(T0)
    for tag, value in {"workshop": "shop-1", "gateway": "gw_1", "device": "meter_1", "machine": "press 1"}.items():
        point = point.tag(tag, value)
    for name, value in {"power": 431.2, "much": 1e22, "little": 5e-324}.items():
        point = point.field(name, value)
    assert read(part) == [parse(point.to_line_protocol().encode())]


def test_a_long_block_is_given_in_parts_and_none_is_missing() -> None:
    values = np.arange(30_000.0).reshape(-1, 3)
    parts = list(lines.block_lines(block(values), *PLACE))
    assert len(parts) > 1
    assert max(map(len, parts)) * 3 <= lines.CELLS
    found = [tuple(fields.values()) for part in parts for _, _, fields, _ in map(parse, part)]
    assert found == [tuple(row) for row in values.tolist()]
