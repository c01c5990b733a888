"""Topics, reason codes and the canary."""

import pytest

from gateway.errors import Refused
from gateway.publish.canary import Canary
from gateway.publish.reasons import Verdict, reason, verdict
from gateway.publish.topics import Topics


def test_topics_are_those_of_the_contract() -> None:
    """Prefix, then what it is."""
    topics = Topics("changsin-017", "gw_1")
    assert topics.data("meter_1") == "gongbang/v1/changsin-017/gw_1/data/meter_1"
    assert topics.window("meter_1") == "gongbang/v1/changsin-017/gw_1/window/meter_1"
    assert topics.event("scan") == "gongbang/v1/changsin-017/gw_1/event/scan"
    assert topics.status == "gongbang/v1/changsin-017/gw_1/status"


@pytest.mark.parametrize("level", ["", "a/b", "#", "+", "a\0b", "a\nb", "$SYS", "공방", "a" * 65, "a b"])
def test_a_level_that_is_no_slug_is_refused(level: str) -> None:
    """Nothing from a device or a configuration can leave the gateway's own branch."""
    with pytest.raises(Refused, match="topic"):
        Topics("shop", "gw").event(level)
    with pytest.raises(Refused, match="topic"):
        Topics(level, "gw")


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("gongbang/v1/shop/gw/command/acknowledge", "acknowledge"),
        ("gongbang/v1/shop/gw/command/a/b", None),
        ("gongbang/v1/shop/other/command/acknowledge", None),
        ("gongbang/v1/shop/gw/status", None),
    ],
)
def test_a_command_is_one_of_this_gateway(topic: str, name: str | None) -> None:
    """Others' topics name none."""
    assert Topics("shop", "gw").command(topic) == name


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (0x00, Verdict.TAKEN),
        (0x10, Verdict.TAKEN),
        (0x80, Verdict.REFUSED),
        (0x83, Verdict.REFUSED),
        (0x87, Verdict.REFUSED),
        (0x90, Verdict.REFUSED),
        (0x91, Verdict.AGAIN),
        (0x97, Verdict.AGAIN),
        (0x99, Verdict.REFUSED),
        (0xEE, Verdict.REFUSED),
    ],
)
def test_a_reason_code_says_what_to_do(code: int, what: Verdict) -> None:
    """Below 0x80 taken; above refused, but for what is about the broker and not about the row."""
    assert verdict(code) is what


def test_a_reason_is_readable() -> None:
    """Word and number, for people and for the standard's index."""
    assert reason(0x87) == "not authorized (0x87)"
    assert reason(0xEE) == "refused (0xee)"


def test_a_canary_is_out_until_our_own_message_came_back() -> None:
    """A retained one may be of an older life and proves nothing; once back, the topic is not listened to any more."""
    asked: list[str] = []
    canary = Canary(lambda topic: asked.append("+" + topic), lambda topic: asked.append("-" + topic))
    canary.send("a")
    canary.send("a")
    assert canary.out == {"a"}
    assert canary.came("a", retained=True)
    assert canary.out == {"a"}
    assert canary.came("a", retained=False)
    assert canary.out == set()
    assert canary.came("a", retained=False)  # one that was on its way still
    assert not canary.came("command/x", retained=False)
    canary.send("a")
    assert asked == ["+a", "-a"]
