"""The guide does what it says: its links lead, its snippets load, its commands are understood."""

import errno
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from ruamel.yaml import YAML

from barcodes.ticket import Coupon, encode
from center.config import Config
from center.fleet import OFFLINE_TIMES
from center.load import load as center_config
from drivers.serial_port import explain
from drivers.vision.labels import FORMATS, Reader
from gateway.actions.texts import MOST_LINES
from gateway.actions.webhook import NEVER
from gateway.commands.main import COMMANDS, _parser
from gateway.config.actions import NotifyAction
from gateway.config.load import load
from gateway.config.messages import Language
from gateway.config.publish import InfluxPublisher
from gateway.engine.causes import SETTLE_NS
from gateway.engine.windows import WINDOWS_S
from gateway.errors import ConfigurationError
from gateway.journal.blocks import STATISTICS
from gateway.publish.lines import DEVICE, EVENT
from sensors.profile import load as load_profile
from sensors.profile import names as profile_names
from sensors.quality import NAMES, NO_REPLY, WRONG_CONFIGURATION
from tests.config.models import every_model
from tests.guide import BLOCK, BOTH, FILES, GUIDE, INLINE, PAGES, ROOT, WRITTEN, prose, text

SCREENS = ROOT / "dashboard/src"
SHELVE_MIN, CHATTERS = (
    int(re.findall(rf"{name} = (\d+)", (SCREENS / file).read_text("utf-8"))[0])
    for name, file in (("MINUTES", "parts/Acknowledge.svelte"), ("CHATTERS", "views/Alarms.svelte"))
)

# Both languages


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_built_alike_in_both_languages(page: str) -> None:
    def bones(language: str) -> list[str]:
        marks = re.findall(r"^(#+ |\d+\. |- |\| *[-!`]| *```\w*)", text(page, language), re.MULTILINE)
        return [mark.strip() for mark in marks]

    assert bones("ko") == bones("en")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_to_be_typed_is_the_same_in_both_languages(page: str) -> None:
    korean, english = ([code for kind, code in BLOCK.findall(text(page, lang)) if kind == "sh"] for lang in FILES)
    assert [shlex.split(code, comments=True) for code in korean] == [shlex.split(c, comments=True) for c in english]


@pytest.mark.parametrize(("page", "language"), [(page, language) for page in PAGES for language in FILES])
def test_what_a_page_links_to_is_there(page: str, language: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", prose(page, language))
    assert links
    assert [link for link in links if not (GUIDE / link).exists()] == []


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_a_link_into_a_page_leads_to_a_heading(page: str, language: str) -> None:
    headings = re.findall(r"^#+ (.+)$", prose(page, language), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", prose(page, language))) <= anchors


@pytest.mark.parametrize("language", FILES)
def test_the_first_page_leads_to_every_other(language: str) -> None:
    links = set(re.findall(r"\]\(([^)]+)\)", text("index", language)))
    assert [page for page in PAGES if page != "index" and f"{page}{FILES[language]}" not in links] == []


# Snippets and commands


def snippets(page: str, language: str) -> list[tuple[str, str]]:
    """Every YAML of a page with the file that it belongs to, which its first line names."""
    found = []
    for kind, code in BLOCK.findall(text(page, language)):
        if kind == "yaml":
            first = re.match(r" *# (\w+\.yaml)", code)
            assert first, f"the first line of a snippet names its file: {code}"
            found.append((first[1], code))
    return found


def first_configuration() -> str:
    """What the installation writes: the file that a reader of the guide begins with."""
    answers = {"GATEWAY": "gw_1", "WORKSHOP": "our-shop", "NAME": "우리 공방", "TRADE": "other", "LANGUAGE": "ko"}
    answers["PUBLISH"] = (ROOT / "deploy/publish.yaml").read_text("utf-8")
    code = (ROOT / "deploy/edge_config.yaml").read_text("utf-8")
    for word in ("PUBLISH", *answers):
        code = code.replace(f"@{word}@", answers[word])
    return code


def add(tree: dict[str, Any], more: dict[str, Any]) -> None:
    """Add a snippet to a configuration, as its reader does: what has a name takes its place, the rest stands behind."""
    for key, value in more.items():
        if isinstance(value, list):
            names = [item.get("name") for item in value]
            tree[key] = [item for item in tree.get(key, ()) if item.get("name") not in names] + value
        elif isinstance(value, dict):
            tree[key] = {**tree.get(key, {}), **value}
        else:
            tree[key] = value


def with_files(code: str, folder: Path) -> str:
    """Let the files that a snippet names (passwords, certificates) be there."""
    for number, named in enumerate(re.findall(r"_file: *(/\S+?)(?=[\s},]|$)", code)):
        file = folder / f"secret_{number}"
        file.write_text("a secret of length\n")
        file.chmod(0o600)
        code = code.replace(named, str(file))
    return code


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_the_snippets_of_a_page_load_one_after_the_other(page: str, language: str, tmp_path: Path) -> None:
    yaml = YAML()
    file = tmp_path / "edge_config.yaml"
    tree = yaml.load(with_files(first_configuration(), tmp_path))
    for name, code in snippets(page, language):
        if name != "edge_config.yaml":
            continue
        add(tree, yaml.load(with_files(code, tmp_path)))
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(tree, out)
        try:
            load(file, "en")
        except ConfigurationError as error:
            pytest.fail("\n".join([code, *error.problems]))


@pytest.mark.parametrize("language", FILES)
def test_the_centers_configuration_loads(language: str, tmp_path: Path) -> None:
    ((_, code),) = [snippet for snippet in snippets("center", language) if snippet[0] == "center.yaml"]
    file = tmp_path / "center.yaml"
    file.write_text(with_files(code, tmp_path), "utf-8")
    config = center_config(file)
    assert [shop.workshop for shop in config.shops] == ["changsin-017", "mullae-004"]
    assert config.stale_s == Config().stale_s  # what the page's table says is the default
    silent_min = Config().stale_s * OFFLINE_TIMES / 60
    assert {"ko": f"{silent_min:g}분 넘게", "en": f"more than {silent_min:g} minutes"}[language] in text(
        "center", language
    )


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_an_option_named_in_the_text_exists(page: str, language: str) -> None:
    known = {name for model in every_model() for name in model.model_fields} | {"ko", "en"}
    named = [code.partition(":")[0] for code in INLINE.findall(prose(page, language)) if re.match(r"\w+: ", code)]
    assert [name for name in named if name not in known] == []


@pytest.mark.parametrize("language", FILES)
def test_the_troubles_of_the_first_line_are_told_as_the_page_says(language: Language, tmp_path: Path) -> None:
    page = text("first-line", language)
    for number in (errno.ENOENT, errno.EBUSY, errno.EACCES):
        assert f"`{str(explain('port', OSError(number, ''))).removeprefix('port: ')}`" in page
    for quality in (NO_REPLY, WRONG_CONFIGURATION):
        assert f"`{NAMES[quality]}`" in page
    (_, code), *_ = snippets("first-line", language)
    twice = code + "      - {name: meter_2, profile: eastron-sdm120, unit: 1}\n"
    file = tmp_path / "edge_config.yaml"
    file.write_text(f"workshop: {{name: 우리 공방, id: our-shop}}\n{twice}", "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load(file, language)
    (problem,) = raised.value.problems
    told = problem.partition(": ")[2].partition(" (")[0]
    assert f"`{told}`" in page


@pytest.mark.parametrize("language", FILES)
def test_the_first_line_leads_to_the_devices_and_names_only_those_that_are_known(language: str) -> None:
    page = text("first-line", language)
    assert f"(devices{FILES[language]})" in page
    named = re.findall(r"profile: ([a-z0-9-]+)", page)
    assert named
    assert set(named) <= set(profile_names())


def commands(page: str, language: str) -> Iterator[list[str]]:
    """The words of every `gongbang ...` that a page names, with what follows the name."""
    blocks = [line for kind, code in BLOCK.findall(text(page, language)) if kind == "sh" for line in code.splitlines()]
    for line in [*blocks, *INLINE.findall(prose(page, language))]:
        words = shlex.split(line, comments=True)
        if words[:1] == ["sudo"]:
            words = words[1:] if words[1:2] != ["-u"] else words[3:]
        if words[:1] and words[0].rpartition("/")[2] == "gongbang" and len(words) > 1:
            yield words[1:]


@pytest.mark.parametrize(("page", "language"), BOTH)
def test_the_program_understands_every_command_of_a_page(page: str, language: str) -> None:
    for words in commands(page, language):
        assert words[0] in COMMANDS, words
        try:
            _parser().parse_args(words)
        except SystemExit as refused:
            pytest.fail(f"gongbang {shlex.join(words)}: {refused}")


@pytest.mark.parametrize("language", FILES)
def test_the_pages_together_show_the_commands_that_a_shop_needs(language: str) -> None:
    shown = {words[0] for page in WRITTEN for words in commands(page, language)}
    assert {"check", "probe", "doctor", "journal", "center"} <= shown


# The installation


def scripts() -> str:
    """All that the installation consists of, with its variables filled in."""
    files = [file for file in (ROOT / "deploy").rglob("*") if file.is_file()]
    whole = "\n".join(file.read_text("utf-8") for file in files)
    for _ in range(2):  # a variable may stand in a variable
        for name, value in re.findall(r"^([A-Z]+)=(\S+)$", whole, re.MULTILINE):
            whole = re.sub(rf"\${name}\b|\$\{{{name}\}}", value, whole)
    return whole


def help_of_install() -> str:
    """What `install.sh --help` prints."""
    return subprocess.run([ROOT / "deploy/install.sh", "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("page", ["install", "center"])
@pytest.mark.parametrize("language", FILES)
def test_install_knows_every_option_that_a_page_names(page: str, language: str) -> None:
    written = text(page, language)
    named = set(re.findall(r"install\.sh (--[a-z-]+)", written)) | set(re.findall(r"`(--[a-z-]+)", written))
    assert named
    assert named - {"--demo"} <= set(re.findall(r"(--[a-z-]+)", help_of_install()))


@pytest.mark.parametrize("language", FILES)
def test_every_path_of_the_guide_is_one_of_the_installations(language: str) -> None:
    whole = scripts()
    placed = {file.name for file in (ROOT / "deploy").rglob("*")} | {"accounts.json"}  # the daemon's own, tested below
    own = re.compile(
        r"(influx|center|camera_\d|page|hook)\.(token|password)|phone\.urls|backup\.password|center-ca\.crt|belt\.mp4"
    )  # the reader's
    for page in WRITTEN:
        for path in re.findall(r"(?:/etc|/opt|/usr/local|/var/lib)/[\w./-]*[\w-]", text(page, language)):
            folder, _, name = path.rpartition("/")
            assert path in whole or (folder in whole and (name in placed or own.fullmatch(name))), (page, path)


@pytest.mark.parametrize("language", FILES)
def test_the_installation_page_answers_what_install_asks(language: str) -> None:
    page = text("install", language)
    trades = re.search(r'^TRADES="(.*)"$', scripts(), re.MULTILINE)
    assert trades is not None
    assert [trade for trade in trades[1].split() if f"`{trade}`" not in page] == []
    assert "set-up code: %s" in (ROOT / "gateway/site.py").read_text("utf-8")  # what the page lets its reader look for
    assert "grep 'set-up code'" in page
    assert "`make package`" in page
    assert re.search(r"^package:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert 'with_name("accounts.json")' in (ROOT / "gateway/app.py").read_text("utf-8")


# The database


@pytest.mark.parametrize("language", FILES)
def test_the_history_page_names_what_stands_in_the_database(language: str) -> None:
    page = text("history", language)
    profile = re.search(r'FROM "([\w-]+)"', page)
    assert profile is not None
    assert "power" in [point.name for point in load_profile(profile[1]).points]
    names = [DEVICE, EVENT, profile[1], *(f"_{seconds}s" for seconds in WINDOWS_S)]
    names += [f"power_{which}" for which in STATISTICS] + [
        "workshop",
        "gateway",
        "device",
        "kind",
        "source",
        "unsynced",
    ]
    assert [name for name in names if f"`{name}`" not in page] == []
    for version in get_args(InfluxPublisher.model_fields["version"].annotation):
        assert f"version: {version}\n" in page


# Alarms


@pytest.mark.parametrize("language", FILES)
def test_the_alarms_page_tells_times_and_numbers_as_they_are(language: str) -> None:
    page = text("alarms", language)
    told = {
        "ko": [
            f"{SETTLE_NS // 10**9}초를 기다려요",
            f"{SHELVE_MIN}분 동안",
            f"10분에 {CHATTERS}번",
            f"{MOST_LINES}건을",
        ],
        "en": [
            f"{SETTLE_NS // 10**9} seconds pass",
            f"{SHELVE_MIN} minutes",
            f"{CHATTERS} times or more in 10",
            f"the {MOST_LINES} worst",
        ],
    }
    assert [part for part in told[language] if part not in page] == []
    usual = {name: NotifyAction.model_fields[name].default for name in ("every_s", "max_age_s")}
    assert usual == {"every_s": 60, "max_age_s": 3600}
    assert [str(status) for status in (400, 422) if status not in NEVER] == []


# The camera


@pytest.mark.parametrize("language", FILES)
def test_a_ticket_as_large_as_the_page_asks_for_is_read_tilted_blurred_and_noisy(language: str) -> None:
    least = re.search({"ko": r"\*\*(\d) px보다", "en": r"than (\d) px\*\*"}[language], text("camera", language))
    assert least is not None
    px, ticket, noise = int(least[1]), encode(Coupon("0231", "FRONT", 20)).encode(), np.random.default_rng(7)
    for name, wide in (("qr", 29), ("code128", 242)):
        drawn = zxingcpp.create_barcode(ticket.decode(), FORMATS[name]).to_image(scale=4 * px)
        picture = np.asarray(drawn)
        assert picture.shape[1] == wide * 4 * px
        assert re.search(rf"\b{wide}\b|{wide}[칸개]|막대 {wide}", text("camera", language))
        reader = Reader((name,))
        for degrees in (-10, -3, 0, 6, 12):
            labels = reader.read(_seen(picture, px, degrees, noise))
            assert [label.raw[3:] for label in labels] == [ticket], (name, degrees)


def _seen(picture: NDArray[np.uint8], px: int, degrees: float, noise: np.random.Generator) -> NDArray[np.uint8]:
    """A label of four times the size, as a camera sees it: tilted, blurred by half a module, dull and noisy."""
    height, width = picture.shape
    side = round(1.3 * max(height, width))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turn[:, 2] += ((side - width) / 2, (side - height) / 2)
    turned = cv2.warpAffine(picture, turn, (side, side), borderValue=255)
    moved = cv2.blur(turned, (2 * px, 1))
    small = cv2.resize(moved, (side // 4, side // 4), interpolation=cv2.INTER_AREA)
    return np.clip(small * 0.6 + 40 + noise.normal(0, 4, small.shape), 0, 255).astype(np.uint8)
