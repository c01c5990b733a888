"""A broker that loses its memory: what an answered event means, and what is promised all the same.

PUBACK says that the broker has the message, not that it is on a disk (MQTT 5, section 4.3.2): what it acknowledged and
had not passed on when the power went is gone at the broker. It stays in our journal; the center's publisher, which
waits for the center's own word, sends it again (test_center.py: test_what_a_broker_forgets_is_sent_again).
"""

import asyncio
from typing import Any


def test_a_broker_that_forgets_gets_everything_it_had_not_answered_and_all_that_follows(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """Who is there misses nothing; what the broker held for one who was away is in the journal alone."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port)
        async with running(port=broker.port, samples="none") as gateway:
            await gateway.up()
            made = [await gateway.event(n=n) for n in range(5)]
            await soon(lambda: eye.ids() == made, "the first events")
            eye.close()
            held = [await gateway.event(n=n) for n in range(5, 10)]
            await soon(lambda: gateway.publisher.counters.sent == 10, "the broker answered for them")
            broker.kill()
            await soon(lambda: gateway.component.state == "down", "it is missed")
            made += held + [await gateway.event(n=n) for n in range(10, 20)]
            await gateway.supervisor.stop("broker")
            broker.start()
            back = witness(broker.port)
            await gateway.up()
            await soon(lambda: len(back.ids()) == 10, "what it had not answered, and what follows")
            assert back.ids() == made[10:], "in order; what it had answered for and forgot does not come again"
            assert back.bodies("status")[0]["state"] == "online", "that we are here is told anew"
            assert [row.id("gw_1") for row in await gateway.journal.events(None)] == made, "the journal has them all"

    asyncio.run(run())
