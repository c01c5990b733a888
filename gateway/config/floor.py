"""What the shop floor knows by a code or a name: defects, reasons, metals, tools, shared equipment."""

from typing import Annotated

from pydantic import Field

from drivers.base import Name, Options
from gateway.config.parts import Text

ShopCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")]


class Defect(Options):
    """불량의 종류. / A kind of defect."""

    code: ShopCode = Field(description="표에 찍히는 불량 부호(D-). / The code on tickets (D-).")
    label: Text = Field(description="불량 이름. / Its name.")


class DowntimeReason(Options):
    """비가동 사유. / A reason for downtime."""

    code: ShopCode = Field(description="표에 찍히는 사유 부호(R-). / The code on tickets (R-).")
    label: Text = Field(description="사유 이름. / Its name.")
    planned: bool = Field(
        False, description="계획한 멈춤(식사, 청소)이면 true. / true for what is planned, such as lunch or cleaning."
    )


class Metal(Options):
    """귀금속. 로트 번호의 앞 글자로 알아봐요. / A precious metal, known by how a lot's number begins."""

    code: ShopCode = Field(description="로트 번호의 앞 글자. / How the numbers of its lots begin.")
    label: Text = Field(description="이름. / Its name.")
    fineness_permille: int = Field(
        gt=0, le=1000, description="함량(천분율): 18K는 750. / Its fineness in parts a thousand: 750 for 18 karat."
    )


class Tool(Options):
    """공구. E- 표를 찍으면 새것으로 바꾼 거예요. / A tool; a scan of its E- ticket says that it was changed."""

    name: Name = Field(description="공구 이름. / Its name.")
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    machine: Name = Field(description="꽂힌 기계. / The machine that it sits in.")
    life_pieces: int | None = Field(
        None, gt=0, description="이만큼 만들면 바꿔요(개). / Pieces after which it is changed."
    )
    life_min: float | None = Field(
        None, gt=0, description="이만큼 돌면 바꿔요(가동 분). / Minutes of running after which it is changed."
    )


class Equipment(Options):
    """여럿이 쓰는 장비. / Shared equipment."""

    name: Name = Field(description="장비 이름(E- 표). / Its name, as on its E- ticket.")
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    machine: Name | None = Field(
        None, description="상태와 전기를 아는 기계. / The machine that tells its state and energy."
    )
    left_on_min: float = Field(
        10.0,
        gt=0,
        description="쓰는 사람 없이 이만큼(분) 켜져 있으면 알려요. / "
        "Minutes that it may be on with nobody using it before that is told.",
    )
    no_show_min: float = Field(
        15.0, gt=0, description="예약 뒤 이만큼(분) 오지 않으면 노쇼예요. / Minutes after which a booking is a no-show."
    )
