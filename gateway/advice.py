"""Advice: what to do about a component that is not well, in both languages."""

import re

from gateway.backup.trouble import told
from gateway.component import Component

WRONG_TIME = re.compile("certificate (is not yet valid|has expired)")


def advice(component: Component) -> dict[str, str] | None:
    """Return what to do about a component that is not well, in both languages; None when it is."""
    if component.state == "waiting" and component.kind == "clock":
        return {
            "ko": "인터넷을 연결하거나, 휴대폰이나 태블릿으로 이 화면을 열어 그 시각으로 맞춰 주세요.",
            "en": "Connect the network, or open this screen on a phone or tablet and set the clock by it.",
        }
    if component.kind == "backup":
        return told(component.state, component.detail().get("trouble", ""))
    if component.kind == "publisher" and component.detail().get("copy", {}).get("ok") is False:
        return {
            "ko": "센터에 있는 백업이 공방의 기록과 달라요. 카드를 바꾸거나 지우지 말고 센터에 전화해 주세요.",
            "en": "The center's copy differs from the records here. Keep the card as it is, and call the center.",
        }
    if component.state in ("up", "waiting"):
        return None
    if component.kind == "driver":
        return {
            "ko": "전원과 케이블, 배선(RS-485면 A/B)을 확인해 주세요.",
            "en": "Check its power, the cable and the wiring (A/B on RS-485).",
        }
    if component.kind == "publisher" and WRONG_TIME.search(component.last_error):
        return {
            "ko": "이 게이트웨이의 시계가 틀렸거나 받는 쪽의 인증서가 지났어요. 시계가 맞으면 저절로 이어져요.",
            "en": "The clock here is wrong, or their certificate has run out. It connects once the clock is right.",
        }
    if component.kind == "publisher":
        return {
            "ko": "인터넷과 받는 쪽(브로커, 데이터베이스)을 확인해 주세요. 기록은 공방에 남아 있어요.",
            "en": "Check the network and the other side (broker, database). Nothing is lost: the records stay here.",
        }
    if component.kind == "action":
        return {
            "ko": "받는 쪽과 인터넷, 출력이 달린 기기를 확인해 주세요. 그동안의 알람은 기다렸다가 알려요.",
            "en": "Check the other side, the network, or the device of the output. Alarms wait, and are told then.",
        }
    if component.kind == "printer":
        return {
            "ko": "프린터의 전원, 용지, 덮개와 케이블을 확인해 주세요. 찍을 것은 기다렸다가 찍어요.",
            "en": "Check its power, paper, cover and cable. What is to be printed waits, and is printed then.",
        }
    if component.kind == "journal":
        return {
            "ko": "카드가 가득 찼는지 확인해 주세요. 저장 실패가 나온 표는 종이에 적어 주세요.",
            "en": "See whether the card is full. Write down the tickets that were not stored.",
        }
    if component.kind == "configuration":
        return {
            "ko": "새 설정에 틀린 곳이 있어서 예전 설정으로 돌고 있어요. gongbang check로 확인해 주세요.",
            "en": "The new configuration has errors, so the old one goes on. See gongbang check.",
        }
    return {"ko": "gongbang doctor를 실행해 주세요.", "en": "Run gongbang doctor."}
