"""A barcode scanner on a serial port (USB-CDC or RS-232)."""

from typing import Annotated, Final, Literal

from pydantic import Field

from drivers.base import Name, Options, Slots
from drivers.serial_port import SerialConfig
from sensors.point import Point

Suffix = Literal["auto", "cr", "lf", "crlf", "none"]
AnswerBytes = Annotated[str, Field(max_length=64, pattern=r"^[\x00-\xff]*$")]

SCANS: Final = Point(
    name="scans", label={"ko": "읽은 수", "en": "Scans"}, kind="counter", unit="pcs", address=0, type="u32"
)


class AnswersConfig(Options):
    """스캐너에 돌려보내는 글자. 비우면 보내지 않아요. / What is sent back to the scanner; nothing when left out."""

    ok: AnswerBytes | None = Field(None, description='받았을 때(예: "\\x06"). / When the scan was accepted.')
    duplicate: AnswerBytes | None = Field(None, description="이미 찍은 표일 때. / When the ticket was scanned before.")
    refused: AnswerBytes | None = Field(None, description="받을 수 없을 때. / When it was refused.")


class SerialScannerConfig(SerialConfig):
    """시리얼 바코드 스캐너. / A barcode scanner on a serial port."""

    type: Literal["serial_scanner"] = Field(description="종류. / The kind.")
    bytesize: Literal[7, 8] = Field(8, description="데이터 비트 수. / Data bits.")
    station: Name | None = Field(None, description="놓인 자리. / The station where it stands.")
    suffix: Suffix = Field(
        "auto",
        description="코드 끝의 글자: auto는 CR, LF, CRLF 모두. / What ends a code; auto takes CR, LF and CRLF.",
    )
    gap_s: float | None = Field(
        None,
        ge=0.02,
        le=5,
        description="끝 글자가 없는 스캐너만: 이만큼(초) 조용하면 코드가 끝나요. / "
        "For a scanner without a suffix only: a silence of these seconds ends a code.",
    )
    max_bytes: int = Field(
        4096,
        ge=16,
        le=65536,
        description="이보다 긴 코드는 버리고 세요(바이트). / Longer codes (bytes) are dropped and counted.",
    )
    answers: AnswersConfig = Field(
        AnswersConfig(), description="소리나 불을 켜는 답. / Answers that make the scanner beep or light."
    )

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the scanner as one device, with one point: how many codes it has read."""
        return [(self.name, (SCANS,))]


class SerialScanner:
    """One scanner."""

    Config = SerialScannerConfig

    def __init__(self, config: SerialScannerConfig, slots: Slots) -> None:
        self.config, self.slots = config, slots
