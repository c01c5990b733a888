"""The rules of the house: who may import whom, how long a module may be, and that no package hides another."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "barcodes": {"barcodes"},
    "sensors": {"sensors"},
    "drivers": {"drivers", "barcodes", "sensors"},
    "gateway": {"gateway", "drivers", "barcodes", "sensors"},
    "center": {
        "center",
        "gateway.publish.topics",
        "gateway.publish.replica",
        "gateway.event",
        "gateway.version",
        "gateway.apart",
        "gateway.backup.replicated",  # in the processes that make a copy (decision 59)
    },
}
# The way of a reading goes one way inside the daemon too: no part imports one that stands after it.
ORDER = [
    "clock",
    "language",
    "config",
    "engine",
    "journal",
    "work",
    "printing",
    "pay",
    "reports",
    "backup",
    "publish",
    "actions",
    "live",
    "finding",
    "web",
    "app",
    "commands",
]


def modules(package: str) -> Iterator[Path]:
    """Every module of a package."""
    return (ROOT / package).rglob("*.py")


def imported(module: Path) -> Iterator[str]:
    """Every module that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import hides where it goes"
            yield node.module or ""


def part_of(module: Path) -> str:
    """The noun of the daemon that a module belongs to."""
    return module.relative_to(ROOT / "gateway").with_suffix("").parts[0]


def place(part: str) -> int:
    """Where a part stands on the way; -1 for what has no place on it and may be imported by all."""
    return ORDER.index(part) if part in ORDER else -1


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_the_design_allows(package: str) -> None:
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules(package)
        for name in imported(module)
        if name.partition(".")[0] in MAY_IMPORT
        and not any(name == allowed or name.startswith(allowed + ".") for allowed in MAY_IMPORT[package])
    ]
    assert not wrong, "\n".join(wrong)


def test_inside_the_daemon_imports_go_one_way() -> None:
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules("gateway")
        for name in imported(module)
        if part_of(module) in ORDER
        and name.startswith("gateway.")
        and place(name.split(".")[1]) > place(part_of(module))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["barcodes", "sensors"])
def test_the_pure_packages_touch_no_wire_and_no_clock(package: str) -> None:
    forbidden = {"asyncio", "socket", "time", "serial", "pymodbus", "threading", "subprocess"}
    wrong = [f"{m.name}: {name}" for m in modules(package) for name in imported(m) if name.split(".")[0] in forbidden]
    assert not wrong


def test_the_figures_are_pure() -> None:
    ours = ("gateway.figures", "gateway.states", "sensors.batch")
    allowed = {"numpy", "math", "array", "collections", "types", "typing", "dataclasses"}
    wrong = [
        f"{module.name}: {name}"
        for module in modules("gateway/figures")
        for name in imported(module)
        if name.split(".")[0] not in allowed and not name.startswith(ours)
    ]
    assert not wrong


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(module.relative_to(ROOT)): lines
        for package in MAY_IMPORT
        for module in modules(package)
        if (lines := len(module.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def test_no_package_of_tests_hides_one_of_ours() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(module.relative_to(ROOT))
        for package in MAY_IMPORT
        for module in modules(package)
        if not ast.get_docstring(ast.parse(module.read_text("utf-8")))
    ]
    assert not silent
