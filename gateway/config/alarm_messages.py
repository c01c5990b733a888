"""Sentences about wrong alarms and actions, in the form of all others (see `messages`)."""

ALARM_MESSAGES: dict[str, tuple[str, str]] = {
    "because_circle": (
        "'{name}': 규칙들이 서로를 까닭으로 삼아요: {circle}; 까닭은 한쪽으로만 가요; 한 곳의 because_of를 지워 주세요",
        "'{name}': rules follow from each other in a circle: {circle}; causes lead one way; remove one because_of",
    ),
    "step_too_early": (
        "'{key}': 앞 단계보다 늦어야 해요: {value:g}; 앞 단계: {before:g}; 더 큰 초로 바꾸거나 순서를 바꿔 주세요",
        "'{key}': a step comes after the one before it: {value:g}; the one before: {before:g}; correct the seconds",
    ),
}
