"""What is asked of a Modbus device, and how often."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus_plan import Block, Breaker, Layout
from sensors.point import REGISTERS, Point, Table, Type

TYPES: list[Type] = ["bool", "u16", "i32", "f64"]


@st.composite
def some_points(draw: st.DrawFn) -> list[Point]:
    """Points anywhere, overlapping or not."""
    count = draw(st.integers(1, 30))
    found = []
    for n in range(count):
        table: Table = draw(st.sampled_from(["coil", "discrete", "input", "holding"]))
        kind: Type = "bool" if table in ("coil", "discrete") else draw(st.sampled_from(TYPES))
        found.append(Point(name=f"p{n}", table=table, address=draw(st.integers(0, 200)), type=kind))
    return found


def covered(blocks: list[Block]) -> set[tuple[Table, int]]:
    """Every register that the reads bring."""
    return {(block.table, block.start + i) for block in blocks for i in range(block.count)}


def wanted(points: list[Point]) -> set[tuple[Table, int]]:
    """Every register that the points need."""
    return {(point.table, point.address + i) for point in points for i in range(REGISTERS[point.type])}


@given(some_points(), st.integers(8, 125), st.integers(0, 16))
def test_reads_bring_every_register_within_the_limits(points: list[Point], most: int, gap: int) -> None:
    """None too long (but what cannot be divided), no large hole, nothing missing, nothing twice."""
    layout = Layout(points)
    blocks = layout.blocks(most, gap)
    assert wanted(points) <= covered(blocks)
    assert sum(block.count for block in blocks) == len(covered(blocks))
    for block in blocks:
        limit = 2000 if block.table in ("coil", "discrete") else most
        assert block.count <= limit or len(block.atoms) == 1
        assert all(b.start - a.end <= gap for a, b in zip(block.atoms, block.atoms[1:], strict=False))


@given(some_points(), st.integers(0, 16))
def test_splitting_goes_on_until_nothing_is_read_that_is_not_wanted(points: list[Point], gap: int) -> None:
    """Every split ends, loses no register, and in the end reads single values."""
    layout = Layout(points)
    todo, done = layout.blocks(125, gap), []
    while todo:
        block = todo.pop()
        if len(block.atoms) == 1:
            done.append(block)
            continue
        parts = block.split(layout)
        assert len(parts) > 1
        todo += parts
    assert covered(done) == wanted(points)


@given(some_points(), st.integers(8, 125), st.integers(0, 16))
def test_every_register_has_its_own_place_in_the_image(points: list[Point], most: int, gap: int) -> None:
    """A reply's registers go where the decoder looks for them."""
    layout = Layout(points)
    image: list[tuple[Table, int] | None] = [None] * layout.words
    for block in layout.blocks(most, gap):
        reply = [(block.table, block.start + i) for i in range(block.count)]
        image[block.put] = reply if block.take is None else [reply[i] for i in block.take]
    for table, address in wanted(points):
        assert image[layout.place(table, address)] == (table, address)


def test_the_breaker_asks_ever_less_and_forgets_at_the_first_answer() -> None:
    """Three times in its rhythm, then after 2, 4, 8, 16 and at most 30 s."""
    breaker = Breaker()
    waits = []
    for _ in range(9):
        breaker.fail(100.0, 0.5)
        waits.append(breaker.ask_at_s - 100.0)
    assert waits == [0.5, 0.5, 2, 4, 8, 16, 30, 30, 30]
    breaker.mend()
    assert (breaker.failures, breaker.ask_at_s) == (0, 0.0)
