"""The part of the configuration that prints: label printers and sheets."""

from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.base import Name, Options


class Printer(Options):
    """라벨 프린터, 또는 종이 한 장에 여럿을 찍는 사무용 프린터. / A label printer, or an office printer."""

    name: Name = Field(description="이름. / Its name.")
    language: Literal["zpl", "tspl", "slcs", "ezpl", "pdf"] = Field(
        description="프린터의 말: zpl 지브라, tspl TSC, slcs 빅솔론, ezpl 고덱스, pdf 종이 한 장에 여럿. / "
        "What it speaks: zpl Zebra, tspl TSC, slcs Bixolon, ezpl Godex; pdf for sheets of paper."
    )
    width_mm: float = Field(ge=15, le=200, description="라벨의 너비(mm). / The label's width in mm.")
    height_mm: float = Field(ge=8, le=290, description="라벨의 높이(mm). / The label's height in mm.")
    dpi: Literal[203, 300] = Field(203, description="헤드의 해상도. / The print head's resolution.")
    gap_mm: float = Field(
        2.0,
        ge=0,
        le=20,
        description="라벨 사이(mm), 이어진 종이면 0. / Between two labels in mm; 0 on continuous paper.",
    )
    host: str | None = Field(None, min_length=1, description="네트워크 프린터의 주소. / A network printer's address.")
    port: int = Field(9100, ge=1, le=65535, description="네트워크 프린터의 포트. / A network printer's port.")
    usb: str | None = Field(
        None, pattern=r"^/dev/\S+$", description="USB 프린터의 장치 파일: /dev/usb/lp0. / A USB printer's device file."
    )
    cups: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", description="CUPS 대기열의 이름. / The name of a CUPS queue."
    )
    timeout_s: float = Field(
        20.0, ge=1, le=120, description="프린터를 기다리는 시간(초). / Seconds that the printer may take."
    )
    margin_x_mm: float = Field(8.0, ge=0, le=50, description="pdf: 왼쪽 여백(mm). / pdf: the sheet's left margin.")
    margin_y_mm: float = Field(10.0, ge=0, le=50, description="pdf: 위쪽 여백(mm). / pdf: the sheet's top margin.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        named = [name for name in ("host", "usb", "cups") if getattr(self, name) is not None]
        if len(named) > 1 or (not named and self.language != "pdf"):
            raise ValueError("host, usb, cups 가운데 하나를 적어 주세요. / name one of host, usb, cups")
        return self
