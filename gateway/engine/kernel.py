"""The kernel: single rows in compiled code, where it was compiled for this machine. Without it NumPy does the same.

`in_c` works on the memory of the structures here and of the arrays that they point to; each field has eight bytes.
Arrays that are new at each call are given as objects, by `id`: to ask one where it begins takes longer than the work.
"""

import ctypes
import os
import platform
from ctypes import Structure, c_int64, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EDITION: Final = 16  # of the structures, as in kernel.h
LIBRARY: Final = Path(__file__).with_name(f"kernel-{platform.machine()}.so")
KINDS: Final = (
    "python", "against", "order", "join", "not", "arithmetic", "choose", "hold", "ewma", "recent", "window",
    "recent_time", "window_time",
)  # fmt: skip
FUNCTIONS: Final = ("count", "sum", "mean", "std", "min", "max", "range", "delta", "rate", "first", "last")


def address(array: NDArray[Any]) -> int:
    """Return where an array begins. Whoever gives it to the kernel keeps the array."""
    assert array.flags.c_contiguous
    return int(array.ctypes.data)


class Fields(Structure):
    """A structure that keeps the arrays which it points to; `kind` is that of a stage."""

    kind = ""

    def __init__(self, **values: Any) -> None:
        super().__init__(**{name: address(one) if isinstance(one, np.ndarray) else one for name, one in values.items()})
        self.kept = values


class Numbers(Structure):
    """Where the numbers of an operand stand: in the frame, or constants of their own."""

    _fields_ = (("places", c_void_p), ("constants", c_void_p))


class Readers(Fields):
    """Who of a stage reads each truth of a program's row, from where on in `of`; and room for some of them."""

    _fields_ = (("first", c_void_p), ("of", c_void_p), ("which", c_void_p))


class Stage(Structure):
    """A stage of a program; `of` is what it is of its kind."""

    _fields_ = (("kind", c_int64), ("bit", c_uint64), ("more", c_uint64), ("of", c_void_p))


class Program(Fields):
    """A program's stages, and its row. Of a truth: `wakes[wake_of]` are whom it wakes, `giver` is its stage."""

    _fields_ = (
        ("stages_n", c_int64), ("now_ns", c_int64), ("clean", c_int64), ("mask", c_uint64), ("changed_n", c_int64),
        ("came_n", c_int64), ("rows_n", c_int64), ("turned_n", c_int64), ("open", c_int64), ("stages", c_void_p),
        ("numbers", c_void_p), ("truths", c_void_p), ("wakes", c_void_p), ("wake_of", c_void_p), ("giver", c_void_p),
        ("changed", c_void_p), ("always", c_uint64), ("holds", c_uint64), ("earliest_ns", c_void_p),
        ("holds_n", c_int64), ("end_ns", c_void_p), ("readings_n", c_int64), ("latches", c_void_p),
        ("takes", c_void_p), ("keeps", c_void_p), ("told", c_void_p), ("overlaps_n", c_int64), ("overlaps", c_void_p),
    )  # fmt: skip


class ToldFields(Structure):
    """What the kernel knows of a `Told`."""

    n: int
    stale: bool
    _fields_ = (
        ("n", c_int64), ("most", c_int64), ("stale", c_int64), ("places_at", c_void_p), ("truths_at", c_void_p),
    )  # fmt: skip


class OverlapFields(Structure):
    """What the kernel knows of an `Overlap`."""

    _fields_ = (
        ("other_at", c_void_p), ("own_n", c_int64), ("there_at", c_void_p), ("own_at", c_void_p),
        ("at_other_at", c_void_p), ("other_truths_at", c_void_p),
    )  # fmt: skip


class Exchange(Fields):
    """Where numbers and truths stand in a program's row, and their slots in what programs share."""

    _fields_ = (
        ("numbers_n", c_int64), ("truths_n", c_int64), ("number_places", c_void_p), ("number_slots", c_void_p),
        ("truth_places", c_void_p), ("truth_slots", c_void_p), ("slot_of", c_void_p), ("numbers", c_void_p),
        ("truths", c_void_p),
    )  # fmt: skip


class Against(Fields):
    """Comparisons of the numbers [n] from `first` on with constants: those of each begin at `begins` [n + 1], in order.

    `truths`: where that of each limit stands; inverted, where it is turned round. `passed` [n]: how many limits are
    below a number, counted from the first of all; -1: not known.
    """

    kind = "against"
    _fields_ = (
        ("first", c_int64), ("n", c_int64), ("begins", c_void_p), ("limits", c_void_p), ("truths", c_void_p),
        ("passed", c_void_p), ("low", c_void_p), ("high", c_void_p),
    )  # fmt: skip


class Order(Fields):
    """Comparisons of two numbers: which one, a place in `>`, `>=`, `<`, `<=`."""

    kind = "order"
    _fields_ = (("n", c_int64), ("which", c_int64), ("out", c_int64), ("left", Numbers), ("right", Numbers))


class Join(Fields):
    """`and` (the least) and `or` of truths, `places` [n, depth]; of each truth of the frame those that read it."""

    kind = "join"
    _fields_ = (
        ("n", c_int64), ("depth", c_int64), ("least", c_int64), ("out", c_int64), ("places", c_void_p),
        ("readers", Readers),
    )  # fmt: skip


class Not(Fields):
    """`not`."""

    kind = "not"
    _fields_ = (("n", c_int64), ("out", c_int64), ("places", c_void_p))


class Arithmetic(Fields):
    """Arithmetic: which one, a place in `+`, `-`, `*`."""

    kind = "arithmetic"
    _fields_ = Order._fields_


class Choose(Fields):
    """`x if c else y`."""

    kind = "choose"
    _fields_ = (
        ("n", c_int64), ("out", c_int64), ("truths", c_void_p), ("then", Numbers), ("other", Numbers),
        ("readers", Readers),
    )  # fmt: skip


class Hold(Fields):
    """Holds."""

    kind = "hold"
    _fields_ = (
        ("n", c_int64), ("out", c_int64), ("truths", c_void_p), ("places", c_void_p), ("duration_ns", c_void_p),
        ("end_ns", c_void_p), ("earliest_ns", c_void_p), ("readers", Readers),
    )  # fmt: skip


class OverRows(Fields):
    """A bank that each new row moves on."""

    _fields_ = (
        ("keeper", c_void_p), ("out", c_int64), ("readings", c_int64), ("places", c_void_p), ("runs_n", c_int64),
        ("runs", c_void_p), ("scratch", c_void_p),
    )  # fmt: skip


NO_VALUE, MORE_VALUES = -1, -2  # of a rule, instead of where it stands


class Latches(Fields):
    """The rules of a program, and which of them flipped."""

    _fields_ = (
        ("most", c_int64), ("first", c_void_p), ("readers", c_void_p), ("active", c_void_p), ("flipped", c_void_p),
        ("flipped_row", c_void_p), ("flipped_value", c_void_p),
    )  # fmt: skip


class EwmaFields(Structure):
    """What the kernel knows of an `Ewma`."""

    level_ns: int
    passed_ns: int
    n: int
    taus_n: int
    _fields_ = (
        ("level_ns", c_int64), ("passed_ns", c_int64), ("n", c_int64), ("taus_n", c_int64), ("value_at", c_void_p),
        ("seen_at", c_void_p), ("weight_at", c_void_p), ("taus_at", c_void_p), ("tau_of_at", c_void_p),
        ("last_at", c_void_p),
    )  # fmt: skip


class RecentFields(Structure):
    """What the kernel knows of a `Recent`."""

    begun: bool
    whole: bool
    level: bool
    newest_ns: int
    n: int
    latest_at: int | None
    told_ns: int
    due_ns: int
    passed_ns: int
    _fields_ = (
        ("begun", c_int64), ("whole", c_int64), ("level", c_int64), ("newest_ns", c_int64), ("n", c_int64),
        ("first_stuck", c_int64), ("first_missing", c_int64), ("value_at", c_void_p), ("seen_at", c_void_p),
        ("within_at", c_void_p), ("last_at", c_void_p), ("other_at", c_void_p), ("floor_at", c_void_p),
        ("ends_at", c_void_p), ("start_at", c_void_p), ("first_at", c_void_p), ("told_at", c_void_p),
        ("latest_at", c_void_p), ("told_ns", c_int64), ("due_ns", c_int64), ("passed_ns", c_int64),
    )  # fmt: skip


class FoldFields(Structure):
    """What the kernel knows of a `Fold`."""

    begun: bool
    length: int
    width: int
    capacity: int
    _fields_ = (
        ("begun", c_int64), ("length", c_int64), ("width", c_int64), ("capacity", c_int64), ("which", c_int64),
        ("before_at", c_void_p), ("since_at", c_void_p),
    )  # fmt: skip


class GlideFields(Structure):
    """What the kernel knows of a `Glide`."""

    end_ns: int
    base: int
    edge: int
    dirty: bool
    steady: bool
    firm: bool
    window_ns: int
    offset_ns: int
    _fields_ = (
        ("end_ns", c_int64), ("base", c_int64), ("edge", c_int64), ("dirty", c_int64), ("steady", c_int64),
        ("firm", c_int64), ("window_ns", c_int64), ("offset_ns", c_int64), ("shift_at", c_void_p),
        ("firm_at", c_void_p), ("folds_at", c_void_p * 2),
    )  # fmt: skip


class PartFields(Structure):
    """What the kernel knows of a `Part`."""

    which: int
    first: int
    column: int
    n: int
    _fields_ = (("which", c_int64), ("first", c_int64), ("column", c_int64), ("n", c_int64), ("glide_at", c_void_p))


class WindowFields(Structure):
    """What the kernel knows of a `Window`."""

    count: int
    first: int
    now_ns: int
    dirty: int
    due_ns: int
    capacity: int
    columns: int
    results_n: int
    window_ns: int
    latest_at: int | None
    _fields_ = (
        ("count", c_int64), ("first", c_int64), ("now_ns", c_int64), ("dirty", c_int64), ("due_ns", c_int64),
        ("capacity", c_int64), ("columns", c_int64), ("results_n", c_int64), ("window_ns", c_int64),
        ("parts_n", c_int64), ("times_at", c_void_p), ("rows_at", c_void_p), ("parts_at", c_void_p),
        ("latest_at", c_void_p),
    )  # fmt: skip


_ARRAY: Final = np.empty((1, 1))
_STRUCTURES: Final[tuple[type[Structure], ...]] = (  # as `sizes` has them
    Numbers, Readers, Stage, Program, Exchange, ToldFields, OverlapFields, Against, Order, Join, Not, Arithmetic,
    Choose, Hold, OverRows, Latches, EwmaFields, RecentFields, FoldFields, GlideFields, PartFields, WindowFields,
)  # fmt: skip


def load(file: Path) -> Any:
    """Return a kernel; None where there is none of this version for this machine."""
    try:
        library = ctypes.PyDLL(str(file))  # for some microseconds, in which nobody else need run
        library.edition.restype, library.data_of.restype, library.data_of.argtypes = c_int64, c_void_p, (c_void_p,)
        if library.edition() != EDITION or library.data_of(id(_ARRAY)) != address(_ARRAY):
            return None
        sizes = (c_int64 * len(_STRUCTURES))()
        library.sizes(sizes)
        if list(sizes) != [ctypes.sizeof(one) for one in _STRUCTURES]:
            return None
        for one in (library.time_passes, library.go_on, library.stands):
            one.argtypes, one.restype = (c_void_p, c_int64), c_int64
        library.rows.argtypes, library.rows.restype = (*(c_void_p,) * 3, *(c_int64,) * 2), c_int64
        library.first_end_of.argtypes, library.first_end_of.restype = (c_void_p,) * 2, c_int64
        library.clean.argtypes, library.clean.restype = (c_void_p,) * 2, c_int64
        library.mark_bad.argtypes, library.mark_bad.restype = (*(c_void_p,) * 4, c_int64), c_int64
        for one in (library.sum_up, library.join_sums):
            one.argtypes, one.restype = (c_void_p,) * 3, c_int64
    except (OSError, AttributeError):
        return None
    return library


LOADED: Any = load(Path(os.environ.get("GONGBANG_KERNEL", LIBRARY)))  # another file; "off" is none
