"""Codes of others that a shop scans: a pattern says which ticket of ours each of them is."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from barcodes.ticket_kinds import FIELDS
from drivers.base import Options
from drivers.pattern import Pattern

Kind = Literal[
    "badge",
    "coupon",
    "bundle",
    "traveller",
    "operation",
    "defect",
    "reason",
    "quantity",
    "equipment",
    "station",
    "lot",
    "command",
]


class ForeignCode(Options):
    """남의 코드 한 가지. / One form of code that is not ours."""

    pattern: str = Field(
        min_length=1,
        max_length=500,
        description="코드 전체에 맞는 정규식. (?P<이름>...)이 표의 칸이에요; 같은 이름이 여럿이면 이어 붙여요. / "
        "A regular expression of the whole code; (?P<name>...) are the ticket's fields, those of one name are joined.",
    )
    ticket: Kind = Field(description="어떤 표인지. / Which ticket it is.")
    fixed: dict[str, str] = Field({}, description="코드에 없는 칸의 값. / Fields that the code does not tell.")

    @field_validator("pattern")
    @classmethod
    def _a_pattern(cls, pattern: str) -> str:
        Pattern(pattern)
        return pattern

    @model_validator(mode="after")
    def _whole(self) -> Self:
        known, told = FIELDS[self.ticket], Pattern(self.pattern).groups | self.fixed.keys()
        names = ", ".join(known)
        if strange := sorted(told - known.keys()):
            raise ValueError(
                f"{self.ticket} 표에는 {strange[0]} 칸이 없어요: {names} / "
                f"a {self.ticket} ticket has no field {strange[0]}: it has {names}"
            )
        if missing := [name for name, must in known.items() if must and name not in told]:
            raise ValueError(
                f"{missing[0]} 칸이 빠졌어요: (?P<{missing[0]}>...)로 적거나 fixed에 적어 주세요 / "
                f"the field {missing[0]} is missing: write (?P<{missing[0]}>...) or put it under fixed"
            )
        return self
