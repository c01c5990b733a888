"""A sealed file opens with its passphrase, from any place in it, and with nothing else or changed."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.backup import seal
from gateway.backup.seal import CHUNK, HEAD_BYTES, TAG_BYTES, NotOpened, SealedReader, SealedWriter, read_key
from tests.backup.house import PASSPHRASE

KEY = PASSPHRASE.encode()


DATA = bytes(range(256)) * (3 * CHUNK // 256)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Keys come at once; `test_copy` makes a real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal, "derived", lambda passphrase, salt: hashlib.sha256(passphrase + salt).digest())
        yield


def sealed(data: bytes, passphrase: bytes = KEY) -> io.BytesIO:
    """Seal bytes in pieces of several sizes."""
    file = io.BytesIO()
    with SealedWriter(file, passphrase) as writer:
        for at in range(0, len(data), 50_001):
            writer.write(data[at : at + 50_001])
    return file


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_is_read_again_to_the_byte(size: int) -> None:
    data = bytes(i * 7 % 251 for i in range(size))
    file = sealed(data)
    assert SealedReader(file, KEY).read() == data
    assert size < 8 or data[:8] not in file.getvalue()


@settings(max_examples=15)
@given(st.integers(0, 3 * CHUNK), st.integers(1, CHUNK))
def test_it_is_read_from_any_place(at: int, count: int) -> None:
    reader = SealedReader(sealed(DATA), KEY)
    reader.seek(at)
    found = b""
    while len(found) < count and (part := reader.read(count - len(found))):
        found += part
    assert found == DATA[at : at + count]


@pytest.mark.parametrize("at", [len(seal.MAGIC) + 1, HEAD_BYTES - 1, HEAD_BYTES + 5, HEAD_BYTES + 2 * CHUNK, -1])
def test_a_flipped_bit_anywhere_is_seen(at: int) -> None:
    whole = bytearray(sealed(DATA).getvalue())
    whole[at] ^= 4
    with pytest.raises(NotOpened):
        SealedReader(io.BytesIO(whole), KEY).read()


def test_a_part_cut_off_or_in_another_place_is_seen() -> None:
    whole, wide = sealed(DATA).getvalue(), CHUNK + TAG_BYTES
    first, second = whole[HEAD_BYTES : HEAD_BYTES + wide], whole[HEAD_BYTES + wide : HEAD_BYTES + 2 * wide]
    for changed in (whole[:-wide], whole[:-1], whole[:HEAD_BYTES], whole[: HEAD_BYTES - 3]):
        with pytest.raises(NotOpened):
            SealedReader(io.BytesIO(changed), KEY).read()
    with pytest.raises(NotOpened):
        SealedReader(io.BytesIO(whole[:HEAD_BYTES] + second + first + whole[HEAD_BYTES + 2 * wide :]), KEY).read()


def test_another_passphrase_opens_nothing_and_says_so() -> None:
    with pytest.raises(NotOpened, match="passphrase is another one"):
        SealedReader(sealed(b"wages"), b"another one")


def test_a_passphrase_is_a_line_of_a_file_and_not_too_short(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY + b"\r\n")
    assert read_key(file) == KEY
    file.write_bytes(b"short\n")
    with pytest.raises(NotOpened, match="fewer than 8"):
        read_key(file)
