"""The file of a copy: a ZIP with the database, the configuration and a manifest, sealed when there is a passphrase."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Final, cast

from gateway.backup import manifest as manifests
from gateway.backup.gentle import Gentle
from gateway.backup.manifest import Manifest
from gateway.backup.seal import NotOpened, SealedReader, SealedWriter, is_sealed

DATABASE: Final = "journal.db"
MANIFEST: Final = "manifest.json"
CONFIG: Final = "edge_config.yaml"
CHUNK: Final = 1 << 20
FAST: Final = 1  # samples are packed already; events become a fifth at any level
# What a damaged ZIP raises, besides NotOpened of a sealed one.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, struct.error, ValueError)


def write(
    file: IO[bytes], database: Path, manifest: Manifest, more: Mapping[str, bytes], passphrase: bytes | None
) -> Manifest:
    """Write a copy of a database that stands still; return the manifest with its sum. Raises OSError."""
    with closing(Gentle(file)) as gentle:
        if passphrase is None:
            return _zip(gentle, database, manifest, more)
        with closing(SealedWriter(cast(IO[bytes], gentle), passphrase)) as sealed:
            return _zip(sealed, database, manifest, more)


def _zip(to: io.RawIOBase, database: Path, manifest: Manifest, more: Mapping[str, bytes]) -> Manifest:
    sha = hashlib.sha256()
    with zipfile.ZipFile(cast(IO[bytes], to), "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as zipped:
        with zipped.open(DATABASE, "w", force_zip64=True) as out, database.open("rb") as db:
            while data := db.read(CHUNK):
                sha.update(data)
                out.write(data)
        for name, text in more.items():
            zipped.writestr(name, text)
        manifest = replace(manifest, sha256=sha.hexdigest())
        zipped.writestr(MANIFEST, manifest.dumps())
    return manifest


@contextmanager
def opened(path: Path, passphrase: bytes | None) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a copy. Raises NotOpened for what is none, is damaged, or has another passphrase; OSError."""
    with path.open("rb") as file:
        source: IO[bytes] = file
        if is_sealed(file):
            if passphrase is None:
                raise NotOpened("it is sealed: its passphrase is needed")
            source = cast(IO[bytes], io.BufferedReader(SealedReader(file, passphrase), CHUNK))
        try:
            with zipfile.ZipFile(source) as zipped:
                yield zipped, manifests.loads(zipped.read(MANIFEST))
        except _BROKEN as error:
            raise NotOpened(f"{path.name} is no whole copy: {error}") from error


def unpack(zipped: zipfile.ZipFile, manifest: Manifest, to: IO[bytes]) -> None:
    """Write the database out. Raises NotOpened when it is not what went in, OSError."""
    sha = hashlib.sha256()
    with zipped.open(DATABASE) as db, closing(Gentle(to)) as out:
        while data := db.read(CHUNK):
            sha.update(data)
            out.write(data)
    if sha.hexdigest() != manifest.sha256:
        raise NotOpened("the database is not the one that was copied")
