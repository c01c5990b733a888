"""The chain to the center against a model of it, over a line that loses, doubles and reorders everything."""

import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.event import Position
from gateway.publish.chain import MOST_S, QUICK_S, WINDOW, Sender, Sent
from gateway.publish.replica import Ack

ANSWER_S = 20.0
Rows = list[Position]


class Center:
    """What the center promises: it takes rows when it has the one before them, and says how far it is."""

    def __init__(self) -> None:
        self.rows: set[Position] = set()
        self.at: Position | None = None
        self._backup: tuple[set[Position], Position | None] = set(), None

    def take(self, after: Position | None, rows: Rows) -> Ack:
        """Take a message, or refuse it."""
        if after is not None and after not in self.rows:
            return Ack(self.at, after)
        self.rows |= set(rows)
        self.at = rows[-1]
        return Ack(self.at)

    def back_up(self) -> None:
        """Keep what it has."""
        self._backup = set(self.rows), self.at

    def restore(self) -> None:
        """Have what it had when it was backed up."""
        self.rows, self.at = set(self._backup[0]), self._backup[1]


class Line(RuleBasedStateMachine):
    """A journal, its sender, the center, and what is between them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.center = Center()
        self.up: list[tuple[Position | None, Rows]] = []
        self.down: list[Ack] = []
        self.hopeless: set[Position] = set()
        self.journals = 0
        self.new_journal()

    def row(self) -> None:
        """Keep a row."""
        n = sum(row.start == self.start for row in self.journal) + 1
        self.journal.append(Position(self.start, self.token, n))

    def connect(self, cursor: Position | None) -> None:
        """Let a gateway begin at a cursor."""
        self.sender = Sender(cursor, lambda place: place in self.journal, ANSWER_S)
        self.sender.begin(self.now)

    @rule()
    def new_journal(self) -> None:
        """The card was changed: the same gateway begins with a journal that has nothing."""
        self.journals += 1
        self.journal: Rows = []
        self.start, self.token = 1, f"{self.journals:04x}"
        self.cursor: Position | None = None
        self.connect(None)

    @rule(rows=st.integers(1, 30))
    def append(self, rows: int) -> None:
        """Things happen in the shop."""
        for _ in range(rows):
            self.row()

    @rule()
    def one_that_no_broker_takes(self) -> None:
        """A row is too large."""
        self.row()
        self.hopeless.add(self.journal[-1])

    @rule(most=st.integers(1, 10))
    def send_one(self, most: int) -> None:
        """Send a message."""
        self.send(most)

    def send(self, most: int) -> bool:
        """Send the next message, or set a row aside."""
        self.sender.tick(self.now)
        unread = [row for row in self.journal if self.sender.read is None or row > self.sender.read]
        if self.sender.room < 1 or not unread:
            return False
        if unread[0] in self.hopeless:
            self.sender.passed(unread[0])
            return True
        end = next((k for k, row in enumerate(unread[:most]) if row in self.hopeless), most)
        rows = unread[: min(end, most)]
        self.up.append((self.sender.after, rows))
        self.sender.sent(Sent(rows[-1], 0), self.now)
        return True

    @rule()
    def send_all(self) -> None:
        """Send what may be sent."""
        while self.send(5):
            pass

    @precondition(lambda self: self.up)
    @rule(which=st.integers(0, 50), again=st.booleans(), in_order=st.booleans())
    def arrive(self, which: int, again: bool, in_order: bool) -> None:
        """A message reaches the center, perhaps before others, perhaps once more later."""
        place = 0 if in_order else which % len(self.up)
        self.down.append(self.center.take(*(self.up[place] if again else self.up.pop(place))))

    @precondition(lambda self: self.up)
    @rule(which=st.integers(0, 50))
    def lose(self, which: int) -> None:
        """A broker forgets a message."""
        self.up.pop(which % len(self.up))

    @precondition(lambda self: self.down)
    @rule(which=st.integers(0, 50), again=st.booleans(), in_order=st.booleans())
    def answer(self, which: int, again: bool, in_order: bool) -> None:
        """The center's word reaches the gateway."""
        place = 0 if in_order else which % len(self.down)
        self.hear(self.down[place] if again else self.down.pop(place))

    def hear(self, ack: Ack) -> None:
        """Take it and keep the cursor, forward only."""
        self.sender.acked(ack, self.now)
        confirmed = self.sender.confirmed
        if confirmed is not None and (self.cursor is None or confirmed > self.cursor):
            self.cursor = confirmed

    @precondition(lambda self: self.down)
    @rule(which=st.integers(0, 50))
    def lose_answer(self, which: int) -> None:
        """The center's word is lost."""
        self.down.pop(which % len(self.down))

    @rule()
    def announce(self) -> None:
        """The center connects and says how far it is."""
        self.down.append(Ack(self.center.at))

    @rule(seconds=st.sampled_from([0.1, QUICK_S, ANSWER_S, MOST_S]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        self.sender.tick(self.now)

    @rule(forgotten=st.booleans())
    def connect_again(self, forgotten: bool) -> None:
        """The broker was killed, with or without what it held."""
        if forgotten:
            self.up.clear()
            self.down.clear()
        self.sender.begin(self.now)

    @rule(late=st.booleans())
    def start_again(self, late: bool) -> None:
        """The gateway was killed; its cursor may be an older one."""
        self.start += 1
        if late and self.cursor in self.journal:
            self.cursor = self.journal[self.journal.index(self.cursor) // 2]
            while self.cursor in self.hopeless:
                at = self.journal.index(self.cursor)
                self.cursor = self.journal[at - 1] if at else None
        self.connect(self.cursor)

    @rule()
    def back_up(self) -> None:
        """The center is backed up."""
        self.center.back_up()

    @rule()
    def restore(self) -> None:
        """The center dies, and begins with its backup: rows are gone that it had confirmed."""
        self.center.restore()

    @invariant()
    def nothing_is_missing_in_the_middle(self) -> None:
        """Whatever was lost, doubled or out of order: what the center has has no hole."""
        wanted = [row for row in self.journal if row not in self.hopeless]
        have = [row in self.center.rows for row in wanted]
        assert have == sorted(have, reverse=True)
        assert not self.center.rows & self.hopeless

    @invariant()
    def little_is_on_its_way(self) -> None:
        """Memory and line are bounded."""
        assert len(self.sender.way) <= WINDOW

    def teardown(self) -> None:
        """When the line is well again and a row more is kept, the center has every row of the journal."""
        self.row()
        wanted = {row for row in self.journal if row not in self.hopeless}
        for _ in range(20 + 2 * len(self.journal)):
            while self.send(200):
                pass
            while self.up:
                self.down.append(self.center.take(*self.up.pop(0)))
            while self.down:
                self.hear(self.down.pop(0))
            if wanted <= self.center.rows and not self.sender.way:
                break
            self.now += 1.0 if self.sender.due is None else max(0.0, self.sender.due - self.now)
        assert wanted <= self.center.rows
        assert self.sender.confirmed == max(wanted)
        assert self.sender.settled == self.journal[-1]


Line.TestCase.settings = settings(max_examples=60, stateful_step_count=50)
TestTheChain = Line.TestCase


def sender(answer_s: float = ANSWER_S) -> Sender:
    made = Sender(None, lambda place: place.token == "aaaa", answer_s)
    made.begin(0.0)
    return made


def place(n: int, token: str = "aaaa") -> Position:
    return Position(1, token, n)


def test_a_center_that_is_away_is_asked_with_one_message_more_and_more_seldom() -> None:
    """Days without it cost one message in five minutes."""
    chain, now, asked = sender(), 0.0, []
    for n in range(1, WINDOW + 1):
        chain.sent(Sent(place(n), 0), now)
    assert chain.room == 0
    while now < 3600:
        due = chain.due
        assert due is not None
        now = due
        assert chain.tick(now)
        assert (chain.room, chain.read) == (1, None)
        chain.sent(Sent(place(1), 0), now)
        assert chain.room == 0
        asked.append(now)
    waits = [later - before for before, later in itertools.pairwise(asked)]
    assert waits[:4] == [40.0, 80.0, 160.0, 300.0]
    assert set(waits[4:]) == {MOST_S}


def test_a_sign_of_life_ends_the_waiting() -> None:
    chain = sender()
    chain.sent(Sent(place(1), 0), 0.0)
    assert chain.tick(20.0)
    chain.sent(Sent(place(1), 0), 20.0)
    assert chain.due == 60.0
    chain.acked(Ack(None), 30.0)  # it connected, and has nothing of us
    assert chain.due == 30.0
    assert chain.tick(30.0)
    assert chain.room == 1
    chain.sent(Sent(place(1), 0), 30.0)
    assert chain.acked(Ack(place(1)), 30.1)
    assert chain.room == WINDOW


def test_one_lost_message_is_one_beginning_though_all_behind_it_are_refused() -> None:
    chain = sender()
    for n in range(1, WINDOW + 1):
        chain.sent(Sent(place(n), 0), 5.0)
    assert chain.acked(Ack(place(1)), 5.1)
    for n in range(2, 8):  # the second is lost
        chain.acked(Ack(place(1), missing=place(n)), 5.2)
        if chain.tick(5.2):
            chain.sent(Sent(place(8), 0), 5.2)
    assert chain.begun_again == 1
    assert chain.acked(Ack(place(8)), 5.3)
    assert not chain.tick(5.3 + QUICK_S)


def test_an_answer_given_twice_sends_nothing_again() -> None:
    chain = sender()
    for n in range(1, WINDOW + 1):
        chain.sent(Sent(place(n), 0), 0.0)
    assert chain.acked(Ack(place(4)), 0.1)
    for n in (1, 2, 3, 4, 4):
        assert not chain.acked(Ack(place(n)), 0.2)
    assert not chain.tick(5.0)
    assert (chain.begun_again, chain.foreign, chain.confirmed) == (0, 0, place(4))


def test_answers_to_others_are_counted_and_nothing_else() -> None:
    chain = sender()
    chain.sent(Sent(place(1), 0), 0.0)
    for at in (place(2), place(1, "bbbb"), place(1, "0000"), Position(2, "aaaa", 1)):
        assert not chain.acked(Ack(at), 0.1)
        assert not chain.acked(Ack(at, missing=place(9)), 0.1)
    assert (chain.foreign, chain.confirmed, chain.begun_again) == (8, None, 0)
    assert not chain.tick(1.0)


def test_a_center_that_stands_in_another_journal_is_sent_everything() -> None:
    """It was restored from a time before our card was changed."""
    chain = Sender(place(5), lambda at: at.token == "aaaa", ANSWER_S)
    chain.begin(0.0)
    chain.sent(Sent(place(6), 0), 2.0)
    assert not chain.acked(Ack(place(90, "bbbb"), missing=place(5)), 2.1)
    assert chain.tick(2.1)
    assert (chain.confirmed, chain.read, chain.after) == (None, None, None)


def test_a_late_answer_to_what_was_sent_before_saves_sending_it_again() -> None:
    chain = sender()
    for n in (10, 20):
        chain.sent(Sent(place(n), n), 0.0)
    assert chain.tick(ANSWER_S)
    chain.sent(Sent(place(3), 3), ANSWER_S)
    assert chain.acked(Ack(place(10)), ANSWER_S + 1)
    assert (chain.confirmed, chain.read, chain.after, list(chain.way)) == (place(10), place(10), place(10), [])


def test_what_the_center_said_before_it_lost_rows_counts_no_more() -> None:
    """Else the last rows of a quiet evening would be missing there until the morning."""
    chain = sender()
    chain.sent(Sent(place(10), 0), 0.0)
    assert chain.acked(Ack(place(10)), 0.1)
    chain.sent(Sent(place(11), 0), 2.0)
    assert not chain.acked(Ack(place(5), missing=place(10)), 2.1)
    assert chain.tick(2.1)
    assert (chain.confirmed, chain.read) == (place(5), place(5))
    assert not chain.acked(Ack(place(10)), 2.2)
    chain.sent(Sent(place(11), 0), 2.2)
    assert chain.acked(Ack(place(10)), 2.3)
