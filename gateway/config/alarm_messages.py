"""Sentences about wrong alarms and actions, in the form of all others (see `messages`)."""

ALARM_MESSAGES: dict[str, tuple[str, str]] = {
    "because_circle": (
        "'{name}': 규칙들이 서로를 까닭으로 삼아요: {circle}; 까닭은 한쪽으로만 가요; 한 곳의 because_of를 지워 주세요",
        "'{name}': rules follow from each other in a circle: {circle}; causes lead one way; remove one because_of",
    ),
    "no_meter": (
        "'{key}': 쌓이는 것이 없는 계산값이에요: {value}; 예: hours(machines.press_1.run); 고치거나 지워 주세요",
        "'{key}': nothing accrues in {value}; e.g. hours(machines.press_1.run); name another or remove it",
    ),
    "for_each_none": (
        "'{key}': 맞는 기기나 기계가 하나도 없어요: {value}; {near}; 이름을 고치거나 for_each를 지워 주세요",
        "'{key}': no device or machine fits {value}; {near}; correct the name or remove for_each",
    ),
    "made_name_long": (
        "'{key}': for_each가 만드는 이름이 너무 길어요: {value}; {limit}자까지예요; 더 짧은 이름으로 바꿔 주세요",
        "'{key}': the name that for_each makes is too long: {value}; at most {limit} letters; use a shorter name",
    ),
    "step_too_early": (
        "'{key}': 앞 단계보다 늦어야 해요: {value:g}; 앞 단계: {before:g}; 더 큰 초로 바꾸거나 순서를 바꿔 주세요",
        "'{key}': a step comes after the one before it: {value:g}; the one before: {before:g}; correct the seconds",
    ),
}
