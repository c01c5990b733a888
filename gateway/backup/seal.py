"""A sealed file: nobody reads or changes it without the passphrase, and a cut or a swap of its parts is seen.

Chunks of 64 KiB by ChaCha20-Poly1305 (fast without a processor's help), their numbers and whether they are the last in
the nonce: STREAM, of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", 2015. The key comes from the passphrase by argon2id with the second parameters of RFC 9106.
"""

import io
import os
import secrets
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAGIC: Final = b"gongbang sealed 1\n"
SALT_BYTES, PREFIX_BYTES, TAG_BYTES = 16, 7, 16
HEAD_BYTES: Final = len(MAGIC) + SALT_BYTES + PREFIX_BYTES
CHUNK: Final = 1 << 16
LEAST_BYTES: Final = 8  # of a passphrase


class NotOpened(Exception):
    """It cannot be opened: a wrong passphrase, none, or a file that is not as it was written."""


def read_key(path: Path) -> bytes:
    """Return the passphrase in a file, without the line's end. Raises NotOpened and OSError."""
    return checked(path.read_bytes().strip(b"\r\n"))


def checked(passphrase: bytes) -> bytes:
    """Return a passphrase that is long enough. Raises NotOpened."""
    if len(passphrase) < LEAST_BYTES:
        raise NotOpened(f"the passphrase has fewer than {LEAST_BYTES} bytes")
    return passphrase


def is_sealed(file: IO[bytes]) -> bool:
    """Return whether a file begins as a sealed one; it is read from its beginning afterwards."""
    file.seek(0)
    found = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return found


def derived(passphrase: bytes, salt: bytes) -> bytes:
    """Return the key of a passphrase, 32 bytes: on purpose it takes a second and 64 MiB."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(passphrase, salt, 3, 1 << 16, 4, 32, Type.ID)


class _Cipher:
    def __init__(self, passphrase: bytes, head: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        salt, self._prefix = head[len(MAGIC) : -PREFIX_BYTES], head[-PREFIX_BYTES:]
        self._aead, self._head = ChaCha20Poly1305(derived(passphrase, salt)), head

    def seal(self, chunk: bytes, number: int, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(number, last), chunk, self._head)

    def open(self, chunk: bytes, number: int, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._aead.decrypt(self._nonce(number, last), chunk, self._head)
        except InvalidTag:
            why = "the passphrase is another one, or the file is damaged" if number == 0 else "the file is damaged"
            raise NotOpened(why) from None

    def _nonce(self, number: int, last: bool) -> bytes:
        return self._prefix + number.to_bytes(4, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Seals what is written into a file, in order; `close` writes the end, and leaves the file open."""

    def __init__(self, file: IO[bytes], passphrase: bytes) -> None:
        head = MAGIC + secrets.token_bytes(SALT_BYTES + PREFIX_BYTES)
        file.write(head)
        self._file, self._cipher = file, _Cipher(passphrase, head)
        self._waiting, self._number = bytearray(), 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "ReadableBuffer") -> int:
        """Take bytes; return how many."""
        before = len(self._waiting)
        self._waiting += data
        taken = len(self._waiting) - before
        while len(self._waiting) > CHUNK:  # the last chunk is told apart, so one always waits
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return taken

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
        super().close()

    def _put(self, chunk: bytes, last: bool) -> None:
        self._file.write(self._cipher.seal(chunk, self._number, last))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads a sealed file from any place in it. Raises NotOpened for another passphrase or a changed file."""

    def __init__(self, file: IO[bytes], passphrase: bytes) -> None:
        file.seek(0)
        head = file.read(HEAD_BYTES)
        sealed_bytes = file.seek(0, os.SEEK_END) - HEAD_BYTES
        self._chunks = -(-sealed_bytes // (CHUNK + TAG_BYTES))
        self._size = sealed_bytes - self._chunks * TAG_BYTES
        if not head.startswith(MAGIC) or self._size < 0 or self._chunks == 0:
            raise NotOpened("the file is cut off")
        self._file, self._cipher = file, _Cipher(passphrase, head)
        self._at, self._held = 0, (-1, b"")
        self._chunk(0)
        self._chunk(self._chunks - 1)  # a file that was cut has another chunk at its end

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; return it."""
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, into: "ReadableBuffer") -> int:
        """Fill a buffer as far as the chunk goes; return how many bytes, 0 at the end."""
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, CHUNK)
        view = memoryview(into).cast("B")
        found = self._chunk(number)[offset : offset + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._file.seek(HEAD_BYTES + number * (CHUNK + TAG_BYTES))
            sealed = self._file.read(CHUNK + TAG_BYTES)
            self._held = number, self._cipher.open(sealed, number, number == self._chunks - 1)
        return self._held[1]
