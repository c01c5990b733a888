"""One Modbus connection: a question, and its answer or the reason why there is none.

pymodbus does the framing. Everything that waits or decides is ours: its reconnecting and its retries are off, and its
log is silent, for it tells every lost reply as an error.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from pymodbus.client import ModbusBaseClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.errors import DeviceGone
from drivers.mono import mono_ns
from sensors.point import BIT_TABLES, Table

FUNCTION: Final[dict[Table, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
NEVER_S: Final = 1e6  # pymodbus's own time-out, which must not fire before ours
REQUEST_BYTES: Final = 8  # unit, function, address, count, check sum

logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class NoReply(Exception):
    """The unit did not answer in time, or what came was not its answer. `damaged`: bytes came, but no whole frame."""

    def __init__(self, text: str, *, damaged: bool = False) -> None:
        super().__init__(text)
        self.damaged = damaged


class Refusal(Exception):
    """The unit answered with an exception code (Modbus application protocol V1.1b3, 7)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class Wire:
    """An open connection. One question at a time; `heard_ns` is when the last byte arrived."""

    def __init__(self, name: str, client: Callable[..., ModbusBaseClient], **options: Any) -> None:
        """Prepare; `client` is pymodbus's class and `options` are its own. Must be called on the loop."""
        self.name = name
        self.heard_ns = 0
        self.client = client(
            **options,
            timeout=NEVER_S,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._trace,
            trace_connect=self._connected,
        )
        self._heard = False
        self._asking = False
        self._ask: dict[Table, Callable[..., Awaitable[ModbusPDU]]] = {
            "coil": self.client.read_coils,
            "discrete": self.client.read_discrete_inputs,
            "holding": self.client.read_holding_registers,
            "input": self.client.read_input_registers,
        }

    async def open(self, timeout_s: float) -> Any:
        """Connect and return asyncio's transport; OSError or TimeoutError says why it failed.

        What pymodbus's own `connect` awaits, without its swallowing the reason.
        """
        async with asyncio.timeout(timeout_s):
            transport, _ = await self.client.ctx.call_create()
        self.client.ctx.transport = transport
        await asyncio.sleep(0)  # pymodbus sets up a serial transport in the loop's next two turns
        await asyncio.sleep(0)
        return transport

    async def close(self) -> None:
        """Close at once, whatever is still on its way out."""
        if self.client.ctx.transport:
            self.client.ctx.transport.abort()  # type: ignore[attr-defined] # typed as a BaseTransport
        self.client.close()
        await asyncio.sleep(0)  # asyncio closes the socket in the loop's next turn

    async def ask(self, unit: int, table: Table, start: int, count: int, timeout_s: float) -> Sequence[int]:
        """Return `count` registers (or bits) from `start`; NoReply, Refusal or DeviceGone when there are none."""
        self._heard, self._asking = False, True
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._ask[table](start, count=count, device_id=unit)
        except TimeoutError:
            if not self.client.connected:
                raise DeviceGone(f"{self.name}: the connection is lost") from None
            raise NoReply(f"unit {unit}: no reply in {timeout_s:.3g} s", damaged=self._heard) from None
        except ConnectionException:
            raise DeviceGone(f"{self.name}: the connection is lost") from None
        except ModbusException as error:
            raise NoReply(f"unit {unit}: {error}") from None
        finally:
            self._asking = False
        return _checked(reply, unit, table, count)

    def _trace(self, sending: bool, data: bytes) -> bytes:
        """Stamp what arrives, before anything is done with it."""
        if not sending:
            self.heard_ns, self._heard = mono_ns(), True
        return data

    def _connected(self, connected: bool) -> None:
        """End the pending question when the connection is lost: its answer cannot come any more."""
        waiting = self.client.ctx.response_future
        if not connected and self._asking and not waiting.done():
            waiting.set_exception(ConnectionException("lost"))


def _checked(reply: ModbusPDU, unit: int, table: Table, count: int) -> Sequence[int]:
    """Return the reply's registers, if it is the answer to our question: right unit, function and length.

    A unit that answers late answers the question before; pymodbus has compared the unit (and on TCP the transaction).
    """
    if reply.dev_id != unit or reply.function_code & 0x7F != FUNCTION[table]:
        raise NoReply(f"unit {unit}: the reply to another question came", damaged=True)
    if reply.isError():
        raise Refusal(int(reply.exception_code))
    values: Sequence[int] = reply.bits if table in BIT_TABLES else reply.registers
    spare = 8 if table in BIT_TABLES else 1  # bits come in whole bytes
    if not count <= len(values) < count + spare:
        raise NoReply(f"unit {unit}: {len(values)} registers came instead of {count}", damaged=True)
    return values[:count]
