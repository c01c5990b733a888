"""The parts of the configuration that stand alone: shop, stations, dashboard, journal, clock."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from drivers.base import Name, Options

Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$")]
HOST_NAME = r"^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$"
HostName = Annotated[str, Field(pattern=HOST_NAME)]
DATE = r"^\d{4}-\d{2}-\d{2}$"
CLOCK_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


def _real(day: str) -> str:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"달력에 없는 날이에요: {day} / there is no such day: {day}") from None
    return day


Day = Annotated[str, Field(pattern=DATE), AfterValidator(_real)]
Bytes = Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?(B|kB|MB|GB|TB)?$")]


class Text(Options):
    """화면에 보이는 글, 두 언어로. / A text that people see, in both languages."""

    ko: str = Field(min_length=1, description="한국어 글. / The Korean text.")
    en: str = Field(min_length=1, description="영어 글. / The English text.")


class Gateway(Options):
    """게이트웨이 자신. / The gateway itself."""

    id: Slug | None = Field(
        None, description="게이트웨이의 이름. 비우면 기기에서 정해요. / Its name; taken from the machine when left out."
    )


class Workshop(Options):
    """공방. / The workshop."""

    id: Slug = Field(description="공방의 이름표. MQTT 주소에 들어가요. / The workshop's id; it stands in MQTT topics.")
    name: str = Field(min_length=1, description="화면에 보이는 공방 이름. / The name on the screen.")
    trade: Literal["sewing", "metal", "jewellery", "shoes", "printing", "other"] = Field(
        "other", description="업종. / The trade."
    )
    cluster: Slug | None = Field(None, description="집적지(센터) 이름. / The cluster (centre) it belongs to.")
    timezone: str = Field("Asia/Seoul", description="시간대. / The time zone.")
    language: Literal["ko", "en"] = Field("ko", description="화면의 첫 언어. / The screen's first language.")
    day_start: str = Field("09:00", pattern=CLOCK_TIME, description="하루 일의 시작. / When the day's work begins.")
    day_end: str = Field("18:00", pattern=CLOCK_TIME, description="하루 일의 끝. / When the day's work ends.")
    holidays: tuple[Day, ...] = Field((), description="쉬는 날들. / Days on which nothing is planned.")


class Lamp(Options):
    """답을 보여 주는 표시등. / A lamp that shows answers."""

    ok: str | None = Field(None, description="등록됐을 때 켤 출력. / The output for what was recorded.")
    duplicate: str | None = Field(None, description="이미 등록된 표일 때 켤 출력. / For what was recorded before.")
    refused: str | None = Field(None, description="등록되지 않았을 때 켤 출력. / For what was not recorded.")
    on_s: float = Field(1.5, gt=0, le=60, description="켜 두는 시간(초). / Seconds that it stays on.")


class Station(Options):
    """작업 자리. / A place where work is done."""

    name: Name = Field(description="자리 이름. / The station's name.")
    label: Text | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    group: Text | None = Field(
        None, description="화면에서 묶어 보이는 줄 이름. / The line under which the screen shows it."
    )
    way: Literal["out", "in_out"] = Field(
        "out",
        description="표를 찍는 때: out은 끝낼 때만, in_out은 시작과 끝에. / "
        "When tickets are scanned: out at the end alone, in_out at the beginning and the end.",
    )
    workers: Literal["one", "together"] = Field(
        "one",
        description="명찰: one은 마지막 사람만, together는 여럿이 함께 나눠요. / "
        "Badges: one takes the last alone, together shares the work among all who are here.",
    )
    badge_hold_s: float | None = Field(
        None,
        gt=0,
        description="이 자리의 명찰 유지 시간(초). 여럿이 돌려 쓰는 스캐너는 짧게 해요. / "
        "Seconds that a badge stays here, short for a scanner that goes from hand to hand; else work.badge_hold_s.",
    )
    lamp: Lamp | None = Field(None, description="답을 보여 주는 표시등. / A lamp that shows the answers.")


class Dashboard(Options):
    """화면. / The dashboard."""

    host: str = Field("127.0.0.1", min_length=1, description="열어 둘 주소. / The address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="포트. 0이면 빈 포트. / The port; 0 takes a free one.")
    viewer_without_login: bool = Field(
        True, description="로그인 없이 보기를 허락해요. / Lets anyone on the network look (not change)."
    )
    names: tuple[HostName, ...] = Field(
        (),
        description="이 화면을 여는 다른 이름이나 주소. 기기 이름(.local도)과 기기의 주소는 적지 않아도 열려요. / "
        "Other names or addresses that this dashboard is opened by; its host name, that with .local, and its own "
        "addresses need not be written.",
    )

    https: bool = Field(
        False,
        description="기기가 스스로 만든 인증서로 HTTPS를 켜요. 다른 기기의 HTTP는 그리로 보내요. / "
        "HTTPS with a certificate that this machine makes; HTTP of other devices is sent there.",
    )
    https_port: int = Field(8443, ge=0, le=65535, description="HTTPS의 포트. / The port of HTTPS.")
    operator_idle_min: float = Field(
        10.0,
        gt=0,
        le=720,
        description="명찰이나 PIN으로 들어온 작업자를 쓰지 않을 때 내보내는 시간(분). / "
        "Minutes without use after which an operator who came in by badge or PIN is logged out.",
    )

    @property
    def url(self) -> str:
        """Return where this machine itself finds the dashboard."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}/"


class Journal(Options):
    """기록. / The journal."""

    path: str = Field("/var/lib/gongbang/journal.db", min_length=1, description="기록 파일. / The journal's file.")
    max_bytes: Bytes = Field("2GB", description="기록이 쓸 수 있는 크기(바이트). / Bytes the journal may take.")
    samples_commit_s: float = Field(
        10.0,
        gt=0,
        le=60,
        description="측정값을 저장하는 간격(초). 정전 때 잃을 수 있는 가장 긴 시간이에요. / "
        "Seconds between commits of samples: the most that a power cut can take.",
    )
    samples_keep_d: float = Field(30.0, gt=0, description="측정값을 두는 기간(일). / Days that samples are kept here.")


class Clock(Options):
    """시계. / The clock."""

    trust: bool = Field(
        False, description="시간 맞춤(NTP)이 없어도 시계를 믿어요. / Trusts the clock without NTP's word."
    )
    hold_s: float = Field(
        900.0,
        ge=0,
        description="시간이 맞을 때까지 보내지 않고 기다리는 시간(초). / "
        "Seconds that rows wait for the clock before they go out marked unsynced.",
    )


_SCALE = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def size_bytes(size: int | str) -> int:
    """Return a size like `2GB`, `1.5 MB` or `4096` in bytes; the units are decimal (SI)."""
    text = str(size).replace(" ", "")
    number = text.rstrip("BkMGT")
    return int(float(number) * _SCALE[text[len(number) :] or "B"])
