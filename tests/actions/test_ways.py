"""Mail and messengers by apprise, messages by MQTT, and outputs: each against the real other side."""

import asyncio
import email
import email.policy
import json
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
from rig import Mosquitto, Witness

from drivers.errors import DeviceGone, NotWritten
from gateway.actions.apprise_child import without_secrets
from sensors.batch import Batch
from tests.actions.house import CLOCK, Live, Receiver, said

# Messages


def notify(urls: Path, *receivers: str, **options: Any) -> dict[str, Any]:
    """An action that sends messages; apprise's own form for plain HTTP stands for mail and messengers."""
    urls.write_text("# 받을 곳\n" + "\n".join(receivers) + "\n")
    return {"name": "a", "type": "notify", "urls_file": str(urls), "every_s": 0} | options


def messages(receiver: Receiver) -> list[tuple[str, str]]:
    """Titles and bodies that came."""
    return [(post["body"]["title"], post["body"]["message"]) for post in receiver.posts]


def at(receiver: Receiver, path: str = "") -> str:
    """The receiver as apprise calls it."""
    return f"json://127.0.0.1:{receiver.server_port}/{path}"


def test_what_happens_meanwhile_goes_into_one_message_of_a_flood_the_worst_by_name(
    house: Live, receiver: Receiver, tmp_path: Path
) -> None:
    todo = {"ko": "전원을 내려 주세요", "en": "Switch it off"}
    flood = [said(f"r{n}", severity="critical" if n == 3 else "warning", message=_called(n)) for n in range(99)]

    async def main() -> None:
        async with house(notify(tmp_path / "urls", at(receiver), every_s=0.2, on=["raise", "clear"])) as made:
            await made.idle()
            await made.happens(said(severity="critical", todo=todo))
            await made.until(lambda: receiver.posts)
            await made.happens(*flood, said(action="clear", todo=todo))
            await made.until(lambda: len(receiver.posts) == 2)
            await made.idle()
            assert made.components["a"].counters.sent == 101

    asyncio.run(main())
    (first, one), (second, many) = messages(receiver)
    assert first == "공방: 뜨거워요"
    assert one.startswith("[위급] 뜨거워요 · 시작 · ")
    assert one.endswith("\n  → 전원을 내려 주세요")
    assert second == "공방: 알람 소식 100건"
    *named, rest = many.split("\n")
    assert [line.split(" · ")[0] for line in named[:-1]] == ["[위급] 3번", *(f"[주의] {n}번" for n in range(81, 99))]
    assert named[-1].startswith("[주의] 뜨거워요 · 끝남 · ")
    assert rest == "그 밖에 80건이 더 있어요."


def _called(number: int) -> dict[str, str]:
    return {"ko": f"{number}번", "en": f"No. {number}"}


class Mail(socketserver.ThreadingTCPServer):
    """A mail server that takes what it is given (RFC 5321)."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Clerk)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Clerk(socketserver.StreamRequestHandler):
    """Speaks with one sender."""

    server: Mail

    def handle(self) -> None:
        """Greet, and take letters until it is over."""
        self.wfile.write(b"220 post\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


def test_a_mail_arrives_beside_a_receiver_that_cannot_be(house: Live, tmp_path: Path) -> None:
    post = Mail()
    url = f"mailto://127.0.0.1:{post.server_address[1]}?from=shop@example.org&to=boss@example.org"

    async def main() -> None:
        async with house(notify(tmp_path / "urls", "nonsense://secret", url)) as made:
            await made.idle()
            await made.happens(said())
            await made.until(lambda: made.components["a"].state == "down")
            assert made.components["a"].last_error == "nonsense: no URL that apprise knows"

    asyncio.run(main())
    post.shutdown()
    post.server_close()
    letter = email.message_from_bytes(post.letters[0], policy=email.policy.default)
    assert (letter["Subject"], letter["To"]) == ("공방: 뜨거워요", "boss@example.org")
    assert "[주의] 뜨거워요 · 시작 · " in letter.get_body(("plain",)).get_content()


def test_without_apprise_it_is_said_how_to_get_it() -> None:
    program = "import sys; sys.modules['apprise'] = None; from gateway.actions.apprise_child import main; main()"
    done = subprocess.run([sys.executable, "-c", program], input=b'{"urls": []}', capture_output=True, check=True)
    assert "pip install 'gongbang[notify]'" in json.loads(done.stdout)["missing"]


def test_who_has_a_message_does_not_get_it_again_and_no_secret_is_told(
    house: Live, receiver: Receiver, tmp_path: Path
) -> None:
    """One receiver fails at first; the other has it once."""
    other = Receiver()
    other.answers = [500, 204]
    secret = f"json://someone:pa55word@127.0.0.1:{other.server_port}/t0ken"

    async def main() -> None:
        async with house(notify(tmp_path / "urls", at(receiver), secret, language="en")) as made:
            await made.idle()
            await made.happens(said())
            part = made.components["a"]
            await made.until(lambda: part.state == "down")
            assert part.last_error.startswith("json: ")
            assert not any(word in part.last_error for word in ("pa55word", "t0ken", "someone"))
            await made.idle()

    asyncio.run(main())
    other.close()
    assert [len(receiver.posts), len(other.posts)] == [1, 2]
    assert messages(receiver)[0][0] == "공방: Hot"


def test_a_message_that_hangs_is_killed_at_its_time_out(house: Live, receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers = [None]

    async def main() -> None:
        async with house(notify(tmp_path / "urls", at(receiver), timeout_s=1)) as made:
            await made.idle()
            await made.happens(said())
            await made.until(lambda: made.components["a"].state == "down")
            assert made.components["a"].last_error == "no answer in 1 s"

    asyncio.run(main())
    assert not [child for child in _children() if "apprise_child" in child]


def _children() -> list[str]:
    found = []
    for process in os.listdir("/proc"):
        if process.isdigit():
            try:
                if f"PPid:\t{os.getpid()}\n" in Path(f"/proc/{process}/status").read_text():
                    found.append(Path(f"/proc/{process}/cmdline").read_text())
            except OSError:
                continue
    return found


def test_a_file_without_receivers_is_told(house: Live, tmp_path: Path) -> None:
    async def main() -> None:
        async with house(notify(tmp_path / "urls")) as made:
            await made.idle()
            await made.happens(said())
            await made.until(lambda: made.components["a"].state == "off")
            assert "no receivers" in made.components["a"].last_error

    asyncio.run(main())


def test_what_apprise_says_is_told_without_any_part_of_the_url() -> None:
    url = "mailtos://kim:pa55@mail.example.org:465/?to=boss@example.org"
    said_by_it = "Failed to send to boss@example.org by mail.example.org as kim: pa55 was refused"
    told = without_secrets(said_by_it, url)
    assert not any(word in told for word in ("kim", "pa55", "boss", "example"))
    assert told.endswith("was refused")


# MQTT


def test_a_message_goes_to_a_topic_of_ones_own_or_is_refused(house: Live, tmp_path: Path) -> None:
    """With a text or as the alarm's JSON; what the broker's access list refuses is set aside."""
    access = tmp_path / "acl"
    access.write_text("topic readwrite shop/#\ntopic readwrite cmnd/#\n")
    broker = Mosquitto(tmp_path / "broker", lines=(f"acl_file {access}",))
    broker.start()
    witness = Witness(broker.port, "#")
    publish = [{"name": "broker", "type": "mqtt", "port": broker.port, "enabled": False}]
    common = {"type": "mqtt", "publisher": "broker", "every_s": 0}
    on = common | {"name": "on", "topic": "shop/plug", "payload": "7", "on": ["raise"], "retain": True}
    told = common | {"name": "told", "topic": "shop/alarms"}
    denied = common | {"name": "denied", "topic": "secret/alarms"}

    async def main() -> None:
        async with house(on, told, denied, publish=publish) as made:
            for name in ("on", "told", "denied"):
                await made.idle(name)
            await made.happens(said())
            await made.until(lambda: made.components["denied"].counters.dropped)
            await made.until(lambda: made.components["on"].counters.sent and made.components["told"].counters.sent)
            assert "not authorized" in made.components["denied"].counters.last_error

    try:
        asyncio.run(main())
        assert witness.wait_for(lambda topic, _: topic == "shop/plug")[2] == 7
        _, _, event = witness.wait_for(lambda topic, _: topic == "shop/alarms")
        assert (event["kind"], event["rule"], event["action"]) == ("alarm", "hot", "raise")
        assert not witness.of("secret")
    finally:
        witness.close()
        broker.kill()


# Outputs

SECOND_NS = 1_000_000_000


def lamp(**options: Any) -> dict[str, Any]:
    """An action that keeps an output on."""
    return {"name": "a", "type": "output", "output": "m.lamp"} | options


def values(made: Any) -> list[Any]:
    """What was written, in order."""
    return [value for _, value, _, _ in made.written]


async def turn(made: Any, x: float) -> None:
    """Let the reading that the rule looks at be this, and the journal keep what comes of it."""
    column = np.array([[x]])
    batch = Batch(0, 0, np.array([CLOCK.mono_ns()], np.int64), column, np.zeros((1, 1), np.uint8))
    await made.happens(*made.engine.feed(batch).events)


def test_a_lamp_is_on_while_an_alarm_is_and_as_it_should_be_from_the_start(house: Live) -> None:
    async def main() -> None:
        async with house(lamp(value=2, rest=1)) as made:
            await made.idle()
            assert made.written == [("m.lamp", 1, "action a", True)]
            await turn(made, 1)
            await made.until(lambda: values(made) == [1, 2])
            await made.happens(*made.engine.acknowledge("hot", "김", CLOCK.mono_ns()))
            await turn(made, 0)
            await made.until(lambda: values(made) == [1, 2, 1])

    asyncio.run(main())


def test_a_buzzer_is_silent_once_somebody_has_seen_it_or_shelved_it(house: Live) -> None:
    async def main() -> None:
        async with house(lamp(until="acknowledge")) as made:
            await turn(made, 1)
            await made.until(lambda: values(made)[-1:] == [1])
            await made.happens(*made.engine.acknowledge("hot", "김", CLOCK.mono_ns()))
            await made.until(lambda: values(made)[-1] == 0)
            await turn(made, 0)
            await turn(made, 1)
            await made.until(lambda: values(made)[-1] == 1)
            now_ns = CLOCK.mono_ns()
            await made.happens(*made.engine.shelve("hot", "김", now_ns + SECOND_NS, now_ns))
            await made.until(lambda: values(made)[-1] == 0)
            await made.happens(*made.engine.tick(now_ns + 2 * SECOND_NS).events)
            await made.until(lambda: values(made)[-1] == 1)

    asyncio.run(main())


def test_a_siren_waits_until_the_alarm_has_escalated(house: Live) -> None:
    async def main() -> None:
        async with house(lamp(level=1, least="critical"), escalate=[{"after_s": 60, "severity": "critical"}]) as made:
            await turn(made, 1)
            await made.idle()
            assert values(made) == [0]
            await made.happens(*made.engine.tick(CLOCK.mono_ns() + 61 * SECOND_NS).events)
            await made.until(lambda: values(made) == [0, 1])

    asyncio.run(main())


def test_a_write_that_fails_is_tried_again_and_told_once(house: Live) -> None:
    async def main() -> None:
        async with house(lamp()) as made:
            await made.idle()
            made.refuses = [NotWritten("나중에 / later"), DeviceGone("no wire"), NotWritten("나중에 / later")]
            await turn(made, 1)
            await made.until(lambda: made.components["a"].state == "down")
            await made.idle()
            assert [(value, again) for _, value, _, again in made.written] == [
                (0, True), (1, False), (1, True), (1, True), (1, True),
            ]  # fmt: skip

    asyncio.run(main())


# A test of each


def test_each_can_be_tried_and_says_why_it_fails(house: Live, receiver: Receiver, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.actions.actions.TEST_S", 0.01)
    hook = {"name": "hook", "type": "webhook", "url": receiver.url}

    async def main() -> None:
        async with house(lamp(), hook) as made:
            await made.idle()
            assert await made.actions.test("nobody", "은하") is None
            assert await made.actions.test("hook", "은하") == ""
            assert await made.actions.test("a", "은하") == ""
            assert values(made) == [0, 1, 0]
            receiver.answers = [500]
            assert "500" in str(await made.actions.test("hook", "은하"))
            made.refuses = [NotWritten("안 돼요 / no")]
            assert await made.actions.test("a", "은하") == "안 돼요 / no"

    asyncio.run(main())
    body = receiver.posts[0]["body"]
    assert (body["rule"], body["action"], body["by"]) == ("test", "test", "은하")
    assert "시험이에요" in body["text"]
