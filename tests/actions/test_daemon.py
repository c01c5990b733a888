"""Actions of a whole daemon: told while readings go on, over a kill, and tried by a command."""

from pathlib import Path
from typing import Any

import workload
from rig import Daemon, free_port, until

from gateway.commands.main import main
from tests.actions.house import Receiver


def part(running: Daemon, name: str) -> dict[str, Any]:
    """What is told of a component."""
    parts: list[dict[str, Any]] = running.get("/api/v1/components")["components"]
    return next(one for one in parts if one["name"] == name)


def test_an_alarm_is_told_once_though_the_other_side_was_away_and_the_daemon_was_killed(
    tmp_path: Path, receiver: Receiver, capsys: Any
) -> None:
    """Readings go on meanwhile; a test by command says whether it arrives."""
    receiver.answers = [None]
    rule = {"name": "on", "when": "unit_1.r0 >= 0", "message": {"ko": "켜졌어요", "en": "It is on"}}
    hook = {"name": "hook", "type": "webhook", "url": receiver.url, "timeout_s": 1, "retry_most_s": 1, "every_s": 0}
    lamp = {"name": "lamp", "type": "output", "output": "unit_1.nothing"}
    with workload.register_server() as registers:
        port = free_port()
        drivers = [workload.plc(registers, 1, 2, 0.1)]
        drivers[0]["devices"][0]["outputs"] = [{"name": "nothing", "address": 9999, "low": 0, "high": 1}]
        path = workload.write(
            tmp_path / "edge_config.yaml", drivers, 9, port, rules=[rule], publish=[], actions=[hook, lamp]
        )
        running = Daemon(path, port)
        running.start()
        try:
            until(running.ready, "readings flow")
            until(lambda: receiver.posts, "the alarm is on its way")
            until(lambda: part(running, "hook")["state"] == "down", "its failure is shown")
            before = part(running, "plc")["received"]
            until(lambda: part(running, "plc")["received"] > before, "readings go on")
            assert main(["doctor", "--send", "hook", "-c", str(path)]) == 1
            assert "✗ hook" in capsys.readouterr().out
            running.kill()
            receiver.answers, told = [204], len(receiver.posts)
            running.start()
            until(running.ready, "readings flow again")
            until(lambda: len(receiver.posts) > told, "it is told after all")
            until(lambda: part(running, "hook")["state"] == "up", "all is told")
            assert main(["doctor", "--send", "hook", "-c", str(path), "--json"]) == 0
            assert main(["doctor", "--send", "hok", "-c", str(path)]) == 2
            shown = part(running, "hook")
            assert (shown["kind"], shown["queued"], shown["detail"]["refused"]) == ("action", 0, 0)
            assert shown["detail"]["lost"] == 0
        finally:
            running.stop()
    rows = [post["body"] for post in receiver.posts if post["status"] == 204]
    assert [(row["rule"], row["action"]) for row in rows] == [("on", "raise"), ("test", "test")]
    assert "Traceback" not in running.log()
