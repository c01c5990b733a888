"""The wires that run, with a real scanner's driver on a pty."""

import asyncio
import os
from pathlib import Path
from typing import Any

from drivers.base import Slot
from drivers.serial_scanner import SerialScannerConfig
from gateway.component import Component
from gateway.supervisor import Supervisor
from gateway.wires import Wires


async def _nobody(*_: Any) -> int:
    """Take a reading."""
    return 0


def test_what_was_given_up_is_tried_anew_at_a_reload_though_its_configuration_is_the_same(
    clock: Any, tmp_path: Path
) -> None:
    port = tmp_path / "scanner"
    port.write_text("")  # no serial port: nothing that trying again would mend
    config = SerialScannerConfig(name="scanner_1", type="serial_scanner", port=str(port))

    async def mended() -> None:
        components: dict[str, Component] = {}
        no_publisher: Any = lambda *_: None  # noqa: E731 - it is never called
        wires = Wires(Supervisor(clock.mono_ns), components, {}, _nobody, no_publisher, lambda _: [])
        wires.start(config, {"scanner_1": Slot(0, 0)})
        await _until(components, "off")
        assert not wires.runs(config), "so that a reload ends it and starts it again"
        await wires.keep_only(())
        port.unlink()
        master, slave = os.openpty()
        port.symlink_to(os.ttyname(slave))
        wires.start(config, {"scanner_1": Slot(0, 0)})
        await _until(components, "up")
        assert wires.runs(config)
        await wires.end_all()
        os.close(master)
        os.close(slave)

    asyncio.run(mended())


async def _until(components: dict[str, Component], state: str) -> None:
    async with asyncio.timeout(60):
        while components["scanner_1"].state != state:  # noqa: ASYNC110 - a component tells nobody
            await asyncio.sleep(0.01)
