"""The part of the configuration that says what is done about alarms: outputs, messages, webhooks."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field

from drivers.base import Name, Options
from gateway.config.plant import Severity

TOPIC: Final = r"^[^+#$\x00-\x1f][^+#\x00-\x1f]*$"
Moment = Literal["raise", "escalate", "acknowledge", "clear"]


class ActionConfig(Options):
    """What every action has. Each kind adds `type: Literal[...]`."""

    name: Name = Field(description="이름. / Its name.")
    enabled: bool = Field(True, description="끄려면 false. / false switches it off.")
    rules: tuple[Name, ...] = Field((), description="이 규칙들만. 비우면 모두. / These rules only; left out: all.")
    least: Severity = Field("warning", description="이보다 가벼운 알람은 넘겨요. / Lighter alarms are passed over.")
    retry_most_s: float = Field(
        60.0, ge=1, le=3600, description="다시 해 보기까지 가장 긴 기다림(초). / The longest wait before trying again."
    )


class OutputAction(ActionConfig):
    """알람이 켜져 있는 동안 출력을 켜기: 경광등, 부저, 릴레이. / An output while alarms are on: lamp, buzzer, relay."""

    type: Literal["output"] = Field(description="종류. / The kind.")
    output: str = Field(description="쓸 출력, 기기.출력. / The output, device.output.")
    value: float | str = Field(1.0, description="켜져 있을 때의 값. / Its value while an alarm is on.")
    rest: float | str = Field(0.0, description="아무것도 없을 때의 값. / Its value while none is.")
    until: Literal["clear", "acknowledge"] = Field(
        "clear",
        description="언제까지: 끝날 때(clear), 누가 확인할 때까지(acknowledge, 부저). / "
        "Until the alarm is over, or until somebody has acknowledged it (for a buzzer).",
    )
    level: int = Field(
        0, ge=0, le=20, description="이만큼 커진 알람부터(escalate). / Only alarms that escalated so many steps."
    )


class Telling(ActionConfig):
    """What every action has that tells somebody of what happens."""

    on: tuple[Moment, ...] = Field(
        ("raise", "escalate"),
        min_length=1,
        description="알릴 때: raise 울림, escalate 커짐, acknowledge 확인, clear 끝남. / When it tells.",
    )
    every_s: float = Field(
        1.0, ge=0, le=86400, description="두 번 사이의 가장 짧은 시간(초). / The least seconds between two of them."
    )
    timeout_s: float = Field(
        10.0, ge=1, le=120, description="대답을 기다리는 시간(초). / Seconds to wait for an answer."
    )
    max_age_s: float = Field(
        3600.0,
        gt=0,
        le=7 * 86400,
        description="이보다 오래된 일은 알리지 않고 세기만 해요(초). / Older events are counted and not told.",
    )


class WebhookAction(Telling):
    """HTTP POST로 알리기. / Telling by HTTP POST."""

    type: Literal["webhook"] = Field(description="종류. / The kind.")
    url: str = Field(pattern=r"^https?://[^\s/]+(/\S*)?$", description="주소. / The address.")
    token_file: str | None = Field(
        None, description="Authorization: Bearer 토큰이 든 파일. / The file with the bearer token."
    )
    ca_file: str | None = Field(
        None, description="https에서 믿을 인증서(CA) 파일. / With https: the CA's file; else the system's own."
    )

    @property
    def address(self) -> tuple[str, int]:
        """Return the server's host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


class MqttAction(Telling):
    """MQTT로 알리거나 켜기: 스마트 플러그, 다른 시스템. / Telling or switching by MQTT: a plug, another system."""

    type: Literal["mqtt"] = Field(description="종류. / The kind.")
    publisher: Name = Field(
        description="주소와 계정을 빌릴 publish(type: mqtt)의 이름. / The publisher whose broker and account are used."
    )
    topic: str = Field(min_length=1, max_length=200, pattern=TOPIC, description="토픽. / The topic.")
    payload: str | None = Field(
        None,
        max_length=1000,
        description="보낼 글(예: ON). 비우면 알람의 JSON. / What is sent, e.g. ON; left out: the alarm as JSON.",
    )
    retain: bool = Field(False, description="브로커가 기억하게 해요. / The broker keeps the last one.")


class NotifyAction(Telling):
    """메일이나 메신저로 알리기(apprise). / Telling by mail or messenger (apprise)."""

    type: Literal["notify"] = Field(description="종류. / The kind.")
    urls_file: str = Field(
        description="받을 곳의 apprise 주소가 한 줄에 하나씩 든 파일. / "
        "The file with the receivers' apprise URLs, one a line."
    )
    language: Literal["ko", "en"] | None = Field(
        None, description="글의 언어. 비우면 공방의 언어. / The text's language; left out: the workshop's."
    )
    every_s: float = Field(
        60.0,
        ge=0,
        le=86400,
        description="두 번 사이의 가장 짧은 시간(초). 그동안의 일은 한 통에 모아요. / "
        "The least seconds between two messages; what happens meanwhile goes into one.",
    )
    timeout_s: float = Field(
        30.0, ge=1, le=300, description="보내기를 기다리는 시간(초). / Seconds that sending may take."
    )


ACTIONS: Mapping[str, type[ActionConfig]] = {
    "output": OutputAction,
    "webhook": WebhookAction,
    "mqtt": MqttAction,
    "notify": NotifyAction,
}


def action_config(part: Mapping[str, Any]) -> ActionConfig:
    """Validate one action's mapping by the class that its `type` names, as `driver_config` does."""
    return ACTIONS[part["type"]].model_validate(part)
