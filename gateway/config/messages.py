"""All sentences about a wrong configuration: `what is wrong; the nearest valid name; how to mend it`.

Korean first, English second. Names from the file stand in quotes before a colon, so that no particle depends on them.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal

from gateway.config.alarm_messages import ALARM_MESSAGES

Language = Literal["ko", "en"]

MESSAGES: dict[str, tuple[str, str]] = {
    **ALARM_MESSAGES,
    # the file
    "no_file": (
        "설정 파일이 없어요; {near}; 경로를 확인하거나 -c로 파일을 알려 주세요",
        "the configuration file is not there; {near}; check the path, or name the file with -c",
    ),
    "not_a_file": (
        "파일이 아니라 폴더예요; {near}; 폴더 안의 파일을 알려 주세요",
        "this is a folder, not a file; {near}; name a file in it",
    ),
    "unreadable": (
        "파일을 읽을 수 없어요 ({reason}); 읽기 권한이 있어야 해요; chmod와 chown으로 권한을 고쳐 주세요",
        "the file cannot be read ({reason}); it needs read permission; mend it with chmod and chown",
    ),
    "too_big": (
        "파일이 너무 커요 ({size}바이트); 가장 클 때 {limit}바이트예요; 설정 파일이 맞는지 확인해 주세요",
        "the file is too big ({size} bytes); at most {limit} bytes; check that it is a configuration",
    ),
    "not_utf8": (
        "UTF-8 글자가 아니에요 (바이트 0x{byte:02x}); UTF-8이어야 해요; 편집기에서 UTF-8로 다시 저장해 주세요",
        "not UTF-8 text (byte 0x{byte:02x}); it must be UTF-8; save it again as UTF-8 in the editor",
    ),
    "empty": (
        "설정이 비어 있어요; 꼭 있어야 하는 것: workshop; edge_config.yaml 예시를 복사해 고쳐 쓰세요",
        "the configuration is empty; required: workshop; copy the example edge_config.yaml and change it",
    ),
    # the YAML
    "tab": (
        "탭(Tab) 글자가 있어요; 들여쓰기는 빈칸 2개예요; 탭을 빈칸으로 바꿔 주세요",
        "there is a tab character; indentation is 2 blanks; replace the tab with blanks",
    ),
    "unclosed_quote": (
        "따옴표가 닫히지 않았어요; 여는 것과 같은 따옴표로 닫아요; 글 끝에 따옴표를 붙여 주세요",
        "a quote is never closed; the same quote opens and closes; add the quote at the end of the text",
    ),
    "unclosed_bracket": (
        "괄호가 닫히지 않았거나 쉼표가 빠졌어요; 짝: {{ }} 와 [ ]; 이 줄에서 연 괄호를 닫고 쉼표를 확인해 주세요",
        "a bracket is not closed or a comma is missing; pairs: {{ }} and [ ]; close the bracket that this line opens",
    ),
    "stray_bracket": (
        "값이 있어야 할 자리에 괄호나 기호가 있어요; 값 또는 따옴표로 감싼 글; 짝이 없는 괄호를 지워 주세요",
        "a bracket or sign stands where a value belongs; a value or quoted text; remove the bracket without a partner",
    ),
    "indentation": (
        "들여쓰기가 맞지 않아요; 같은 단계는 같은 칸에서 시작해요; 위아래 줄과 칸을 맞춰 주세요",
        "the indentation does not fit; lines of one level begin in one column; align it with its neighbours",
    ),
    "colon": (
        "여기에는 콜론(:)이 올 수 없어요; '이름: 값'은 한 줄에 하나예요; 들여쓰기와 콜론 뒤 빈칸을 보고, "
        "콜론이 든 글은 따옴표로 감싸 주세요",
        "a colon cannot stand here; one 'name: value' a line; check the indentation and the blank after the colon, "
        "and quote text that holds a colon",
    ),
    "no_colon": (
        "이름 뒤에 콜론(:)이 없어요; '이름: 값'으로 써요; 콜론과 빈칸을 넣어 주세요",
        "a colon is missing after the name; it is written 'name: value'; add a colon and a blank",
    ),
    "sign": (
        "'{sign}' 글자로 시작하는 값이 있어요; 따옴표로 감싼 글: \"{sign}...\"; 값을 따옴표로 감싸 주세요",
        "a value begins with '{sign}'; quoted text: \"{sign}...\"; put quotes around the value",
    ),
    "alias": (
        "'*{name}': 가리키는 것(&{name})이 없어요; {near}; & 이름을 고치거나 값을 직접 적어 주세요",
        "'*{name}': nothing is named &{name}; {near}; correct the name or write the value itself",
    ),
    "alias_circle": (
        "'*{name}': 자기 자신을 담고 있어요; 밖에 있는 것만 가리킬 수 있어요; 값을 직접 적어 주세요",
        "'*{name}' holds itself; only something outside can be named; write the value itself",
    ),
    "too_many": (
        "설정 값이 너무 많아요 ({limit}개 넘음); 별명(*)이 겹겹이 불어났는지 보세요; 별명을 줄여 주세요",
        "too many values (more than {limit}); aliases (*) may multiply; use fewer of them",
    ),
    "too_deep": (
        "너무 깊게 겹쳐 있어요; {limit}단계까지예요; 괄호를 줄여 주세요",
        "nested too deeply; at most {limit} levels; remove brackets",
    ),
    "two_documents": (
        "'---' 뒤에 문서가 하나 더 있어요; 설정은 문서 하나예요; '---' 줄을 지우거나 파일을 나눠 주세요",
        "another document follows '---'; a configuration is one document; remove the '---' or split the file",
    ),
    "escape": (
        "큰따옴표 안의 \\ 표시를 알 수 없어요; 그대로 쓰는 글: '...'; 작은따옴표로 바꾸거나 \\\\ 로 써 주세요",
        "unknown \\ sequence in double quotes; text as it is: '...'; use single quotes, or write \"\\\\\"",
    ),
    "control": (
        "보이지 않는 제어 글자가 있어요 (U+{code:04X}); 보이는 글자만 쓸 수 있어요; 그 글자를 지워 주세요",
        "there is an invisible control character (U+{code:04X}); only visible ones are allowed; remove it",
    ),
    "version": (
        "'%YAML {found}': 읽을 수 없는 판이에요; 판: 1.2; %YAML 줄을 지워 주세요",
        "'%YAML {found}' cannot be read; version: 1.2; remove the %YAML line",
    ),
    "tag": (
        "'{tag}': 여기서는 쓰지 않는 표시예요; 표시 없는 값; 느낌표(!)로 시작하는 표시를 지워 주세요",
        "'{tag}' is not used here; a value without a tag; remove what begins with '!'",
    ),
    "syntax": (
        "YAML로 읽을 수 없어요; '이름: 값' 또는 '- 값'으로 써요; 이 줄과 윗줄의 괄호, 따옴표, 들여쓰기를 봐 주세요",
        "this cannot be read as YAML; it is written 'name: value' or '- value'; check brackets, quotes and "
        "indentation here and one line above",
    ),
    "duplicate_key": (
        "'{key}': 같은 선택지가 두 번 있어요 (처음: {first}번째 줄); 하나만 남겨요; 둘 중 하나를 지워 주세요",
        "'{key}' is written twice (first on line {first}); one is kept; remove one of the two",
    ),
    "key_not_text": (
        "이름 자리에 글이 아닌 것이 있어요: {value}; 글로 된 이름; 선택지 이름으로 바꿔 주세요",
        "something that is not text stands as a name: {value}; a name in text; write the option's name",
    ),
    "merge": (
        "'<<': 다른 묶음을 가리키지 않아요: {value}; 예: <<: *sew; &이름을 붙인 묶음을 가리켜 주세요",
        "'<<' names no other part: {value}; e.g. <<: *sew; name a part that has an &anchor",
    ),
    "not_finite": (
        "'{key}': 셀 수 없는 수예요: {value}; 보통의 수; 수를 적거나 줄을 지워 주세요",
        "'{key}': not a finite number: {value}; an ordinary number; write a number or remove the line",
    ),
    # the types
    "top_level": (
        "설정 전체는 '이름: 값'이어야 해요. 지금은 {found}; {near}; workshop: 부터 적어 주세요",
        "the whole must be 'name: value'. Found {found}; {near}; begin with workshop:",
    ),
    "unknown_option": (
        "'{key}': 모르는 선택지예요; {near}; 이름을 고치거나 지워 주세요",
        "'{key}': unknown option; {near}; correct the name or remove it",
    ),
    "comma": (
        "'{key}': 쉼표에서 값이 끊겼어요; 예: {key}: \"{value}\"; 쉼표가 든 글은 따옴표로 감싸 주세요",
        "'{key}' is cut at a comma; e.g. {key}: \"{value}\"; put quotes around text that holds a comma",
    ),
    "missing": (
        "{where}'{key}' 선택지가 없어요; 넣을 이름: {key}; {hint}",
        "{where}'{key}' is missing; to add: {key}; {hint}",
    ),
    "integer": (
        "'{key}': 정수여야 해요. 입력한 값: {value}; {near}; 숫자만 적어 주세요",
        "'{key}' must be a whole number. Entered: {value}; {near}; write digits only",
    ),
    "number": (
        "'{key}': 수여야 해요. 입력한 값: {value}; {near}; 단위 없이 수만 적어 주세요",
        "'{key}' must be a number. Entered: {value}; {near}; write the number alone, without a unit",
    ),
    "truth": (
        "'{key}': 참거짓이어야 해요. 입력한 값: {value}; 쓸 수 있는 값: true, false; 둘 가운데 하나로 바꿔 주세요",
        "'{key}' must be true or false. Entered: {value}; valid: true, false; write one of the two",
    ),
    "text": (
        "'{key}': 글이어야 해요. 입력한 값: {value}; {near}; 따옴표로 감싸 주세요",
        "'{key}' must be text. Entered: {value}; {near}; put quotes around it",
    ),
    "text_not_parts": (
        "'{key}': 글이어야 하는데 {found} 있어요; 한 줄의 글; 값 하나만 적어 주세요",
        "'{key}' must be text, and {found} stands there; one line of text; write a single value",
    ),
    "list": (
        "'{key}': 목록이어야 해요. 입력한 값: {value}; '- ' 로 시작하는 줄들 또는 [ ]; 항목마다 '- '를 붙여 주세요",
        "'{key}' must be a list. Entered: {value}; lines that begin with '- ', or [ ]; put '- ' before each item",
    ),
    "parts": (
        "'{key}': '이름: 값'의 묶음이어야 해요. 입력한 값: {value}; {near}; 한 단계 들여 써 주세요",
        "'{key}' must hold 'name: value'. Entered: {value}; {near}; write them one level deeper",
    ),
    "choice": (
        "'{key}': 쓸 수 없는 값이에요: {value}; {near}; 값을 고쳐 주세요",
        "'{key}': not a valid value: {value}; {near}; correct the value",
    ),
    "range": (
        "'{key}': {bounds_ko}. 입력한 값: {value}; 가장 가까운 값: {nearest}; 값을 고쳐 주세요",
        "'{key}': {bounds_en}. Entered: {value}; nearest: {nearest}; correct the value",
    ),
    "range_open": (
        "'{key}': {bounds_ko}. 입력한 값: {value}; 쓸 수 있는 값: {nearest}; 값을 고쳐 주세요",
        "'{key}': {bounds_en}. Entered: {value}; valid: {nearest}; correct the value",
    ),
    "blank": (
        "'{key}': 비어 있어요; {near}; 값을 적어 주세요",
        "'{key}' is empty; {near}; write a value",
    ),
    "length": (
        "'{key}': 길이가 맞지 않아요: {value}; {least}에서 {most}까지; 길이를 맞춰 주세요",
        "'{key}': wrong length: {value}; from {least} to {most}; correct the length",
    ),
    "pattern": (
        "'{key}': 쓸 수 없는 글이에요: {value}; {near}; {rule_ko}",
        "'{key}': this text is not allowed: {value}; {near}; {rule_en}",
    ),
    "value": (
        "'{key}': 쓸 수 없는 값이에요: {value}; {near}; {hint}",
        "'{key}': not a valid value: {value}; {near}; {hint}",
    ),
    "said": (
        "{where}{said}; 선택지마다의 설명: docs/guide/reference.ko.md; 적힌 대로 고쳐 주세요",
        "{where}{said}; every option: docs/guide/reference.md; mend it as told",
    ),
    # what goes beyond types
    "duplicate_name": (
        "'{name}': 같은 이름이 두 번 있어요 (처음: {first}번째 줄); 쓸 수 있는 이름: {free}; 둘 중 하나를 바꿔 주세요",
        "'{name}' is there twice (first on line {first}); free name: {free}; rename one of the two",
    ),
    "reserved": (
        "'{name}': 이미 쓰임이 정해진 이름이에요; 쓸 수 있는 이름: {free}; 다른 이름으로 바꿔 주세요",
        "'{name}' is a taken name; free name: {free}; choose another",
    ),
    "not_writable": (
        "'{key}': {why_ko}; 출력이나 값을 고쳐 주세요",
        "'{key}': {why_en}; correct the output or the value",
    ),
    "unknown_name": (
        "'{key}': 없는 {thing_ko} 이름이에요: {value}; {near}; 이름을 고치거나 {where}에 더해 주세요",
        "'{key}': there is no {thing_en} named {value}; {near}; correct the name or add it to {where}",
    ),
    "unknown_choice": (
        "'{key}': 모르는 {thing_ko}: {value}; {near}; 이름을 고쳐 주세요",
        "'{key}': unknown {thing_en}: {value}; {near}; correct the name",
    ),
    "not_a_counter": (
        "'{key}': 누적 수(counter)가 아니에요: {value}; {near}; counter인 점으로 바꾸거나 kind를 고쳐 주세요",
        "'{key}': this point is not a counter: {value}; {near}; name a counter, or make that point kind: counter",
    ),
    "not_a_meter": (
        "'{key}': 전기를 재는 점이 아니에요: {value}; {near}; 단위가 Wh나 W인 점으로 바꿔 주세요",
        "'{key}': this point tells of no energy: {value}; {near}; name one in Wh or W",
    ),
    "no_such_file": (
        "'{key}': 파일이 없어요: {value}; {near}; 파일을 만들거나 경로를 고쳐 주세요",
        "'{key}': there is no such file: {value}; {near}; create the file or correct the path",
    ),
    "file_open_to_all": (
        "'{key}': 누구나 읽을 수 있는 비밀이에요: {value} (권한 {mode}); 알맞은 권한: 600; chmod 600 {value}",
        "'{key}': anyone can read this secret: {value} (mode {mode}); right mode: 600; chmod 600 {value}",
    ),
    "file_unreadable": (
        "'{key}': 읽을 수 없는 파일이에요: {value}; 게이트웨이가 읽을 수 있어야 해요; chown으로 주인을 바꿔 주세요",
        "'{key}': this file cannot be read: {value}; the gateway must be able to; change its owner with chown",
    ),
    "file_empty": (
        "'{key}': 비어 있는 파일이에요: {value}; 비밀번호 한 줄; 파일에 비밀번호를 적어 주세요",
        "'{key}': this file is empty: {value}; one line with the secret; write the secret into it",
    ),
    "same_unit": (
        "'{key}': 한 선에 같은 국번이 두 번 있어요: {value} (처음: {first}번째 줄); 비어 있는 국번: {free}; "
        "기기의 국번과 함께 바꿔 주세요",
        "'{key}': one bus has unit {value} twice (first on line {first}); free unit: {free}; "
        "change it here and in the device",
    ),
    "same_port": (
        "'{key}': 같은 포트를 두 연결이 써요: {value} (처음: {first}번째 줄); 연결마다 포트 하나; "
        "다른 포트를 쓰거나 한 연결에 모아 주세요",
        "'{key}': two connections use {value} (first on line {first}); one port each; use another port or join the two",
    ),
    "same_listener": (
        "'{key}': 화면과 '{other}' 브로커가 같은 포트예요: {value}; 비어 있는 포트: {free}; 둘 중 하나를 바꿔 주세요",
        "'{key}': the dashboard and the broker '{other}' share port {value}; free: {free}; change one of the two",
    ),
    "expression": (
        "'{key}': {what}; {near}; {mend}",
        "'{key}': {what}; {near}; {mend}",
    ),
    "signal_circle": (
        "'{name}': 계산한 값들이 서로를 돌아가며 불러요: {circle}; 쓸 수 있는 것: 장치의 점; 한 곳을 끊어 주세요",
        "'{name}': signals depend on each other in a circle: {circle}; valid: points of devices; break it once",
    ),
    "until_same": (
        "'until': when과 같은 식이라 시작하자마자 끝나요; 예: when의 반대쪽, 조금 떨어진 값; "
        "until을 바꾸거나 지워 주세요(그러면 when이 거짓일 때 끝나요)",
        "'until' is the same as when: it would end as it begins; e.g. the other side, some way off; "
        "change until or remove it (then it ends when `when` is false)",
    ),
    "constant": (
        "'{key}': 언제나 같은 답인 식이에요: {value}; 점이 든 식, 예: {example}; 점의 값과 견주어 주세요",
        "'{key}': always the same: {value}; an expression with a point, e.g. {example}; compare a point's value",
    ),
    "no_states": (
        "'{name}': 상태가 하나도 없어요; 예: {{state: run, when: ...}}; states에 적거나 device에 기기를 적어 주세요",
        "'{name}' has no states; e.g. {{state: run, when: ...}}; write one under states, or name its device",
    ),
    "in_profile": (
        "'{name}' 기종의 파일이 틀렸어요; {place}: {said}; 그 파일에서 고쳐 주세요",
        "the file of profile '{name}' is wrong; {place}: {said}; correct it in that file",
    ),
    "no_such_area": (
        "'{key}': 이 PLC에 없는 주소예요: {value}; 있는 것: {there}; 이 중에서 골라 주세요",
        "'{key}': this PLC has no {value}; it has: {there}; choose one of these",
    ),
    "no_meaning": (
        "'{name}': 기기 '{value}'의 기종은 상태를 몰라요; 예: {{state: run, when: ...}}; states에 적어 주세요",
        "'{name}': the profile of '{value}' knows no states; e.g. {{state: run, when: ...}}; write them under states",
    ),
    "state_again": (
        "'when': 위의 '{state}' 상태와 같은 식이라 쓰이지 않아요; 처음 것: {first}번째 줄; 식을 고치거나 지워 주세요",
        "'when' repeats that of '{state}' above and never counts; the first: line {first}; change or remove it",
    ),
    "after_itself": (
        "'{code}': 공정이 서로를 기다려요: {circle}; 처음 공정에는 after가 없어요; 한 곳의 after를 지워 주세요",
        "'{code}': operations wait for each other in a circle: {circle}; the first has no after; remove one after",
    ),
    "nothing_to_read": (
        "'{name}': 읽을 점이 없어요; profile 또는 points; 아는 기기면 profile을, 아니면 points를 적어 주세요",
        "'{name}' has nothing to read; profile or points; name its profile, or write its points",
    ),
    "past_the_end": (
        "'{key}': 마지막 주소가 65535를 넘어요: {value} + {registers}; 가장 가까운 주소: {nearest}; 주소를 고쳐 주세요",
        "'{key}': it ends beyond address 65535: {value} + {registers}; nearest: {nearest}; correct the address",
    ),
    "bits_only": (
        "'{key}': {table} 표에는 bool만 있어요. 지금은 {value}; 알맞은 값: bool; type을 bool로 하거나 표를 바꿔 주세요",
        "'{key}': table {table} holds bool alone. Found {value}; valid: bool; write type: bool or choose another table",
    ),
    "not_with": (
        "'{key}': {other}에는 쓸 수 없어요; {fit}; 이 줄을 지우거나 {other_key} 선택지를 바꿔 주세요",
        "'{key}' does not go with {other}; {fit}; remove it or change {other_key}",
    ),
    "goes_with": (
        "'{key}': {other}와 맞지 않아요; {fit}; 글은 kind: text와 type: string을 함께 써 주세요",
        "'{key}' does not fit {other}; {fit}; a text has kind: text and type: string",
    ),
    "low_high": (
        "'low': high보다 작아야 해요: {low} ~ {high}; low < high; 두 값을 확인해 주세요",
        "'low' must be below high: {low} to {high}; low < high; check the two values",
    ),
    "zero_scale": (
        "'scale': 0을 곱하면 값이 언제나 같아요; 보통: 1; 0이 아닌 수를 적어 주세요",
        "'scale': times 0, the value is always the same; usual: 1; write a number other than 0",
    ),
    "other_quantity": (
        "'{key}': {unit} 단위의 물리량이 아니에요: {value}; 알맞은 값: {right}; 고치거나 지워 주세요(단위에서 알아요)",
        "'{key}': {unit} is no unit of {value}; valid: {right}; correct it or remove it (the unit tells)",
    ),
}

NEAREST = ("가장 가까운 것: {}", "nearest: {}")
CHOICES = ("쓸 수 있는 것: {}", "valid: {}")
NOTHING = ("쓸 수 있는 것이 아직 없어요", "there is none yet")
LISTED = 8  # more names than these only tire the reader


def say(language: Language, key: str, /, **fields: Any) -> str:
    """Return the message `key` in `language`, on one line; a field that is a pair is (Korean, English)."""
    side = 0 if language == "ko" else 1
    chosen = {name: value[side] if isinstance(value, tuple) else value for name, value in fields.items()}
    return " ".join(MESSAGES[key][side].format(**chosen).split())


def nearest(wanted: object, names: Iterable[str]) -> tuple[str, str]:
    """Return, in both languages, the name nearest to what was written; if none is near, the names there are."""
    known = list(dict.fromkeys(names))
    lower = {name.lower(): name for name in reversed(known)}
    if close := get_close_matches(str(wanted).strip().lower(), lower, 1, 0.6):
        return NEAREST[0].format(lower[close[0]]), NEAREST[1].format(lower[close[0]])
    if not known:
        return NOTHING
    listed = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
    return CHOICES[0].format(listed), CHOICES[1].format(listed)


def example(text: object) -> tuple[str, str]:
    """Return, in both languages, a value that would be right."""
    return f"예: {text}", f"e.g. {text}"


def shown(value: object) -> str:
    """Return a value from the file as it may stand in a message: short, on one line, as YAML writes it."""
    if isinstance(value, dict):
        return "{...}"
    if isinstance(value, list):
        return "[...]"
    named = {None: "(비어 있음/empty)", True: "true", False: "false"}
    text = named[value] if value is None or isinstance(value, bool) else str(value)
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= 60 else plain[:57] + "..."
