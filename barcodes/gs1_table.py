"""The application identifiers of GS1: what each holds, in which form, and which rules it keeps. Data, and its reading.

Source: GS1 General Specifications, 3.2 "GS1 Application Identifiers in numerical order" (formats, check digits, dates),
7.8.6 (element strings of predefined length, by the first two digits of the AI) and 7.11 (the characters that are
allowed: 82 of them, 39 for the component's identifier).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

# An AI, or a range of them; then its parts: n digits, x of the 82 characters, y of the 39; how many of them, `..` for
# up to so many, `?` for none; and the rule of a part. `#` stands for the digits behind the point, 0 to 5 or as it says.
_TABLE: Final = """
00 n18:check
01-03 n14:check
10 x..20
11-13,15-17 n6:day
20 n2
21-22 x..20
235 x..28
240-241 x..30
242 n..6
243 x..20
250-251 x..30
253 n13:check x..17?
254 x..20
255 n13:check n..12?
30 n..8
310#-316# n6
320#-329# n6
330#-337# n6
340#-349# n6
350#-357# n6
360#-369# n6
37 n..8
390#9 n..15
391#9 n3 n..15
392#9 n..15
393#9 n3 n..15
394#3 n4
395#5 n6
400-401 x..30
402 n17:check
403 x..30
410-417 n13:check
420 x..20
421 n3 x..9
422 n3
423 n3 n..12:threes?
424 n3
425 n3 n..12:threes?
426 n3
427 x..3
4300-4301 x..35
4302-4306 x..70
4307 x2:letters
4308 x..30
4309 n20
4310-4311 x..35
4312-4316 x..70
4317 x2:letters
4318 x..20
4319 x..30
4320 x..35
4321-4323 n1:truth
4324-4325 n10:minute
4326 n6:date
4330-4333 n6 x1:minus?
7001 n13
7002 x..30
7003 n10:minute
7004 n..4
7005 x..12
7006 n6:date
7007 n6:date n6:date?
7008 x..3
7009 x..10
7010 x..2
7011 n6:date n4:clock?
7020-7022 x..20
7023 x..30
7030-7039 n3 x..27
7040 n1 x3
7041 x..4
710-717 x..20
7230-7239 x2 x..28
7240 x..20
7241 n2
7242 x..25
7250 n8:born
7251 n12:born
7252 n1
7253-7254 x..40
7255 x..10
7256 x..90
7257 x..70
7258 x3
7259 x..40
8001 n14
8002 x..20
8003 n14:check x..16?
8004 x..30
8005 n6
8006 n14:check n2 n2
8007 x..34
8008 n8:hour n..4:sexagesimal?
8009 x..50
8010 y..30
8011 n..12
8012 x..20
8013-8014 x..25
8017-8018 n18:check
8019 n..10
8020 x..25
8026 n14:check n2 n2
8030 x..90
8110 x..70
8111 n4
8112 x..70
8200 x..70
90 x..30
91-99 x..90
"""

PREDEFINED: Final[Mapping[str, int]] = (  # the length of AI and data together, by the first two digits
    {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16}
    | dict.fromkeys([str(n) for n in range(11, 20)], 8)
    | dict.fromkeys([str(n) for n in range(31, 37)], 10)
)
CHARACTERS: Final[Mapping[str, frozenset[str]]] = {
    "n": frozenset("0123456789"),
    "x": frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"),
    "y": frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
}
_PART: Final = re.compile(r"([nxy])(\.\.)?(\d+)(?::(\w+))?(\?)?")


class Part(NamedTuple):
    """One part of a field: of which characters, how many, and by which rule."""

    characters: str  # a key of CHARACTERS
    least: int
    most: int
    rule: str | None


def _ais(written: str) -> Iterator[str]:
    """Yield the AIs of a row: `01-03`, `11-13,15-17`, `310#-316#`, `394#3`."""
    for piece in written.split(","):
        first, _, last = piece.partition("-")
        stem, sign, most = first.partition("#")
        for number in range(int(stem), int((last or first).partition("#")[0]) + 1):
            ai = str(number).rjust(len(stem), "0")
            yield from (f"{ai}{point}" for point in range(int(most or 5) + 1)) if sign else (ai,)


def _parts(written: str) -> Iterator[Part]:
    for part in written.split():
        found = _PART.fullmatch(part)
        assert found, part
        characters, open_ended, most, rule, optional = found.groups()
        least = 0 if optional else 1 if open_ended else int(most)
        yield Part(characters, least, int(most), rule)


FIELDS: Final[Mapping[str, tuple[Part, ...]]] = {
    ai: tuple(_parts(parts))
    for row in _TABLE.strip().splitlines()
    for ais, _, parts in [row.partition(" ")]
    for ai in _ais(ais)
}
DIGITS: Final[Mapping[str, int]] = {ai[:2]: len(ai) for ai in FIELDS}  # of an AI, by its first two
