"""What a scanner types, by the events of its keys."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.keyboard import CAPS_LOCK, EV_KEY, EV_SYN, HANGUL, LEFT_ALT, SYN_DROPPED, TAB, Keyboard
from drivers.layouts import KEYPAD, LAYOUTS, LayoutName

ENTER, KEYPAD_ENTER, SHIFT, CONTROL, RIGHT_ALT = 28, 96, 42, 29, 100
SECOND_NS = 1_000_000_000
Event = tuple[int, int, int]


def key(code: int, *held: int) -> list[Event]:
    """The events of one key, with others held down."""
    events = [*((EV_KEY, one, 1) for one in held), (EV_KEY, code, 1), (EV_SYN, 0, 0), (EV_KEY, code, 0)]
    return [*events, *((EV_KEY, one, 0) for one in reversed(held)), (EV_SYN, 0, 0)]


def typed(text: str, layout: LayoutName = "us") -> list[Event]:
    """The events by which a scanner types a text."""
    plain, shifted = ({sign: code for code, sign in plane.items()} for plane in LAYOUTS[layout].__getstate__()[:2])
    events: list[Event] = []
    for sign in text:
        events += key(plain[sign]) if sign in plain else key(shifted[sign], SHIFT)
    return events


def codes(keyboard: Keyboard, *events: Event) -> list[bytes]:
    """What the events say, all at one time."""
    return [code for event in events for code in keyboard.feed(*event, 0)]


ASCII = "".join(map(chr, range(32, 127)))


@pytest.mark.parametrize("layout", ["us", "kr", "uk"])
def test_every_printable_character_arrives(layout: LayoutName) -> None:
    assert codes(Keyboard(layout, "auto", 500), *typed(ASCII, layout), *key(ENTER)) == [ASCII.encode()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tickets_arrive_in_every_layout(layout: LayoutName) -> None:
    text = "W-0007-5 B-0231-AP-20-Q"
    assert codes(Keyboard(layout, "auto", 500), *typed(text, layout), *key(ENTER)) == [text.encode()]


def test_german_and_french_keys_lie_elsewhere() -> None:
    assert codes(Keyboard("de", "auto", 99), *typed("zy/"), *key(16, RIGHT_ALT), *key(ENTER)) == [b"yz-@"]
    assert codes(Keyboard("fr", "auto", 99), *typed("qa1!"), *key(ENTER)) == [b"aq&1"]


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, TAB])
def test_enter_on_either_side_and_tab_end_a_code(end: int) -> None:
    assert codes(Keyboard("us", "auto", 99), *typed("A1"), *key(end), *typed("B2"), *key(end)) == [b"A1", b"B2"]


def test_a_tab_inside_a_code_is_data_when_enter_ends_it() -> None:
    assert codes(Keyboard("us", "enter", 99), *typed("A"), *key(TAB), *typed("B"), *key(ENTER)) == [b"A\tB"]


def test_the_number_pad_types_digits() -> None:
    pad = {sign: code for code, sign in KEYPAD.items()}
    events = [event for sign in "0123456789-+*/." for event in key(pad[sign])]
    assert codes(Keyboard("us", "auto", 99), *events, *key(ENTER)) == [b"0123456789-+*/."]


def test_characters_typed_by_their_number_arrive_whatever_the_layout() -> None:
    pad = {sign: code for code, sign in KEYPAD.items()}

    def by_number(number: str) -> list[Event]:
        pressed = [event for digit in number for event in key(pad[digit])]
        return [(EV_KEY, LEFT_ALT, 1), *pressed, (EV_KEY, LEFT_ALT, 0)]

    events = [event for number in ("065", "45", "0233", "029", "54620") for event in by_number(number)]
    assert codes(Keyboard("fr", "auto", 99), *events, *key(ENTER)) == [b"A-\xe9\x1d" + "한".encode()]
    surrogate = [*by_number("55300"), *typed("A"), *key(ENTER)]
    assert codes(Keyboard("us", "auto", 99), *surrogate) == [], "half a character: not what was printed"


def test_a_control_character_is_typed_with_ctrl_and_a_group_separator_is_one() -> None:
    right_bracket = 27
    events = [*typed("10A"), *key(right_bracket, CONTROL), *typed("21"), *key(ENTER)]
    assert codes(Keyboard("us", "auto", 99), *events) == [b"10A\x1d21"]


def test_hangul_behind_the_hangul_key_is_put_together() -> None:
    events = [*key(HANGUL), *typed("dnjseks"), *key(HANGUL), *typed("-A3"), *key(ENTER), *typed("ok"), *key(ENTER)]
    assert codes(Keyboard("kr", "auto", 99), *events) == ["원단-A3".encode(), b"ok"]
    assert codes(Keyboard("us", "auto", 99), *events) == [b"dnjseks-A3", b"ok"]


def test_caps_lock_turns_letters_alone() -> None:
    events = [*key(CAPS_LOCK), *typed("aB1"), *key(CAPS_LOCK), *typed("a"), *key(ENTER)]
    assert codes(Keyboard("us", "auto", 99), *events) == [b"Ab1a"]


def test_a_key_that_is_held_types_once() -> None:
    repeated = [(EV_KEY, 30, 1), (EV_KEY, 30, 2), (EV_KEY, 30, 2), (EV_KEY, 30, 0)]
    assert codes(Keyboard("us", "auto", 99), *repeated, *key(ENTER)) == [b"a"]


def test_a_code_of_which_events_are_missing_is_dropped_and_counted_and_the_next_one_is_whole() -> None:
    keyboard = Keyboard("us", "auto", 99)
    lost = [*typed("88"), (EV_SYN, SYN_DROPPED, 0), *typed("x"), (EV_SYN, 0, 0), *typed("345"), *key(ENTER)]
    assert codes(keyboard, *lost, *typed("A1"), *key(ENTER)) == [b"A1"]
    assert keyboard.dropped >= 1


def test_a_code_that_is_too_long_is_dropped_whole_and_counted_once() -> None:
    keyboard = Keyboard("us", "auto", 16)
    assert codes(keyboard, *typed("x" * 500), *key(ENTER), *typed("A1"), *key(ENTER)) == [b"A1"]
    assert keyboard.dropped == 1


def test_slow_typing_is_one_code_and_a_beginning_of_long_ago_is_dropped() -> None:
    keyboard = Keyboard("us", "auto", 99)
    found = []
    for second, event in enumerate([*typed("A1"), *key(ENTER)]):
        found += keyboard.feed(*event, second * SECOND_NS)
    assert found == [b"A1"]
    keyboard.feed(EV_KEY, 30, 1, 100 * SECOND_NS)
    assert [code for event in [*typed("B"), *key(ENTER)] for code in keyboard.feed(*event, 200 * SECOND_NS)] == [b"B"]
    assert keyboard.dropped == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 130), st.integers(-1, 3)), max_size=200))
def test_whatever_keys_are_pressed_codes_are_bytes_within_the_limit(events: list[Event]) -> None:
    keyboard = Keyboard(random.Random(len(events)).choice(list(LAYOUTS)), "auto", 16)
    assert all(len(code) <= 64 for code in codes(keyboard, *events))
    assert sum(map(len, keyboard._typed)) <= 16
