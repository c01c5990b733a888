"""The write-ahead log as it lies on the medium: which of its frames SQLite would take, and which lie behind a break.

SQLite takes frames up to the first whose checksum does not fit, and writes over the rest: a flipped bit hides every
commit after it. Format and checksum: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = struct.Struct(">8I")  # magic, version, page size, checkpoint, two salts, two sums
HEAD_BYTES: Final = 24  # of a frame: the page's number, the database's size after a commit, two salts, two sums
PAGE_SIZES: Final = (1024, 4096)  # of new files, and of those that were made before
UInts = NDArray[np.uint32]
Cut = tuple[NDArray[np.uint8], UInts, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames behind the last commit that SQLite takes, in the order in which they were written."""

    numbers: UInts  # [N], of the page in the database
    pages: NDArray[np.uint8]  # [N, page size]
    linked: NDArray[np.bool_]  # [N], whether the checksum continues that of the frame before: the page is whole


def orphan_frames(log: bytes) -> Frames | None:
    """Return the commits that lie behind a break in the log; None when there are none: a log that ends was cut off.

    Frames of the log's earlier rounds bear other salts; those of a transaction that was taken back end in no commit.
    A commit's last frame that was being written when the process was killed looks like a break too.
    """
    header, _, readable = _header(log)
    frames, head, linked = _frames(log)
    if not len(frames):
        return None
    salts = header[4:6] if readable else head[0, 2:4]
    ours = (head[:, 2:4] == salts).all(axis=1)
    taken = linked & ours & readable
    broken = len(taken) if taken.all() else int(taken.argmin())
    ours[broken:][:1] |= linked[broken:][:1]  # it follows, so it is its salt that is wrong
    commits = np.flatnonzero(ours & (head[:, 1] > 0))
    if not len(commits) or commits[-1] < broken:
        return None
    rest = slice(max(commits[commits < broken] + 1, default=0), commits[-1] + 1)
    return Frames(head[rest, 0], frames[rest, HEAD_BYTES:], linked[rest])


def every_frame(log: bytes) -> Frames:
    """Return all that lies in the log, from whatever round; nothing says that any of it is whole."""
    frames, head, _ = _frames(log)
    return Frames(head[:, 0], frames[:, HEAD_BYTES:], np.zeros(len(frames), np.bool_))


def _header(log: bytes) -> tuple[UInts, str, bool]:
    """Return the header's words [8], the type of the checksums' words, and whether the header is whole."""
    header = np.array(HEADER.unpack_from(log.ljust(HEADER.size)), np.uint32)
    dtype = ">u4" if header[0] & 1 else "<u4"  # as the machine that wrote it counts
    words = np.frombuffer(log.ljust(HEADER.size)[:24], dtype)[None]
    return header, dtype, bool((_sums(words, np.zeros((1, 2), np.uint32)) == header[6:]).all())


def _frames(log: bytes) -> Cut:
    """Cut a log into frames; where the header is damaged, its pages are of the size that makes more of them follow."""
    header, dtype, readable = _header(log)
    sizes = [size for size in PAGE_SIZES if not readable or size == header[2]]
    cuts = [_cut(log, header, dtype, size) for size in sizes or PAGE_SIZES[:1]]
    return max(cuts, key=lambda cut: int(cut[2].sum()))


def _cut(log: bytes, header: UInts, dtype: str, page_bytes: int) -> Cut:
    """Return frames [N, bytes], the words at their heads [N, 6], and whether each continues the one before it [N]."""
    wide = HEAD_BYTES + page_bytes
    count = max(0, len(log) - HEADER.size) // wide
    frames = np.frombuffer(log.ljust(HEADER.size), np.uint8, count * wide, HEADER.size).reshape(count, wide)
    head = np.ascontiguousarray(frames[:, :HEAD_BYTES]).view(">u4").astype(np.uint32).reshape(count, 6)
    words = np.hstack((frames[:, :8], frames[:, HEAD_BYTES:])).view(dtype)
    before = np.vstack((header[None, 6:], head[:-1, 4:]))[:count]
    return frames, head, (_sums(words, before) == head[:, 4:]).all(axis=1)


def _sums(words: NDArray[np.uint32], before: UInts) -> UInts:
    """Return the checksums [N, 2] of rows of words [N, W], each going on from the sums before it [N, 2].

    SQLite's loop `s0 += x + s1; s1 += y + s0` is t[j+2] = t[j+1] + t[j] + x[j] with t[0], t[1] the sums before:
    each word goes into the end with a Fibonacci number as its weight, modulo 2^32.
    """
    wide = words.shape[1]
    weights = _fibonacci(wide + 2)
    ends = words.astype(np.uint32) @ np.stack((weights[wide - 1 :: -1], weights[wide:0:-1]), axis=1)
    return ends + before @ np.array([weights[wide - 1 : wide + 1], weights[wide : wide + 2]], np.uint32)


@cache
def _fibonacci(count: int) -> UInts:
    """Return F(0) to F(count - 1) modulo 2^32."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append((numbers[-1] + numbers[-2]) & 0xFFFFFFFF)
    return np.array(numbers, np.uint32)
