"""The part of the configuration that names where things are published."""

from collections.abc import Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from drivers.base import Name, Options


class Tls(Options):
    """암호 연결. / TLS."""

    ca_file: str | None = Field(None, description="믿을 인증서(CA) 파일. / The CA's file; else the system's own.")
    cert_file: str | None = Field(None, description="내 인증서 파일. / Our certificate's file.")
    key_file: str | None = Field(None, description="내 열쇠 파일. / Our key's file.")


class PublisherConfig(Options):
    """What every publisher has. Each kind adds `type: Literal[...]`, and tells its `address`."""

    name: Name = Field(description="이름. / Its name.")
    enabled: bool = Field(True, description="끄려면 false. / false switches it off.")
    reconnect_most_s: float = Field(
        300.0,
        ge=1,
        le=3600,
        description="다시 연결하기까지 가장 긴 기다림(초). 같은 기기에 있으면 5가 좋아요. / "
        "The longest wait before connecting again; 5 is good for what runs on the same machine.",
    )

    @property
    def address(self) -> tuple[str, int]:
        """Return the host and port of the other side."""
        raise NotImplementedError


class Broker(PublisherConfig):
    """What every publisher over MQTT has."""

    host: str = Field("localhost", min_length=1, description="브로커 주소. / The broker's address.")
    port: int = Field(1883, ge=1, le=65535, description="브로커 포트. / The broker's port.")
    protocol: Literal["auto", "5", "3.1.1", 5] = Field(
        5,
        description="MQTT 판: 5, 3.1.1, auto. 5를 모르는 브로커에는 3.1.1로 바꿔요. / "
        "The MQTT version; a broker that does not know 5 is spoken to in 3.1.1.",
    )
    username: str | None = Field(None, description="사용자 이름. / The user's name.")
    password_file: str | None = Field(None, description="비밀번호가 든 파일. / The file that holds the password.")
    tls: Tls | None = Field(None, description="암호 연결. / TLS.")
    keepalive_s: int = Field(
        30,
        ge=5,
        le=600,
        description="연결 확인 간격(초). 끊긴 연결은 이것의 1.5배 안에 알아내요. / "
        "Seconds between keep-alives; a line that is dead is given up within one and a half of them.",
    )
    inflight: int = Field(
        200,
        ge=1,
        le=1000,
        description="답을 기다리며 보내 두는 수. 브로커가 더 적게 받는다면 그만큼만 보내요(Mosquitto는 20). / "
        "Messages on their way at once; fewer where the broker takes fewer (Mosquitto: 20).",
    )

    @property
    def address(self) -> tuple[str, int]:
        """Return the broker's host and port."""
        return self.host, self.port


class MqttPublisher(Broker):
    """MQTT 브로커로 보내기. / Publishing to an MQTT broker."""

    type: Literal["mqtt"] = Field(description="종류. / The kind.")
    samples: Literal["changes", "all", "none"] = Field(
        "changes", description="측정값: 바뀐 것만, 모두, 안 보냄. / Samples: changes only, all, or none."
    )
    deadband: float = Field(
        0.0,
        ge=0,
        description="이보다 작게 바뀐 값은 보내지 않아요(값의 단위로). / "
        "Changes up to this (in the value's unit) are not sent.",
    )
    refresh_s: float = Field(60.0, gt=0, description="바뀌지 않아도 모두 보내는 간격(초). / Seconds between full rows.")


class InfluxPublisher(PublisherConfig):
    """InfluxDB로 보내기. / Publishing to InfluxDB."""

    type: Literal["influxdb"] = Field(description="종류. / The kind.")
    url: str = Field(
        "http://localhost:8086", pattern=r"^https?://[^\s/]+(/\S*)?$", description="주소. / The database's address."
    )
    version: Literal[1, 2] = Field(
        2,
        description="쓰는 API: 2는 /api/v2/write(InfluxDB 2와 3, VictoriaMetrics), 1은 /write(InfluxDB 1). / "
        "The API: 2 is /api/v2/write (InfluxDB 2 and 3, VictoriaMetrics), 1 is /write (InfluxDB 1).",
    )
    org: str | None = Field(None, min_length=1, description="version 2: 조직. / Version 2: the organisation.")
    bucket: str | None = Field(None, min_length=1, description="version 2: 버킷. / Version 2: the bucket.")
    token_file: str | None = Field(
        None, description="version 2: 토큰이 든 파일. / Version 2: the file that holds the token."
    )
    database: str | None = Field(None, min_length=1, description="version 1: 데이터베이스. / Version 1: the database.")
    retention_policy: str | None = Field(
        None, min_length=1, description="version 1: 보존 정책. / Version 1: the retention policy; else the default one."
    )
    username: str | None = Field(None, description="version 1: 사용자 이름. / Version 1: the user's name.")
    password_file: str | None = Field(
        None, description="version 1: 비밀번호가 든 파일. / Version 1: the file that holds the password."
    )
    ca_file: str | None = Field(
        None, description="https에서 믿을 인증서(CA) 파일. / With https: the CA's file; else the system's own."
    )
    samples: bool = Field(True, description="측정값을 보내요. / Sends samples.")
    windows: bool = Field(True, description="구간 통계를 보내요. / Sends the statistics of windows.")
    events: bool = Field(True, description="일어난 일을 보내요. / Sends events.")
    lines: int = Field(
        5000, ge=100, le=50_000, description="한 번에 보내는 가장 많은 줄 수. / The most lines in one request."
    )
    timeout_s: float = Field(
        10.0, ge=1, le=120, description="대답을 기다리는 시간(초). / Seconds to wait for an answer."
    )

    @property
    def address(self) -> tuple[str, int]:
        """Return the database's host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    @model_validator(mode="after")
    def _place_is_named(self) -> Self:
        """Refuse a database without the names that its API asks for."""
        if self.version == 2 and self.bucket is None:
            raise ValueError("version: 2에는 bucket이 있어야 해요. / version: 2 needs a bucket.")
        if self.version == 1 and self.database is None:
            raise ValueError("version: 1에는 database가 있어야 해요. / version: 1 needs a database.")
        return self


class CenterPublisher(Broker):
    """지원센터로 기록을 보내기. / Sending the journal to the support center."""

    type: Literal["center"] = Field(description="종류. / The kind.")
    samples: bool = Field(
        True, description="측정값도 보내요. false면 일어난 일만 보내요. / Samples too; false sends events alone."
    )
    answer_s: float = Field(
        20.0,
        ge=1,
        le=600,
        description="센터가 이 시간(초) 안에 받았다고 하지 않으면 다시 보내요. / "
        "Sent again when the center has not confirmed within these seconds.",
    )
    witness_h: float = Field(
        24.0,
        ge=0,
        le=8760,
        description="센터가 제 백업을 맞춰 보도록 기록의 합계를 보내는 간격(시간). 0이면 안 보내요. / "
        "Hours between two sums of the journal, by which the center tests its copy; 0 sends none.",
    )


PUBLISHERS: Mapping[str, type[PublisherConfig]] = {
    "mqtt": MqttPublisher,
    "influxdb": InfluxPublisher,
    "center": CenterPublisher,
}


def publisher_config(part: Mapping[str, Any]) -> PublisherConfig:
    """Validate one publisher's mapping by the class that its `type` names, as `driver_config` does."""
    return PUBLISHERS[part["type"]].model_validate(part)
