"""The sources of the screens: they type-check, are locked, and ship nothing that their policy would refuse."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "dashboard"
CENTER = DASHBOARD.parent / "center/static"


@pytest.mark.slow
def test_every_component_type_checks(built: Path) -> None:
    done = subprocess.run(["npx", "svelte-check", "--fail-on-warnings"], cwd=DASHBOARD, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_dependencies_are_exact_and_locked_without_the_address_of_a_registry() -> None:
    package = json.loads((DASHBOARD / "package.json").read_text())
    assert "dependencies" not in package, "the screens are one bundle: nothing is installed where they run"
    assert all(re.fullmatch(r"[\d.]+", version) for version in package["devDependencies"].values())
    assert '"resolved"' not in (DASHBOARD / "package-lock.json").read_text()


def test_what_is_served_stays_within_its_budget(built: Path) -> None:
    for folder in (built, CENTER):
        assets = list((folder / "assets").iterdir())
        assert sum(p.stat().st_size for p in assets if p.name.startswith("interface-")) < 120_000
        pages = [p for p in assets if p.suffix == ".js" and not p.name.startswith("decoder-")]
        scripts = [len(gzip.compress(p.read_bytes())) for p in pages]
        assert max(scripts) < 70_000  # a page of the office comes when it is opened, and nobody opens all
        assert sum(scripts) < 200_000


def test_no_script_spreads_arguments_after_an_optional_chain(built: Path) -> None:
    spread = re.compile(r"\?\.[\w$.]*\((?:[^()\[\]]*,)?\.\.\.")  # which Chrome before 91 calls with others
    for script in [*(built / "assets").glob("*.js"), *(CENTER / "assets").glob("*.js")]:
        assert not spread.findall(script.read_text()), script.name


def test_what_reads_a_cameras_pictures_comes_with_the_camera_alone_and_has_its_own_budget(built: Path) -> None:
    reads = [*built.glob("assets/decoder-*.js"), *built.glob("assets/*.wasm")]
    assert len(reads) == 2
    assert sum(len(gzip.compress(p.read_bytes())) for p in reads) < 450_000
    early = (built / "index.html").read_text() + (built / "worker.js").read_text()
    assert not [p.name for p in reads if p.name in early], "the floor neither loads nor keeps it"
    assert (built / "assets/zxing-wasm-MIT.txt").exists()
    assert not [*CENTER.glob("assets/decoder-*"), *CENTER.glob("assets/*.wasm")]


def test_the_floors_screens_load_no_script_of_the_owners(built: Path) -> None:
    index = (built / "index.html").read_text()
    entry = [built / path for path in re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', index)]
    words = max((built / "assets").glob("k*.js"), key=lambda p: p.stat().st_size)
    assert entry
    assert sum(len(gzip.compress(p.read_bytes())) for p in [*entry, words]) < 100_000
    charts = [p.name for p in (built / "assets").glob("*.js") if "u-legend" in p.read_text()]  # of uPlot
    assert charts
    assert not {p.name for p in entry} & set(charts)


def test_each_server_ships_its_own_page_alone(built: Path) -> None:
    assert (
        sorted(p.name for p in built.glob("*.html")) == sorted(p.name for p in CENTER.glob("*.html")) == ["index.html"]
    )
    gateways = "".join(p.read_text() for p in (built / "assets").glob("*.js"))
    assert "/api/v1/stream" in gateways
    assert "/api/v1/fleet" not in gateways
    assert "/api/v1/stream" not in "".join(p.read_text() for p in (CENTER / "assets").glob("*.js"))


def test_the_font_has_a_name_of_its_own_and_its_licence_beside_it(built: Path) -> None:
    css = "".join(p.read_text() for p in (built / "assets").glob("*.css"))
    assert "Gongbang Sans" in css
    assert "Pretendard" not in css
    assert "SIL OPEN FONT LICENSE" in (built / "assets/gongbang-sans-OFL.txt").read_text().upper()


def test_no_page_needs_an_inline_script_or_an_address_elsewhere(built: Path) -> None:
    for folder in (built, CENTER):
        index = (folder / "index.html").read_text()
        assert re.findall(r"<script(?![^>]*\bsrc=)", index) == []
        assert re.findall(r"https?://", index) == []
