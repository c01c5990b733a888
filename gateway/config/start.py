"""What a shop begins with: the order of its screens, the labels that it prints first, its reports."""

from typing import Literal

from pydantic import Field

from drivers.base import Options

Screen = Literal["board", "work", "scans", "alarms", "values", "trends", "figures", "health"]
Label = Literal[
    "badge", "coupon", "bundle", "traveller", "operation", "defect", "reason", "quantity", "equipment", "lot", "command"
]
Report = Literal[
    "pay", "wip", "output", "quality", "setup", "loss", "waste", "downtime", "equipment", "safety"
]  # fmt: skip


class Start(Options):
    """처음 보여 줄 것들. / What the shop begins with."""

    screens: tuple[Screen, ...] = Field(
        ("board", "work", "alarms", "scans", "values", "trends", "figures", "health"),
        min_length=1,
        description="화면의 차례. 적지 않은 화면은 그 뒤에 와요. / The screens in their order; the others follow.",
    )
    labels: tuple[Label, ...] = Field(
        ("badge", "coupon", "bundle", "command"), description="먼저 뽑을 표들. / The labels to print first."
    )
    reports: tuple[Report, ...] = Field(
        ("pay", "wip", "output"), description="먼저 볼 보고서들. / The reports to begin with."
    )
