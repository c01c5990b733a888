"""`gongbang explain`: which rules there are, and why one is active, with and without a running gateway."""

from pathlib import Path
from typing import Any

import pytest
import workload
from rig import daemon, free_port, until

RULES = [
    {"name": "high", "when": "unit_1.r0 >= 0 for 1s", "message": {"ko": "높아요", "en": "High"}},
    {"name": "odd", "when": "unit_1.r1 < 0 and unit_1.r0 < 5", "message": {"ko": "이상해요", "en": "Odd"}},
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield the configuration of a gateway that runs."""
    web_port = free_port()
    with workload.register_server() as port:
        path = tmp_path_factory.mktemp("shop") / "edge_config.yaml"
        workload.write(path, [workload.plc(port, 1, 4, 0.2)], 9, web_port, rules=RULES)
        with daemon(path, web_port) as running:
            until(running.ready, "readings flow")
            yield path


def test_the_rules_are_listed_with_what_they_are(call: Any, config: Path) -> None:
    until(lambda: call("explain", "-c", config, "--json").json[0]["active"], "the rule is active")
    assert [line.split()[0] for line in call("explain", "-c", config).out.splitlines()] == ["high", "odd"]


def test_a_rule_is_explained_part_by_part(call: Any, config: Path) -> None:
    until(lambda: call("explain", "high", "-c", config, "--json").json["active"], "the rule is active")
    lines = call("explain", "high", "-c", config).out.splitlines()
    assert lines[0] == "high: 켜져 있어요 / active"
    assert lines[2] == "  unit_1.r0 >= 0 for 1s  →  참 / true"
    assert lines[4].startswith("      unit_1.r0  →  ")
    odd = call("explain", "odd", "-c", config).out.splitlines()
    assert "  왜 / why:" in odd
    assert "    unit_1.r1 < 0  →  거짓 / false" in odd


def test_without_a_gateway_the_parts_are_told_without_values(call: Any, tmp_path: Path) -> None:
    path = workload.write(tmp_path / "edge_config.yaml", [workload.plc(1, 1, 2, 1.0)], 9, free_port(), rules=RULES)
    out = call("explain", "odd", "-c", path).out
    assert "게이트웨이가 돌고 있지 않아" in out
    assert "unit_1.r1  →  모름 / unknown 1" not in out
    assert "unit_1.r1  →  모름 / unknown" in out


def test_a_wrong_name_gets_the_nearest(call: Any, tmp_path: Path) -> None:
    path = workload.write(tmp_path / "edge_config.yaml", [workload.plc(1, 1, 2, 1.0)], 9, free_port(), rules=RULES)
    answer = call("explain", "hihg", "-c", path)
    assert (answer.code, answer.err) == (2, "hihg: 그런 규칙이 없어요. / no such rule. high?\n")


def test_a_gateway_that_shows_nobody_anything_says_so(call: Any, tmp_path: Path) -> None:
    """Before its set-up a gateway that listens on the network answers only who has a role."""
    path, web_port = tmp_path / "edge_config.yaml", free_port()
    shown = {"host": "0.0.0.0", "port": web_port}
    with workload.register_server() as port:
        workload.write(path, [workload.plc(port, 1, 2, 0.2)], 9, web_port, rules=RULES, dashboard=shown)
        with daemon(path, web_port):
            until(lambda: call("explain", "high", "-c", path).code == 1, "it refuses")
            answer = call("explain", "high", "-c", path)
    assert (answer.code, answer.out) == (1, "")
    assert "The gateway does not let us look: " in answer.err
