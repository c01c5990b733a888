"""The part of the configuration that the work ledger runs: workers and operations."""

from typing import Literal

from pydantic import Field

from drivers.base import Options
from gateway.config.codes import ForeignCode
from gateway.config.floor import Defect, DowntimeReason, Equipment, Metal, Tool
from gateway.config.parts import Day, Text


class Worker(Options):
    """작업자. 이름 대신 별명을 써도 돼요. / A worker; a nickname will do."""

    badge: str = Field(pattern=r"^[0-9]{1,6}$", description="명찰 번호. / The badge's number.")
    name: str = Field(min_length=1, description="화면에 보이는 이름. / The name on the screen.")


class Operation(Options):
    """공정. / One operation of the route."""

    code: str = Field(pattern=r"^[A-Z0-9]{1,8}$", description="표에 찍히는 공정 부호. / The code on tickets.")
    label: Text = Field(description="공정 이름. / Its name.")
    after: tuple[str, ...] = Field(
        (), description="먼저 끝나야 하는 공정 부호. / Codes of the operations that must come first."
    )
    sam_s: float | None = Field(None, gt=0, description="표준시간(초). / Standard time, seconds a piece.")
    loss_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        description="허용하는 해리(내준 금속의 %). 넘으면 알려요. / "
        "The metal loss that is allowed, percent of what was issued; more is flagged.",
    )


class MinimumWage(Options):
    """최저임금. 해마다 한 줄을 더해요. / The minimum wage; one more line each year."""

    since: Day = Field(description="이날부터. / From this day on.")
    won_per_h: int = Field(gt=0, description="한 시간에 몇 원. / Won an hour.")


class Work(Options):
    """작업 기록. / The work ledger."""

    workers: tuple[Worker, ...] = Field((), description="작업자들. / The workers.")
    operations: tuple[Operation, ...] = Field((), description="공정들. / The operations.")
    defects: tuple[Defect, ...] = Field((), description="불량의 종류들. / The kinds of defects.")
    reasons: tuple[DowntimeReason, ...] = Field((), description="비가동 사유들. / The reasons for downtime.")
    metals: tuple[Metal, ...] = Field((), description="귀금속들. / The precious metals.")
    tools: tuple[Tool, ...] = Field((), description="공구들. / The tools.")
    equipment: tuple[Equipment, ...] = Field((), description="여럿이 쓰는 장비들. / The shared equipment.")
    codes: tuple[ForeignCode, ...] = Field(
        (),
        description="다른 곳의 코드를 우리 표로 읽는 법. 먼저 맞는 것을 써요. / How codes of others are read as ours.",
    )
    unit: Literal["piece", "pair", "sheet"] = Field(
        "piece",
        description="무엇을 세는지: piece는 개, pair는 켤레, sheet는 장. / What is counted: pieces, pairs or sheets.",
    )
    badge_hold_s: float = Field(
        14400.0,
        gt=0,
        description="명찰을 찍은 뒤 그 자리에 남아 있는 시간(초). / Seconds that a badge stays at its station.",
    )
    same_label_s: float = Field(
        3.0,
        ge=0,
        description="같은 표를 이 시간(초) 안에 다시 읽으면 한 번으로 봐요. / "
        "The same label read again within these seconds counts as one reading.",
    )
    weigh_hold_s: float = Field(
        60.0,
        gt=0,
        description="저울에서 잰 무게를 이만큼(초) 안에 찍은 표에 적어요. / "
        "Seconds within which a weighing belongs to the ticket that is scanned after it.",
    )
    minimum_wage: tuple[MinimumWage, ...] = Field(
        (),
        description="최저임금(시급)들. 공임이 이보다 적으면 알려 줘요. / "
        "Hourly minimum wages: piece pay below them is shown.",
    )
    ask_s: float = Field(
        60.0,
        gt=0,
        description="여러 번 찍는 일(수량, 나누기 등)을 이어서 기다리는 시간(초). / "
        "Seconds that a scan of several steps (quantity, split ...) waits for its next one.",
    )
    defect_pay: Literal["keep", "deduct"] = Field(
        "keep",
        description="불량이 나면 공임: keep은 그대로, deduct는 수선될 때까지 빼요. / "
        "Pay of pieces with a defect: keep leaves it, deduct takes it until they are repaired.",
    )
    repair_pays: Literal["maker", "repairer", "nobody"] = Field(
        "maker",
        description="deduct일 때 수선하면 공임이 돌아가는 사람. / "
        "Who earns a repaired piece, where defects are deducted.",
    )
