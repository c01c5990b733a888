"""What an action says, for people: a title, and a line an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from gateway.actions.choice import WEIGHT
from gateway.config.parts import Workshop
from gateway.event import Row

Language = Literal["ko", "en"]
SEVERITY: Final = {
    "info": {"ko": "알림", "en": "Info"},
    "warning": {"ko": "주의", "en": "Warning"},
    "critical": {"ko": "위급", "en": "Critical"},
}
HAPPENED: Final = {
    "raise": {"ko": "시작", "en": "raised"},
    "unshelve": {"ko": "미룸이 끝났는데 아직 켜져 있어요", "en": "still on, its shelving is over"},
    "escalate": {"ko": "아무도 확인하지 않았어요", "en": "nobody has acknowledged it"},
    "acknowledge": {"ko": "{by} 확인", "en": "acknowledged by {by}"},
    "clear": {"ko": "끝남", "en": "over"},
    "test": {"ko": "시험이에요", "en": "a test"},
}
SYNCED: Final = "synced"
MOST_LINES: Final = 20


def title(rows: Sequence[Row], workshop: Workshop, language: Language) -> str:
    """Return one line: the shop, and the message of the newest event, or how many there are."""
    if len(rows) == 1:
        return f"{workshop.name}: {rows[0].body['message'][language]}"
    count = {"ko": f"알람 소식 {len(rows)}건", "en": f"{len(rows)} events of alarms"}
    return f"{workshop.name}: {count[language]}"


def lines(rows: Sequence[Row], workshop: Workshop, language: Language) -> str:
    """Return a line an event: how bad, what, what happened, when, what to do. Of many, the worst, then the newest."""
    zone = ZoneInfo(workshop.timezone)
    by_need = sorted(range(len(rows)), key=lambda place: (WEIGHT[rows[place].body["severity"]], place))
    named = [_line(rows[place], zone, language) for place in sorted(by_need[-MOST_LINES:])]
    rest = len(rows) - len(named)
    more = {"ko": f"그 밖에 {rest}건이 더 있어요.", "en": f"And {rest} more."}
    return "\n".join([*named, more[language]] if rest else named)


def _line(row: Row, zone: ZoneInfo, language: Language) -> str:
    body = row.body
    happened = HAPPENED[body["action"]][language].format(by=body["by"])
    at = datetime.fromtimestamp(row.time_ns / 1e9, zone).strftime("%H:%M")
    when = at if row.clock == SYNCED else {"ko": f"{at}(시계 안 맞음)", "en": f"{at} (clock unsure)"}[language]
    told = f"[{SEVERITY[body['severity']][language]}] {body['message'][language]} · {happened} · {when}"
    todo = body.get("todo") if body["action"] in ("raise", "unshelve", "escalate") else None
    return f"{told}\n  → {todo[language]}" if todo else told
