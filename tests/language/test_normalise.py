"""Canonical texts, and properties that hold for any expression and any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.language import ExpressionError, normalise, parse, tree
from gateway.language.durations import LARGEST_NS, LONGEST_NS, MILLISECOND_NS, NS, duration_ns, show_duration
from gateway.language.functions import BY_NAME
from gateway.language.normalise import show
from gateway.language.parser import parse_syntax
from gateway.language.syntax import (
    Apply,
    Binary,
    Comparison,
    Conditional,
    Duration,
    Flag,
    Hold,
    Inverse,
    Literal,
    Minus,
    Name,
    Syntax,
    conjunction,
    disjunction,
)
from sensors.quantities import LONGEST_FIRST, UNITS
from tests.language.shop import NAMES, Shop

SHOP = Shop()
NUMBERS = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
SPANS = st.integers(min_value=MILLISECOND_NS, max_value=LONGEST_NS)
SYMBOLS = [symbol for symbol in LONGEST_FIRST if symbol not in NS]


def larger(inner: st.SearchStrategy[Syntax]) -> st.SearchStrategy[Syntax]:
    """Return expressions one level above others."""
    some = st.lists(inner, min_size=2, max_size=3)
    names = st.sampled_from(sorted(BY_NAME))
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Minus, inner),
        st.builds(Comparison, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), inner, inner),
        st.builds(Conditional, inner, inner, inner),
        st.builds(Inverse, inner),
        some.map(conjunction),
        some.map(disjunction),
        st.builds(Hold, inner, SPANS),
        st.builds(Apply, names, st.lists(inner, max_size=3).map(tuple), st.one_of(st.just(0), SPANS)),
        st.builds(Apply, names, st.lists(inner, max_size=2).map(tuple), st.just(0), SPANS),
    )


LEAVES: st.SearchStrategy[Syntax] = st.one_of(
    st.builds(Literal, NUMBERS),
    st.builds(Literal, NUMBERS, st.sampled_from(SYMBOLS), st.one_of(st.none(), st.sampled_from(sorted(NS)))).filter(
        lambda literal: f"{literal.unit}/{literal.per}" not in UNITS  # `m/min` is a unit of its own
    ),
    st.builds(Literal, NUMBERS, st.none(), st.sampled_from(sorted(NS))),
    st.builds(Duration, st.integers(min_value=0, max_value=LARGEST_NS)),
    st.builds(Flag, st.booleans()),
    st.builds(Name, st.sampled_from(NAMES)),
)
EXPRESSIONS = st.recursive(LEAVES, larger, max_leaves=12)
PIECES = [*NAMES, *BY_NAME, *LONGEST_FIRST, *"()<>=!+-*/%,. ", "<=", "==", "for", "if", "else", "and", "or", "not"]
PIECES += ["hop", "every", "true", "10s", "80 degF", "1e300", "0", "5", " ", "℃", "전력", "\n", "\x00"]


@given(EXPRESSIONS)
def test_what_is_printed_parses_to_the_same_expression(syntax: Syntax) -> None:
    assert parse_syntax(show(syntax)) == syntax


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_no_text_whatever_raises_anything_but_an_expression_error(text: str) -> None:
    checked(text)


@given(EXPRESSIONS)
def test_checking_any_expression_gives_a_tree_or_an_expression_error(syntax: Syntax) -> None:
    text = show(syntax)
    node = checked(text)
    assert node is None or parse(normalise(text), SHOP) == node


def checked(text: str) -> tree.Node | None:
    """Return the tree of a text, None when it was refused properly."""
    try:
        return parse(text, SHOP)
    except ExpressionError as error:
        place, said = error.position, error.text("ko")
    assert 0 <= place <= len(text)
    assert said
    return None


@given(st.integers(min_value=1, max_value=LARGEST_NS))
def test_a_duration_is_read_as_it_is_written(span_ns: int) -> None:
    text = show_duration(span_ns)
    unit = next(one for one in ("ms", "min", "s", "h", "d") if text.endswith(one))
    assert duration_ns(text.removesuffix(unit), unit) == span_ns


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a.x>5W   for 3 s", "a.x > 5 W for 3s"),
        ("((a.x) > (5.0 W))", "a.x > 5 W"),
        ("a.x > 1 and (b.y and c.z)", "a.x > 1 and b.y and c.z"),
        ("(a.x and b.y) or c.z", "a.x and b.y or c.z"),
        ("a.x and (b.y or c.z)", "a.x and (b.y or c.z)"),
        ("mean( a.x ,60s,hop 60000ms )", "mean(a.x, 1min, hop 1min)"),
        ("(a.x-b.y)-c.z", "a.x - b.y - c.z"),
        ("a.x-(b.y-c.z)", "a.x - (b.y - c.z)"),
        ("-(a.x)*2", "-a.x * 2"),
        ("not (a.x)", "not a.x"),
        ("5 % (-2)", "5 % (-2)"),
        ("(1 if a.x else (2))", "(1 if a.x else 2)"),
        ("a.x > 2 degC/min", "a.x > 2 degC/min"),
        ("a.x\n  > 1.50e3", "a.x > 1500"),
    ],
)
def test_texts_of_one_meaning_have_one_canonical_text(text: str, canonical: str) -> None:
    assert normalise(text) == canonical
