"""The part of the configuration that names where things are published."""

from typing import Literal

from pydantic import Field

from drivers.base import Name, Options


class Tls(Options):
    """암호 연결. / TLS."""

    ca_file: str | None = Field(None, description="믿을 인증서(CA) 파일. / The CA's file; else the system's own.")
    cert_file: str | None = Field(None, description="내 인증서 파일. / Our certificate's file.")
    key_file: str | None = Field(None, description="내 열쇠 파일. / Our key's file.")


class MqttPublisher(Options):
    """MQTT 브로커로 보내기. / Publishing to an MQTT broker."""

    name: Name = Field(description="이름. / Its name.")
    type: Literal["mqtt"] = Field(description="종류. / The kind.")
    enabled: bool = Field(True, description="끄려면 false. / false switches it off.")
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
    keepalive_s: int = Field(30, ge=5, le=600, description="연결 확인 간격(초). / Seconds between keep-alives.")
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
    reconnect_most_s: float = Field(
        300.0,
        ge=1,
        le=3600,
        description="다시 연결하기까지 가장 긴 기다림(초). 같은 기기의 브로커면 5가 좋아요. / "
        "The longest wait before connecting again; 5 is good for a broker on the same machine.",
    )
    inflight: int = Field(
        200, ge=1, le=1000, description="답을 기다리며 보내 두는 수. / Messages on their way at once."
    )
