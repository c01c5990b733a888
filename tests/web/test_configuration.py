"""The configuration is changed from a page: looked at, taken up at once, undone; nobody's work is written over."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from gateway.config.edit_history import KEPT, Configurations, revision_of
from gateway.config.load import judge
from gateway.editor import Changed, Editor, Wrong, with_text
from gateway.erasure import elsewhere
from gateway.errors import ConfigurationError
from tests.naughty import ALL

MACHINE = {
    "name": "press_1",
    "label": {"ko": "프레스 1", "en": "Press 1"},
    "states": [{"state": "run", "when": "unit_1.r0 > 1"}],
}
MISSPELT = MACHINE | {"states": [{"state": "run", "when": "unit_1.rr0 > 1"}]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on loopback, where everybody is the installer, with one connection."""
    web_port = free_port()
    with workload.register_server() as registers_port:
        drivers = [workload.plc(registers_port, 1, 1, 0.2)]
        config = workload.write(tmp_path_factory.mktemp("shop") / "edge_config.yaml", drivers, 9, web_port)
        config.write_text(f"# kept as it is\n{config.read_text('utf-8')}", "utf-8")
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            yield running


class Page:
    """The gateway's own page, as one person has it open."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        client.headers["X-CSRF"] = client.get("/api/v1/session").json()["csrf"]
        self.look()

    def look(self) -> dict[str, Any]:
        """See the configuration."""
        seen: dict[str, Any] = self.client.get("/api/v1/config").json()
        self.revision = seen["revision"]
        return seen

    def post(self, what: str, *changes: dict[str, Any], **more: Any) -> httpx.Response:
        """Ask for a change of the revision that was seen last."""
        body: dict[str, Any] = {"revision": self.revision} | ({"changes": changes} if changes else {}) | more
        return self.client.post(f"/api/v1/config/{what}", json=body)


@pytest.fixture
def pages(shop: Daemon) -> Iterator[tuple[Page, Page]]:
    """Two people's pages."""
    base = f"http://127.0.0.1:{shop.port}"
    with (
        httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False) as one,
        httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False) as other,
    ):
        yield Page(one), Page(other)


def add(path: str, value: Any) -> dict[str, Any]:
    """An addition."""
    return {"do": "add", "path": [path], "value": value}


def test_a_machine_is_looked_at_then_made_then_undone(shop: Daemon, pages: tuple[Page, Page]) -> None:
    page, _ = pages
    before = shop.config.read_text("utf-8")
    checked = page.post("check", add("machines", MISSPELT)).json()
    wrong = checked["problems"][0]
    assert wrong["path"] == ["machines", 0, "states", 0, "when"]
    assert "unit_1.r0" in wrong["ko"], "the nearest name"
    assert "unit_1.r0" in wrong["en"]
    assert shop.config.read_text("utf-8") == before
    assert page.post("apply", add("machines", MISSPELT)).status_code == 422
    assert page.post("check", add("machines", MACHINE)).json()["problems"] == []
    done = page.post("apply", add("machines", MACHINE))
    assert done.status_code == 200, done.text
    assert done.json()["restart"] == []
    assert [one["name"] for one in shop.get("/api/v1/machines")["machines"]] == ["press_1"]
    assert shop.config.read_text("utf-8").startswith(before.rstrip("\n")[:200])
    page.revision = done.json()["revision"]
    newest, first = page.client.get("/api/v1/config/history").json()["history"][:2]
    assert (newest["what"], newest["by"], newest["revision"]) == ("+machines.press_1", "installer", page.revision)
    shown = page.client.get(f"/api/v1/config/history/{newest['number']}").json()
    assert "+- name: press_1" in shown["difference"]
    assert page.client.get(f"/api/v1/config/history/{first['number']}").json()["text"] == before
    assert page.post("undo").status_code == 200
    assert shop.config.read_text("utf-8") == before
    assert shop.get("/api/v1/machines")["machines"] == []


def test_two_people_at_once_lose_nothing_of_each_other(shop: Daemon, pages: tuple[Page, Page]) -> None:
    one, other = pages
    made = one.post("apply", add("stations", {"name": "cutting"}))
    assert made.status_code == 200, made.text
    refused = other.post("apply", add("machines", MACHINE))
    assert refused.status_code == 409
    detail = refused.json()["detail"]
    assert "+- name: cutting" in detail["difference"]
    assert (detail["by"], detail["revision"]) == ("installer", made.json()["revision"])
    assert other.post("check", add("machines", MACHINE)).status_code == 409
    other.revision = detail["revision"]  # looked at: saved again
    assert other.post("apply", add("machines", MACHINE)).status_code == 200
    data = one.look()["data"]
    assert ([s["name"] for s in data["stations"]], [m["name"] for m in data["machines"]]) == (["cutting"], ["press_1"])
    shop.config.write_text(shop.config.read_text("utf-8") + "# by hand\n", "utf-8")
    by_hand = one.post("apply", {"do": "remove", "path": ["machines", "press_1"]})
    assert by_hand.status_code == 409
    assert by_hand.json()["detail"]["difference"][-1] == "+# by hand"
    one.revision = by_hand.json()["detail"]["revision"]
    assert one.post("apply", {"do": "remove", "path": ["machines", "press_1"]}).status_code == 200
    assert "# by hand" in shop.config.read_text("utf-8")
    gone = one.post("apply", {"do": "set", "path": ["machines", "press_1", "target"], "value": 9})
    assert gone.status_code == 409, "its revision is old"
    one.look()
    told = one.post("apply", {"do": "set", "path": ["machines", "press_1", "target"], "value": 9})
    assert told.status_code == 422
    assert "press_1" in told.json()["detail"]["problems"][0]["en"]


def test_no_name_breaks_the_file(shop: Daemon, pages: tuple[Page, Page]) -> None:
    page, _ = pages
    names = [text for text in ALL if text][::12]
    for text in names:
        page.look()
        label = {"do": "set", "path": ["stations"], "value": [{"name": "cutting", "label": {"ko": text, "en": text}}]}
        answer = page.post("apply", label)
        assert answer.status_code == 200, (text, answer.text)
        assert shop.get("/api/v1/stations")["stations"][0]["label"]["ko"] == text
    assert shop.config.read_text("utf-8").startswith("# kept as it is\n")


def test_a_trade_brings_its_stations_and_operations_and_leaves_what_is_there(pages: tuple[Page, Page]) -> None:
    page, _ = pages
    page.look()
    page.post("apply", {"do": "remove", "path": ["stations"]})
    page.look()
    shop = {"trade": "sewing", "name": 'A "B": #1', "language": "en"}
    answer = page.post("apply", shop=shop)
    assert answer.status_code == 200, answer.text
    data = page.look()["data"]
    assert (data["workshop"]["name"], data["workshop"]["trade"]) == ('A "B": #1', "sewing")
    assert {"CUT", "PRESS"} <= {operation["code"] for operation in data["work"]["operations"]}
    assert "workers" not in data["work"]
    assert len(data["drivers"]) == 1
    again = page.post("apply", text="workshop: [")
    assert again.status_code == 422
    assert page.post("apply", add("rules", {}), text="x").status_code == 422


def test_forms_come_from_the_models(pages: tuple[Page, Page]) -> None:
    page, _ = pages
    seen = page.look()
    kinds = {section["name"]: section for section in seen["sections"]}
    assert "modbus_tcp" in kinds["drivers"]["types"]
    assert kinds["rules"]["about"] == {"ko": "알람 규칙.", "en": "The rules."}
    assert {"value": "unit_1.r0", "text": None} in seen["choices"]["points"]
    schema = page.client.get("/api/v1/config/schema?section=drivers&type=modbus_tcp").json()
    assert schema["properties"]["host"]["about"]["en"] == "The host's name or address."
    device = schema["$defs"]["DeviceConfig"]["properties"]
    assert device["profile"]["anyOf"][0]["names"] == "profiles"
    assert (device["name"]["like"], device["unit"]["default"], device["unit"]["maximum"]) == ("press_1", 1, 255)
    for section in seen["sections"]:
        for kind in section["types"] or [None]:
            query = {"section": section["name"]} | ({"type": kind} if kind else {})
            answer = page.client.get("/api/v1/config/schema", params=query)
            assert answer.status_code == 200, query
            options = [*answer.json()["properties"].values()]
            options += [
                one for shape in answer.json()["$defs"].values() for one in shape.get("properties", {}).values()
            ]
            assert all("about" in option for option in options), query
    assert page.client.get("/api/v1/config/schema?section=drivers&type=telex").status_code == 404


TEXT = "workshop: {id: a, name: A}\n"


class Bench:
    """An editor on a file, without a daemon: `refuses` is what its reload says."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "edge_config.yaml"
        self.path.write_text(TEXT, "utf-8")
        self.kept = Configurations(folder / "configurations")
        self.refuses: list[str] = []
        self.loaded: list[str] = []
        self.editor = Editor(self.path, self.kept, self.reload, lambda: 1)

    async def reload(self, by: str) -> list[str]:
        """As the daemon does."""
        self.loaded.append(self.path.read_text("utf-8"))
        return self.refuses

    def apply(self, new: str, old: str) -> str:
        """Change the whole text."""
        return asyncio.run(self.editor.apply(revision_of(old), with_text(new), "owner"))


def test_what_the_daemon_refuses_is_put_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.refuses = ["journal: no space"]
    with pytest.raises(ConfigurationError, match="no space"):
        bench.apply(TEXT.replace("A}", "B}"), TEXT)
    assert bench.path.read_text("utf-8") == TEXT
    assert bench.loaded == [TEXT.replace("A}", "B}"), TEXT]
    with pytest.raises(Wrong):
        bench.apply("workshop: 1", TEXT)
    assert bench.path.read_text("utf-8") == TEXT


def test_a_daemon_that_dies_before_it_took_a_change_up_can_still_undo_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    new = TEXT.replace("A}", "B}")

    async def dies(by: str) -> list[str]:
        raise KeyboardInterrupt

    bench.editor._reload = dies
    with pytest.raises(KeyboardInterrupt):
        bench.apply(new, TEXT)
    again = Bench.__new__(Bench)
    again.refuses, again.loaded = [], []
    editor = Editor(bench.path, Configurations(tmp_path / "configurations"), again.reload, lambda: 2)
    again.path = bench.path
    assert bench.path.read_text("utf-8") == new, "the file is whole, and was judged"
    assert asyncio.run(editor.undo(revision_of(new), "owner")) == revision_of(TEXT)
    assert bench.path.read_text("utf-8") == TEXT


def test_undo_goes_back_step_by_step_and_no_further(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    texts = [TEXT, *(TEXT.replace("A}", f"{name}}}") for name in ("B", "C", "D"))]
    for old, new in pairwise(texts):
        bench.apply(new, old)
    for present, former in zip(texts[:0:-1], texts[-2::-1], strict=True):
        assert asyncio.run(bench.editor.undo(revision_of(present), "owner")) == revision_of(former)
    with pytest.raises(LookupError):
        asyncio.run(bench.editor.undo(revision_of(TEXT), "owner"))
    with pytest.raises(Changed):
        asyncio.run(bench.editor.undo(revision_of("other"), "owner"))


def test_so_many_are_kept_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    kept = Configurations(tmp_path / "kept")
    for n in range(KEPT + 5):
        kept.add(f"text {n}", n, "owner", "", n)
    assert len(kept.all()) == KEPT
    (tmp_path / "kept" / f"{KEPT + 5:08d}.json").write_text("{", "utf-8")
    newest = kept.newest()
    assert newest is not None
    assert newest.text == f"text {KEPT + 3}"
    assert json.loads((tmp_path / "kept" / f"{KEPT:08d}.json").read_text())["by"] == "owner"


def test_a_name_in_a_former_configuration_is_told_to_who_erases_it(tmp_path: Path) -> None:
    kept = Configurations(tmp_path / "configurations")
    kept.add('work: {workers: [{badge: "0101", name: 은하}]}\n', 1, "owner", "", 0)
    config = judge(f"{TEXT}journal: {{path: {tmp_path}/journal.db}}\n", tmp_path / "edge_config.yaml").config
    assert config is not None
    assert str(tmp_path / "configurations") in [place["where"] for place in elsewhere(config, 101)]
    assert str(tmp_path / "configurations") not in [place["where"] for place in elsewhere(config, 10)]
