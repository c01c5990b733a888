"""How an instrument that offers a page only is described in the configuration."""

from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from drivers.base import DriverConfig
from drivers.http_client import PORTS
from drivers.http_page import HttpPoint
from drivers.named_point import numbers
from sensors.point import Point


class HttpPollConfig(DriverConfig):
    """웹 페이지(JSON, 글, CSV)로만 값을 주는 기기. / An instrument that offers a page only: JSON, text or CSV."""

    enter_s: ClassVar[float] = 15.0

    type: Literal["http_poll"] = Field(description="종류. / The kind.")
    url: str = Field(max_length=2000, description="주소. / The address: http://192.168.0.30/status.json")
    poll_s: float = Field(5.0, ge=0.5, le=86400, description="읽는 간격(초). / Seconds between requests.")
    timeout_s: float = Field(5.0, ge=0.1, le=60, description="답을 기다리는 시간(초). / Seconds for a whole answer.")
    headers: dict[str, str] = Field({}, description="더 보낼 헤더. / More headers to send.")
    headers_file: str | None = Field(
        None,
        description="비밀 헤더가 든 파일(한 줄에 `Name: value`). / A file of secret headers, `Name: value` a line.",
    )
    username: str | None = Field(None, description="계정(Basic). / The account (Basic).")
    password_file: str | None = Field(None, description="비밀번호가 든 파일. / The file that holds the password.")
    ca_file: str | None = Field(None, description="믿을 인증서(CA) 파일. / The CA's file; else the system's own.")
    delimiter: str = Field(",", min_length=1, max_length=1, description="CSV의 구분 글자. / What divides CSV columns.")
    max_bytes: int = Field(
        1_048_576,
        ge=64,
        le=16_777_216,
        description="이보다 큰 페이지는 버리고 세요(바이트). / Larger ones are dropped.",
    )
    points: tuple[HttpPoint, ...] = Field(min_length=1, description="측정점들. / Its points.")

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            well = parts.scheme in PORTS and bool(parts.hostname) and (parts.port or 80) > 0
        except ValueError:
            well = False
        if not well or any(sign.isspace() for sign in url):
            raise ValueError(
                "주소가 아니에요. 예: http://oven/status.json / not an address; e.g. http://oven/status.json"
            )
        if "@" in parts.netloc:
            raise ValueError("계정은 username에 적어 주세요. / The account goes into username.")
        return url

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [point.name for point in self.points]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"이름이 같은 측정점이 있어요: {', '.join(twice)} / Points of the same name.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the instrument as one device."""
        return [(self.name, tuple(point.point() for point in numbers(self.points)))]
