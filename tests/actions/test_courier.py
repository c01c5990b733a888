"""What is told of alarms: each event once, in order, again after a failure, not when it is old; restarts go on."""

import asyncio
from typing import Any

import pytest

from gateway.event import Event
from gateway.journal import letters
from tests.actions.house import CLOCK, Live, Receiver, said


def hook(receiver: Receiver, **options: Any) -> dict[str, Any]:
    """An action that posts."""
    return {"name": "a", "type": "webhook", "url": receiver.url, "every_s": 0} | options


def posted(receiver: Receiver) -> list[tuple[str, str]]:
    """What was taken, shortly."""
    return [(post["body"]["rule"], post["body"]["action"]) for post in receiver.posts if post["status"] == 204]


def test_an_event_is_posted_as_on_mqtt_with_a_text_and_a_key(house: Live, receiver: Receiver, tmp_path: Any) -> None:
    (tmp_path / "token").write_text("s3cret\n")

    async def main() -> None:
        async with house(hook(receiver, token_file=str(tmp_path / "token"))) as made:
            await made.idle()
            await made.happens(Event("scan", "scanner_1", CLOCK.mono_ns(), {}), said(value=81.5, unit="degC"))
            await made.until(lambda: receiver.posts)
            await made.idle()
            assert (made.components["a"].counters.received, made.components["a"].counters.sent) == (1, 1)

    asyncio.run(main())
    (post,) = receiver.posts
    body = post["body"]
    assert (body["kind"], body["gateway"], body["rule"], body["action"], body["value"]) == (
        "alarm", "gw_1", "hot", "raise", 81.5,
    )  # fmt: skip
    assert body["text"].startswith("[주의] 뜨거워요 · 시작 · ")
    assert post["idempotency-key"] == body["id"]
    assert post["authorization"] == "Bearer s3cret"


def test_while_the_other_side_fails_events_wait_in_order_and_it_is_told(house: Live, receiver: Receiver) -> None:
    receiver.answers = [500, 503, 204]

    async def main() -> None:
        async with house(hook(receiver)) as made:
            await made.idle()
            await made.happens(said("hot"), said("warm"))
            await made.until(lambda: made.components["a"].state == "down")
            assert "500" in made.components["a"].last_error
            assert made.components["a"].queued() == 2
            await made.idle()

    asyncio.run(main())
    assert [post["status"] for post in receiver.posts] == [500, 503, 204, 204]
    assert posted(receiver) == [("hot", "raise"), ("warm", "raise")]


def test_what_the_other_side_will_never_take_is_set_aside_and_named(house: Live, receiver: Receiver) -> None:
    receiver.answers = [422, 204]

    async def main() -> list[letters.Letter]:
        async with house(hook(receiver)) as made:
            await made.idle()
            await made.happens(said("hot"), said("warm"))
            await made.until(lambda: posted(receiver))
            await made.idle()
            counters = made.components["a"].counters
            assert (counters.received, counters.sent, counters.dropped) == (2, 1, 1)
            assert made.components["a"].detail() == {"too_old": 0, "refused": 1}
            await made.journal.count()
            (account,) = made.journal.accounts("a")
            rows = {what: rows for (what, _), rows in account.parts.items() if rows}
            assert rows == {"sent": 1, "refused": 1, "skipped": account.whole - 2}
            return list(await made.journal.read(lambda db: list(letters.listed(db, "a"))))

    (letter,) = asyncio.run(main())
    assert "422" in letter.reason
    assert posted(receiver) == [("warm", "raise")]


def test_what_was_set_aside_is_told_when_somebody_asks_for_it_and_what_is_refused_again_stays(
    house: Live, receiver: Receiver
) -> None:
    receiver.answers = [422, 422, 422, 204]

    async def main() -> list[letters.Letter]:
        async with house(hook(receiver, max_age_s=50)) as made:
            await made.idle()
            await made.happens(said("hot"), said("warm"))
            await made.until(lambda: len(receiver.posts) == 2)
            await made.idle()
            assert await made.journal.letters.redrive("a", "somebody") == 2
            await made.until(lambda: made.components["a"].counters.sent == 1)
            assert made.components["a"].counters.dropped == 2, "they are counted once"
            await made.journal.count()
            (account,) = made.journal.accounts("a")
            rows = {what: rows for (what, _), rows in account.parts.items() if rows}
            assert (rows["sent"], rows["refused"]) == (1, 1)
            return list(await made.journal.read(lambda db: list(letters.listed(db, "a"))))

    (letter,) = asyncio.run(main())
    assert (letter.again, posted(receiver)) == (False, [("warm", "raise")])


def test_what_is_asked_for_again_waits_while_the_other_side_is_away(house: Live, receiver: Receiver) -> None:
    receiver.answers = [422, 500, 204]

    async def main() -> None:
        async with house(hook(receiver)) as made:
            await made.idle()
            await made.happens(said("hot"))
            await made.until(lambda: receiver.posts)
            await made.idle()
            await made.journal.letters.redrive("a", "somebody")
            await made.until(lambda: made.components["a"].counters.sent == 1)
            assert not await made.journal.read(lambda db: list(letters.listed(db, "a")))

    asyncio.run(main())
    assert [post["status"] for post in receiver.posts] == [422, 500, 204]


def test_a_new_action_tells_of_what_happens_from_now_on(house: Live, receiver: Receiver) -> None:
    async def main() -> None:
        async with house() as made:
            await made.happens(*[said() for _ in range(5)])
        async with house(hook(receiver)) as made:
            await made.idle()
            assert receiver.posts == []
            await made.happens(said("warm"))
            await made.until(lambda: receiver.posts)

    asyncio.run(main())
    assert posted(receiver) == [("warm", "raise")]


def test_a_restart_goes_on_where_it_was_and_leaves_what_is_old(house: Live, receiver: Receiver) -> None:
    """What was told is not told again; what waited is, unless it is too old by now: that is counted."""

    async def main() -> None:
        async with house(hook(receiver)) as made:
            await made.idle()
            await made.happens(said("first"))
            await made.until(lambda: receiver.posts)
            await made.idle()
        receiver.answers = [500]
        async with house(hook(receiver)) as made:
            await made.happens(said("second", ago_s=100), said("third"))
            await made.until(lambda: made.components["a"].state == "down")
        receiver.answers = [204]
        async with house(hook(receiver, max_age_s=50)) as made:
            await made.until(lambda: len(posted(receiver)) == 2)
            await made.idle()
            assert made.components["a"].detail() == {"too_old": 1, "refused": 0}
            assert made.components["a"].counters.dropped == 1
        async with house(hook(receiver)) as made:
            await made.idle()

    asyncio.run(main())
    assert posted(receiver) == [("first", "raise"), ("third", "raise")]


def test_an_event_of_another_boot_is_as_old_as_utc_says(house: Live, receiver: Receiver, monkeypatch: Any) -> None:
    async def main() -> None:
        async with house(hook(receiver, max_age_s=50)) as made:
            await made.idle()
            with monkeypatch.context() as before:
                before.setattr(CLOCK, "boot_id", "an-earlier-boot")
                receiver.answers = [500]
                await made.happens(said("old"), said("young"))
                await made.until(lambda: made.components["a"].state == "down")
            monkeypatch.setattr(type(CLOCK), "time_ns", _later_by(45, type(CLOCK).time_ns))
            receiver.answers = [204]
            await made.until(lambda: len(posted(receiver)) == 2)

    asyncio.run(main())


def _later_by(seconds: float, time_ns: Any) -> Any:
    return lambda clock, mono_ns: time_ns(clock, mono_ns) + round(seconds * 1e9)


def test_between_two_posts_there_is_the_time_that_was_asked_for(house: Live, receiver: Receiver) -> None:
    async def main() -> list[float]:
        async with house(hook(receiver, every_s=0.3)) as made:
            await made.idle()
            began_s = CLOCK.mono_ns() / 1e9
            await made.happens(*[said(f"r{n}") for n in range(3)])
            came = []
            for n in range(3):
                await made.until(lambda n=n: len(receiver.posts) > n)  # type: ignore[misc]
                came.append(CLOCK.mono_ns() / 1e9 - began_s)
            return came

    came = asyncio.run(main())
    assert came[1] >= 0.3
    assert came[2] >= 0.6


def test_a_silent_other_side_holds_up_nobody_but_itself(house: Live, receiver: Receiver) -> None:
    """Another action goes on at once, and the journal does."""
    receiver.answers = [None]
    other = Receiver()

    async def main() -> None:
        second = hook(other, name="b")
        async with house(hook(receiver, timeout_s=1), second) as made:
            await made.idle("b")
            await made.happens(said())
            await made.until(lambda: other.posts)
            await made.happens(said("warm"))
            await made.until(lambda: len(other.posts) == 2)
            assert made.components["a"].counters.sent == 0
            await made.until(lambda: "no answer in 1 s" in made.components["a"].last_error)

    asyncio.run(main())
    other.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ["r", "u", "e"]),
        ({"on": ["acknowledge", "clear"]}, ["a", "c"]),
        ({"least": "critical"}, ["e"]),
        ({"rules": ["cold"]}, []),
        ({"name": "boss"}, ["r", "u", "e", "t"]),
    ],
)
def test_an_action_tells_of_its_rules_its_moments_and_what_is_bad_enough(
    house: Live, receiver: Receiver, options: dict[str, Any], told: list[str]
) -> None:
    """A step of an escalation that names who is told is for those alone."""
    events = [
        said("r"), said("u", "unshelve"), said("e", "escalate", severity="critical", level=1), said("s", "suppress"),
        said("t", "escalate", level=2, tell=["boss"]), said("a", "acknowledge", by="은하"), said("c", "clear"),
        said("h", "shelve"), said("z", "escalate", level=9, tell=[options.get("name", "a")]),
    ]  # fmt: skip

    async def main() -> None:
        action = hook(receiver, **options)
        async with house(action, rules=("hot", "cold")) as made:
            await made.idle(action["name"])
            await made.happens(*events)
            await made.until(lambda: receiver.posts and receiver.posts[-1]["body"]["rule"] == "z")

    asyncio.run(main())
    assert [post["body"]["rule"] for post in receiver.posts] == [*told, "z"]


def test_a_rule_that_is_written_for_each_is_meant_as_a_whole(house: Live, receiver: Receiver) -> None:
    async def main() -> None:
        async with house(hook(receiver, rules=["hot"]), each={"point": "x"}) as made:
            await made.idle()
            await made.happens(said("hot_m"), said("cold"), said("hot_m", "escalate", level=1))
            await made.until(lambda: len(receiver.posts) == 2)

    asyncio.run(main())
    assert posted(receiver) == [("hot_m", "raise"), ("hot_m", "escalate")]


def test_a_reload_leaves_an_action_alone_that_means_the_same(house: Live, receiver: Receiver) -> None:
    async def main() -> None:
        async with house(hook(receiver), hook(receiver, name="b")) as made:
            await made.idle()
            before = made.components["a"], made.components["b"]
            changed = made.config.model_copy(
                update={"actions": tuple(a.model_copy(update={"least": "critical"}) if a.name == "b" else a
                                         for a in made.config.actions)}
            )  # fmt: skip
            await made.actions.prepare(changed)
            made.actions.start(changed, "gw_1")
            assert made.components["a"] is before[0]
            assert made.components["b"] is not before[1]

    asyncio.run(main())
