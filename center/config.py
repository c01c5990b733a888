"""The center's configuration, `center.yaml`: the broker, the file it keeps, its page, and the enrolled shops."""

import ipaddress
import stat
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

LEAST_WORD = 8  # characters of the access word
Level = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]  # one level of an MQTT topic


class Options(BaseModel):
    """A part of the configuration: unknown options are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(Options):
    """암호 연결. / TLS."""

    ca_file: str | None = Field(None, description="믿을 인증서(CA) 파일. / The CA's file; else the system's own.")
    cert_file: str | None = Field(None, description="내 인증서 파일. / Our certificate's file.")
    key_file: str | None = Field(None, description="내 열쇠 파일. / Our key's file.")


class Broker(Options):
    """공방들이 기록을 보내는 브로커. / The broker that the shops send to."""

    host: str = Field("localhost", min_length=1, description="브로커 주소. / The broker's address.")
    port: StrictInt = Field(1883, ge=1, le=65535, description="브로커 포트. / The broker's port.")
    username: str | None = Field(None, description="사용자 이름. / The user's name.")
    password_file: str | None = Field(None, description="비밀번호가 든 파일. / The file that holds the password.")
    tls: Tls | None = Field(None, description="암호 연결. / TLS.")
    keepalive_s: StrictInt = Field(30, ge=5, le=600, description="연결 확인 간격(초). / Seconds between keep-alives.")


class Enrolled(Options):
    """센터에 등록한 공방. / A shop that is enrolled."""

    workshop: Level = Field(description="공방의 이름표. / The workshop's id.")
    gateway: Level = Field(description="게이트웨이의 이름표. / The gateway's id.")
    name: str | None = Field(None, min_length=1, description="화면에 보이는 이름. / The name on the page.")
    trade: str | None = Field(None, min_length=1, description="업종. / The trade.")
    cluster: str | None = Field(None, min_length=1, description="집적지. / The cluster.")


class Config(Options):
    """지원센터의 설정. / The support center's configuration."""

    broker: Broker = Field(default_factory=Broker, description="브로커. / The broker.")
    path: str = Field(
        "/var/lib/gongbang-center/center.db", min_length=1, description="받은 기록의 파일. / The file of what came."
    )
    host: str = Field("127.0.0.1", min_length=1, description="화면을 열어 둘 주소. / The address of the page.")
    port: StrictInt = Field(8090, ge=0, le=65535, description="포트. 0이면 빈 포트. / The port; 0 takes a free one.")
    access_file: str | None = Field(
        None,
        description="화면을 여는 암호가 든 파일. 이 기기 밖에 열려면 꼭 있어야 해요. / "
        "The file with the page's access word; needed to open the page beyond this machine.",
    )
    stale_s: float = Field(
        90.0, ge=5, le=86400, description="이 시간(초) 동안 소식이 없으면 늦은 공방이에요. / Silent so long is stale."
    )
    language: Literal["ko", "en"] = Field("ko", description="화면의 첫 언어. / The page's first language.")
    keep_d: float | None = Field(
        None,
        gt=0,
        le=36500,
        description="측정값을 두는 날수. 없으면 늘 둬요. 일어난 일은 늘 남아요. / "
        "Days to keep samples; without it for ever. Events always stay.",
    )
    verify_every_d: float = Field(
        7.0,
        ge=0,
        le=3650,
        description="한 공방의 백업을 되살려 보는 간격(날). 0이면 안 해요. / "
        "Days between two tests of a shop's copy, which is restored for it; 0 tests none.",
    )
    verify_share: float = Field(
        0.1,
        ge=0.01,
        le=1,
        description="되살려 보는 데 쓸 시간의 몫. 0.1이면 코어 하나의 10분의 1이에요. / "
        "The share of the time that tests may take; 0.1 is a tenth of one core.",
    )
    shops: tuple[Enrolled, ...] = Field((), description="등록한 공방들. / The enrolled shops.")

    @model_validator(mode="after")
    def _each_shop_once(self) -> Self:
        """Refuse a shop that is enrolled twice."""
        seen: set[tuple[str, str]] = set()
        for shop in self.shops:
            place = (shop.workshop, shop.gateway)
            if place in seen:
                name = "/".join(place)
                raise ValueError(f"shops: {name} 공방이 두 번 있어요. / shops: {name} is enrolled twice.")
            seen.add(place)
        return self

    @model_validator(mode="after")
    def _open_page_has_a_word(self) -> Self:
        """Refuse a page that everybody on the network could read."""
        if self.access_file is None and not is_loopback(self.host):
            raise ValueError(
                "host: 다른 기기에서도 열리는 주소에는 access_file이 있어야 해요. / "
                "host: an address beyond this machine needs access_file."
            )
        return self


def is_loopback(host: str) -> bool:
    """Return whether a server on this address is reached from its own machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret(option: str, path: str) -> str:
    """Return what stands in a secret's file. Raises ValueError, told in both languages."""
    file = Path(path)
    try:
        mode = file.stat().st_mode
        text = file.read_text("utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{option}: 읽을 수 없어요: {path} / cannot be read: {error}") from None
    if mode & stat.S_IROTH:
        raise ValueError(f"{option}: 누구나 읽을 수 있는 비밀이에요. / anyone can read this secret: chmod 600 {path}")
    if not text:
        raise ValueError(f"{option}: 비어 있어요: {path} / is empty: {path}")
    return text
