"""The quality of a value, one byte: below 16 it may be used, from 16 on it is bad (contract of the point table)."""

from typing import Final

GOOD: Final = 0
UNCERTAIN: Final = 1
HELD: Final = 2
BAD: Final = 16  # the first bad one: `quality >= BAD` is "do not use"
SENSOR_FAULT: Final = 16
OUT_OF_RANGE: Final = 17
NO_REPLY: Final = 18
NOT_A_NUMBER: Final = 19
WRONG_CONFIGURATION: Final = 20
NEVER_SEEN: Final = 255  # inside the point table only; never in a Batch

NAMES: Final[dict[int, str]] = {
    GOOD: "good",
    UNCERTAIN: "uncertain",
    HELD: "held",
    SENSOR_FAULT: "sensor fault",
    OUT_OF_RANGE: "out of range",
    NO_REPLY: "no reply",
    NOT_A_NUMBER: "not a number",
    WRONG_CONFIGURATION: "wrong configuration",
    NEVER_SEEN: "never seen",
}
