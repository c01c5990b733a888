"""The driver contract. A driver talks to one wire and yields what it reads; the supervisor does all the rest."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from barcodes.scan import Scan
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.text import TextReading

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Tone = Literal["ok", "duplicate", "refused"]
Reading = Batch | Scan | TextReading | Measurement


_GIVEN: dict[frozenset[str], set[str]] = {}


class Options(BaseModel):
    """Base of every part of the configuration: an unknown option is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def model_post_init(self, context: Any, /) -> None:
        """Have one set of the options' names with all parts that give the same: shops have thousands of rules."""
        given = self.model_fields_set
        object.__setattr__(self, "__pydantic_fields_set__", _GIVEN.setdefault(frozenset(given), given))


class DriverConfig(Options):
    """What every driver has. A driver's own config stands above its class and adds `type: Literal[...]`."""

    enter_s: ClassVar[float] = 5.0  # what answers has answered by then; `gongbang doctor` waits no longer
    retry_most_s: ClassVar[float] = 30.0  # the longest wait before a lost wire is entered again

    name: Name = Field(description="이 연결의 이름. / The name of this connection.")
    enabled: bool = Field(True, description="끄려면 false. / false switches it off without removing it.")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a device stands in the point table."""

    device: int  # index among the devices
    first: int  # index of its first point; its points follow in the order of its configuration


@dataclass(slots=True)
class Counters:
    """What every component counts, for the screen and /metrics. `unit_errors` tells lost replies by device."""

    received: int = 0
    sent: int = 0
    dropped: int = 0
    overruns: int = 0  # polls left out because the wire was still busy with others
    last_error: str = ""
    unit_errors: dict[str, int] = field(default_factory=dict)


class Driver(Protocol):
    """One wire. Entering connects or raises DeviceGone; leaving closes. The constructor does no I/O.

    A device on the wire that does not answer is not an error: it yields a row of quality NO_REPLY, and the others
    go on. When the wire itself is gone, `readings` raises DeviceGone and the supervisor enters it again later.
    """

    counters: Counters

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def readings(self) -> AsyncIterator[Reading]: ...


@runtime_checkable
class Answers(Protocol):
    """The extra power of a scanner that can beep or light: called after the scan's commit, never before."""

    async def answer(self, tone: Tone) -> None: ...


@runtime_checkable
class Previews(Protocol):
    """The extra power of a camera whose owner wants to see something of it: the newest picture, in memory alone."""

    preview: bytes | None  # JPEG; None while it is switched off, or the camera is gone


@dataclass(frozen=True, slots=True)
class Written:
    """What stood in an output before a write and after it; None where the device does not tell."""

    before: float | None
    after: float | None


@runtime_checkable
class Writes(Protocol):
    """The extra power of a wire whose devices have outputs. NotWritten says why one was not written, and DeviceGone."""

    async def write(self, device: str, output: str, value: float | str) -> Written: ...


Slots = Mapping[str, Slot]  # by device name
