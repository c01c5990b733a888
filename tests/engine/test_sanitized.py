"""The kernel writes nowhere but where it may, and does nothing that C leaves open: its tests, with sanitizers in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.engine import kernel

TESTS = ("test_kernel.py", "test_arrival.py", "test_window_sums.py", "test_against_reference.py", "test_shops.py")


@pytest.mark.slow
def test_the_kernels_tests_pass_with_sanitizers(tmp_path: Path) -> None:
    library, source = tmp_path / "sanitized.so", Path(kernel.__file__).with_name("in_c")
    flags = ["-O1", "-g", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    made = subprocess.run(
        ["cc", *flags, *sanitizers, "-o", library, *source.glob("*.c"), "-lm"],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    loaded = [
        subprocess.check_output(["cc", f"-print-file-name=lib{name}.so"], text=True).strip()
        for name in ("asan", "ubsan")
    ]
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *(str(here / name) for name in TESTS)],
        env=os.environ | {
            "LD_PRELOAD": " ".join(loaded), "ASAN_OPTIONS": "detect_leaks=0", "GONGBANG_KERNEL": str(library),
            "PYTHONMALLOC": "malloc", "ENGINE_EXAMPLES": "20",
        },
        cwd=here.parents[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:]
    assert " passed" in done.stdout
