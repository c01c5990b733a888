"""Actions on a real journal, with real other sides."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.table import PointTable
from tests.actions.house import CLOCK, DRIVER, RULE, House, Live, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that takes everything."""
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def house(tmp_path: Path) -> Live:
    """Return `async with house(action, ...) as made:`; the journal is the same each time."""

    @asynccontextmanager
    async def living(
        *actions: dict[str, Any], rules: tuple[str, ...] = ("hot",), escalate: Any = (), each: Any = None, **more: Any
    ) -> AsyncIterator[House]:
        tree = {"workshop": {"id": "w-1", "name": "공방"}, "drivers": [DRIVER], "actions": list(actions), **more}
        tree["rules"] = [RULE | {"name": name, "escalate": escalate, "for_each": each} for name in rules]
        config = EdgeConfig.model_validate(tree)
        engine = Engine(config, PointTable.of(config))
        async with await Journal.open(tmp_path / "journal.db", "gw_1", CLOCK, linger_s=0.0) as journal:
            await journal.append([Event("text", "m.t", CLOCK.mono_ns(), {"point": "m.t", "text": "before"})])
            made = House(config, journal, engine)
            await made.actions.prepare(config)
            made.actions.start(config, "gw_1")
            try:
                yield made
            finally:
                await made.supervisor.stop_all()

    return living
