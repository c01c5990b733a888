"""Every profile is held against its golden frames: the bytes of a manual or a device, and what they mean."""

import pytest

from sensors import profile
from sensors.crc import crc16
from sensors.golden import Exchange, Golden, differences, meaning, pdu, words, write_differences
from sensors.mark import likeness
from sensors.point import Point


@pytest.mark.parametrize("name", profile.names())
def test_the_frames_mean_what_the_profile_says(name: str) -> None:
    """Values to the last digit that the wire holds; what no frame holds is no reply."""
    known = profile.load(name)
    points = [point.moved(known.address_offset) for point in known.points]
    outputs = [output.moved(known.address_offset) for output in known.outputs]
    for number, golden in enumerate(known.golden):
        assert list(differences(golden, points, known.areas)) == [], number
        assert list(write_differences(golden, outputs)) == [], number


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_has_golden_frames_of_all_that_it_reads(name: str) -> None:
    """A device is supported when it is tested: each point stands in a frame, and so does each output."""
    known = profile.load(name)
    assert known.golden
    told = {point for golden in known.golden for point in golden.expect}
    assert told >= {point.name for point in known.points}, "no frame for these points"
    written = {output for golden in known.golden for output in golden.writes}
    assert written >= {output.name for output in known.outputs}, "no frame for these outputs"


@pytest.mark.parametrize("name", profile.names())
def test_a_profile_is_recognised_by_its_own_frames_before_any_other(name: str) -> None:
    known = profile.load(name)
    if not known.identity:
        return
    read = {}
    for golden in reversed(known.golden):  # the first one shows a device that is well
        read |= words(golden.exchanges)
    own = likeness(known.identity, read, known.address_offset)
    assert own > 0.3
    for other in (profile.load(one) for one in profile.names() if one != name):
        if other.identity and (set(map(str, other.identity)) != set(map(str, known.identity))):
            assert likeness(other.identity, read, other.address_offset) <= own, other.id


def test_a_frame_is_rtu_with_its_check_sum_or_tcp_with_its_length() -> None:
    assert pdu("01 04 00 00 00 02 71 CB") == (1, 4, bytes.fromhex("00000002"))
    assert pdu("00 07 00 00 00 06 01 03 01 02 00 01") == (1, 3, bytes.fromhex("01020001"))
    assert crc16(bytes.fromhex("010400000002")) == bytes.fromhex("71CB")


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ("01 04 00 00 00 02 71 CC", "71 CB"),
        ("00 07 00 00 00 07 01 03 01 02 00 01", "check sum"),
        ("01 0", "hexadecimal"),
        ("", "neither"),
        ("01", "neither"),
    ],
)
def test_a_frame_that_is_none_is_refused(frame: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        pdu(frame)


def golden(request: str, reply: str, **expect: float | str) -> Golden:
    """One exchange of unit 1 without check sums, and what it shall mean."""
    frames = [(bytes.fromhex(frame) + crc16(bytes.fromhex(frame))).hex() for frame in (request, reply)]
    exchange = Exchange(request=frames[0], reply=frames[1])
    return Golden(kind="computed", source="here", exchanges=(exchange,), expect=expect)


def test_what_the_frames_do_not_say_is_told_by_point() -> None:
    power = Point(name="power", address=0)
    told = list(differences(golden("010300000001", "010302000A", power=11.0, voltage=1.0), [power]))
    assert any("power: 10.0, not 11.0" in line for line in told)
    assert any("voltage" in line and "no such point" in line for line in told)


@pytest.mark.parametrize("reply", ["010304000A000B", "010302", "020302000A", "010402000A"])
def test_a_reply_that_does_not_fit_its_request_is_refused(reply: str) -> None:
    with pytest.raises(ValueError, match=r" / "):
        words(golden("010300000001", reply).exchanges)


def test_text_and_bits_stand_in_frames_too() -> None:
    texts = [
        Point(name="serial", kind="text", type="string", address=0, length=2),
        Point(name="swapped", kind="text", type="string", address=0, length=2, word_order="little"),
    ]
    assert meaning(texts, words(golden("010300000002", "01030441424344").exchanges)) == {
        "serial": "ABCD",
        "swapped": "BADC",
    }
    bits = [Point(name=f"b{n}", table="discrete", type="bool", address=n) for n in range(10)]
    said = meaning(bits, words(golden("01020000000A", "0102020102").exchanges))
    assert [said[f"b{n}"] for n in range(10)] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
