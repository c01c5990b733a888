"""A fresh Debian for the tests of the installation."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import ROOT

from tests.deploy.debian import PYTHON, SUITE, Debian, keep_in_memory, lacking, run


@pytest.fixture(scope="module")
def debian() -> Iterator[Debian]:
    """A fresh Debian with a release in it, nothing installed; gone afterwards, whatever happens."""
    if why := lacking():
        pytest.skip(why)
    folder = Path(f"/var/tmp/gongbang-install-{os.getpid()}-{time.monotonic_ns()}")
    folder.mkdir()
    in_memory = keep_in_memory(folder)
    debian = Debian(folder / "root", folder / "boot.log")
    try:
        made = run([str(ROOT / "tools" / "root.sh"), "make", "amd64", SUITE, str(debian.root)], 900)
        if made.code == 77:
            pytest.skip(made.err)
        assert made.code == 0, made
        built = [str(ROOT / "tools" / "package.sh"), "--arch", "amd64", "--python", PYTHON, "--no-archive"]
        packaged = run([*built, "--out", str(folder / "dist")], 600)
        assert packaged.code == 0, packaged
        debian.path("/releases").mkdir()
        Path(packaged.out.strip().splitlines()[-1]).rename(debian.path("/releases/built"))
        debian.mount()
        yield debian
    finally:
        debian.cut_power()
        debian.unmount()
        if in_memory:
            run(["umount", "-l", str(folder)])
        shutil.rmtree(folder, ignore_errors=True)
