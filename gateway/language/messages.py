"""Every text of the expression language's errors: what is wrong, and how to mend it. Korean first, then English."""

from collections.abc import Mapping
from typing import Final

Texts = Mapping[str, tuple[str, str]]

WHATS: Final[Texts] = {
    # reading the text
    "empty": ("식이 비어 있어요.", "The expression is empty."),
    "too_long": ("식이 너무 길어요({length}자).", "The expression is too long ({length} characters)."),
    "too_deep": ("식이 너무 깊게 겹쳐 있어요.", "The expression is nested too deeply."),
    "strange": ("'{text}' 글자는 식에 쓸 수 없어요.", "'{text}' has no meaning in an expression."),
    "bare_dot": ("점(.) 앞뒤를 붙여 써야 해요.", "A dot stands between two names, without blanks."),
    "name": ("'{text}'에 쓸 수 없는 글자가 있어요.", "'{text}' is not a name."),
    "number": ("'{text}' 숫자를 읽을 수 없어요.", "'{text}' is not a number."),
    "too_large": ("'{text}' 숫자가 너무 커요.", "'{text}' is too large a number."),
    "unit": ("'{text}' 단위를 몰라요.", "'{text}' is not a unit."),
    # the grammar
    "expected_value": ("여기에 값이 와야 하는데 {found}.", "A value belongs here, not {found}."),
    "expected_end": ("식이 끝난 뒤에 '{text}'이(가) 더 있어요.", "The expression ends here, but '{text}' follows."),
    "no_operator": ("두 값 사이에 연산자가 없어요.", "There is no operator between two values."),
    "no_close": ("괄호를 닫지 않았어요.", "The parenthesis is not closed."),
    "extra_close": ("여는 괄호 없이 닫았어요.", "This parenthesis was never opened."),
    "chained": ("비교를 이어서 쓸 수 없어요.", "Comparisons cannot be chained."),
    "after_for": ("'for' 뒤에는 식을 더 쓸 수 없어요.", "Nothing may follow 'for' and its duration."),
    "if_outside": ("'if'는 괄호 안에 써야 해요.", "'if' needs parentheses around it."),
    "no_else": ("'if' 뒤에 'else'가 없어요.", "This 'if' has no 'else'."),
    "no_duration": ("여기에 시간이 와야 해요.", "A duration belongs here."),
    "duration": ("'{text}' 시간은 쓸 수 없어요.", "'{text}' is not a possible duration."),
    "hop_last": ("'hop'은 함수의 마지막에 한 번만 써요.", "'hop' stands once, as a function's last argument."),
    "every_last": ("'every'는 함수의 마지막에 한 번만 써요.", "'every' stands once, as a function's last argument."),
    "function": ("'{name}' 함수는 없어요.", "There is no function '{name}'."),
    "not_called": ("'{name}' 함수 뒤에 괄호가 없어요.", "The function '{name}' needs parentheses."),
    "double_not": ("'not'을 두 번 이어 쓸 수 없어요.", "'not' cannot be repeated."),
    "double_minus": ("'-'를 두 번 이어 쓸 수 없어요.", "'-' cannot be repeated."),
    # names
    "point": ("'{name}' 점이 없어요.", "There is no point '{name}'."),
    "point_unit": ("'{name}' 점의 단위 '{unit}'을 몰라요.", "The unit '{unit}' of the point '{name}' is not known."),
    # kinds of values
    "needs_truth": ("여기에는 참·거짓이 와야 하는데 숫자예요.", "This is a number where true or false is needed."),
    "needs_number": ("여기에는 숫자가 와야 하는데 참·거짓이에요.", "This is true or false where a number is needed."),
    "truth_order": (
        "참·거짓은 '{operator}'로 비교할 수 없어요.",
        "True and false cannot be compared with '{operator}'.",
    ),
    "truth_number": ("참·거짓을 숫자와 비교했어요.", "This compares true or false with a number."),
    # units
    "differ": (
        "{left} · {right}: 서로 다른 양이라 함께 쓸 수 없어요.",
        "{left} and {right} are different quantities and cannot be compared or added.",
    ),
    "no_own_unit": (
        "단위 없는 숫자를 어느 단위로 읽을지 알 수 없어요.",
        "It is not clear in which unit to read the number without a unit.",
    ),
    "ambiguous": (
        "이 온도가 온도인지 온도 차이인지 알 수 없어요.",
        "It is not clear whether this is a temperature or a difference of temperatures.",
    ),
    "root": ("{left}: 제곱근을 구할 수 없어요.", "{left} has no square root."),
    "by_zero": ("0으로 나눠요.", "This divides by zero."),
    "result_unit": (
        "식의 값은 {left}인데 단위는 '{unit}'이에요.",
        "The expression gives {left}, but the unit is '{unit}'.",
    ),
    "overflow": ("계산한 값이 너무 커요.", "The computed value is too large."),
    # functions
    "arguments": ("'{name}' 함수에 인수가 맞지 않아요.", "These are not the arguments of '{name}'."),
    "needs_point": (
        "'{name}' 함수의 첫 인수에는 점이 들어 있어야 해요.",
        "The first argument of '{name}' must read a point.",
    ),
    "needs_constant": ("여기에는 숫자({range})를 직접 써야 해요.", "A plain number ({range}) belongs here."),
    "demanded": ("벽시계를 고르게 나누는 시간이 아니에요.", "This does not divide the hours of a wall's clock evenly."),
    "needs_hop": ("10분보다 긴 창에는 'hop'이 필요해요.", "A window over 10 minutes needs a 'hop'."),
    "no_hop": ("'{name}' 함수에는 'hop'을 쓰지 않아요.", "'{name}' takes no 'hop'."),
    "no_every": ("'{name}' 함수에는 'every'를 쓰지 않아요.", "'{name}' takes no 'every'."),
    "hop_fits": (
        "창({window})이 hop({hop})으로 나누어떨어지지 않아요.",
        "The window ({window}) is not a multiple of its hop ({hop}).",
    ),
    "needs_baseline": (
        "'{name}' 함수의 둘째 인수는 기준의 이름이에요.",
        "The second argument of '{name}' names a baseline.",
    ),
    "needs_season": (
        "'{name}' 함수의 둘째 인수는 시간대예요.",
        "The second argument of '{name}' is a season.",
    ),
    "needs_frequency": ("여기에는 주파수를 직접 써야 해요.", "A frequency belongs here."),
    "needs_acceleration": (
        "가속도(m/s2, gn)의 파형이 필요해요. {left}에는 쓸 수 없어요.",
        "It takes the waveform of an acceleration, not {left}.",
    ),
    "band_order": (
        "{low} Hz부터 {high} Hz까지라는 구간은 없어요.",
        "There is no band from {low} Hz to {high} Hz.",
    ),
    "band_short": ("{low} Hz를 보기에는 시간이 너무 짧아요.", "This is too short to see {low} Hz."),
    "hop_many": (
        "창({window})이 hop({hop})으로 너무 잘게 나뉘어요.",
        "The hop ({hop}) cuts the window ({window}) into too many pieces.",
    ),
}

MENDS: Final[Texts] = {
    "empty": ("'meter_1.power > 120 W'처럼 써 주세요.", "Write one like 'meter_1.power > 120 W'."),
    "too_long": (
        "{limit}자까지 쓸 수 있어요. signals로 나누어 주세요.",
        "At most {limit} are possible; divide it with signals.",
    ),
    "too_deep": (
        "괄호나 항을 줄이거나 signals로 나누어 주세요.",
        "Use fewer parentheses or terms, or divide it with signals.",
    ),
    "write": ("'{right}'라고 써 주세요.", "Write '{right}'."),
    "bare_dot": ("'meter_1.power'처럼 써 주세요.", "Write it like 'meter_1.power'."),
    "name": (
        "이름에는 영문 소문자, 숫자, 밑줄만 쓰고 소문자로 시작해요.",
        "Names are lower-case letters, digits and underscores, and begin with a letter.",
    ),
    "number": ("'0.5'나 '1000'처럼 써 주세요.", "Write it like '0.5' or '1000'."),
    "near_unit": ("'{near}'인가요?", "Did you mean '{near}'?"),
    "unit": (
        "단위 표에 있는 기호를 써 주세요. 예: W, degC, mm/s.",
        "Use a symbol of the table of units, such as W, degC or mm/s.",
    ),
    "expected_value": (
        "점(device.point), 숫자, 함수, 괄호가 올 수 있어요.",
        "A point (device.point), a number, a function or a parenthesis can.",
    ),
    "comma": (
        "쉼표는 함수 안에서만 써요. 큰 수는 '1000'처럼 쉼표 없이 써요.",
        "A comma only stands between a function's arguments; large numbers have none: '1000'.",
    ),
    "no_operator": (
        "and, or, >, + 같은 연산자를 넣어 주세요.",
        "Put one there, such as and, or, > or +.",
    ),
    "no_close": ("')'를 넣어 주세요.", "Add ')'."),
    "extra_close": ("')'를 지워 주세요.", "Take ')' away."),
    "chained": (
        "'1 < x and x < 2'처럼 'and'로 이어 주세요.",
        "Join two with 'and': '1 < x and x < 2'.",
    ),
    "after_for": (
        "'(a.x > 1 for 3s) and b.y > 2'처럼 괄호로 묶어 주세요.",
        "Use parentheses: '(a.x > 1 for 3s) and b.y > 2'.",
    ),
    "if_outside": (
        "'(a.x if b.on else 0)'처럼 괄호로 묶어 주세요.",
        "Use parentheses: '(a.x if b.on else 0)'.",
    ),
    "no_else": ("'(a.x if b.on else 0)'처럼 써 주세요.", "Write it like '(a.x if b.on else 0)'."),
    "no_duration": ("'3s', '500ms', '10min'처럼 써 주세요.", "Write it like '3s', '500ms' or '10min'."),
    "duration": ("1ms부터 31d까지 쓸 수 있어요.", "It can be from 1ms to 31d."),
    "hop_last": (
        "'mean(a.x, 1h, hop 1min)'처럼 써 주세요.",
        "Write it like 'mean(a.x, 1h, hop 1min)'.",
    ),
    "every_last": (
        "'mean(a.x, every 15min)'처럼 써 주세요.",
        "Write it like 'mean(a.x, every 15min)'.",
    ),
    "near_function": ("'{near}'인가요?", "Did you mean '{near}'?"),
    "function": ("쓸 수 있는 함수: {names}.", "There are: {names}."),
    "not_called": ("'{signature}'처럼 써 주세요.", "Write it like '{signature}'."),
    "double_not": ("'not (not a.on)'처럼 괄호로 묶어 주세요.", "Use parentheses: 'not (not a.on)'."),
    "double_minus": ("'-(-a.x)'처럼 괄호로 묶어 주세요.", "Use parentheses: '-(-a.x)'."),
    "near_point": ("'{near}'인가요?", "Did you mean '{near}'?"),
    "points_of": ("'{device}'의 점: {names}.", "'{device}' has: {names}."),
    "point": (
        "점은 'device.point'라고 써요. 설정에 있는 이름을 써 주세요.",
        "A point is 'device.point', by the names of this configuration.",
    ),
    "point_unit": ("그 점의 unit을 고쳐 주세요.", "Mend the unit of that point."),
    "needs_truth": (
        "'{text} > 0'처럼 비교를 붙여 주세요.",
        "Compare it with something, like '{text} > 0'.",
    ),
    "needs_number": (
        "'(1 if a.on else 0)'처럼 숫자로 바꿔 주세요.",
        "Make it a number: '(1 if a.on else 0)'.",
    ),
    "needs_choice": (
        "'(1 if {text} else 0)'처럼 숫자로 바꿔 주세요.",
        "Make it a number: '(1 if {text} else 0)'.",
    ),
    "truth_order": ("'=='나 '!='를 써 주세요.", "Use '==' or '!='."),
    "truth_number": (
        "0, 1, true, false와 비교해 주세요.",
        "Compare it with 0, 1, true or false.",
    ),
    "differ": ("같은 양끼리 비교하고 더해 주세요.", "Compare and add what measures the same."),
    "differ_constant": ("숫자를 '{unit}' 단위로 써 주세요.", "Write the number in '{unit}'."),
    "no_own_unit": ("'5 kW'처럼 단위를 붙여 주세요.", "Give it a unit, like '5 kW'."),
    "ambiguous": (
        "degC로 써 주세요. degC로 쓰면 어느 쪽이든 같아요.",
        "Write it in degC, where it means the same either way.",
    ),
    "root": ("제곱한 양(예: a.x * a.x)에만 쓸 수 있어요.", "It takes squares, such as a.x * a.x."),
    "by_zero": ("0이 아닌 수로 나눠 주세요.", "Divide by something else."),
    "result_unit": ("식이나 unit을 고쳐 주세요.", "Mend the expression or the unit."),
    "overflow": ("더 작은 수를 써 주세요.", "Use smaller numbers."),
    "arguments": ("'{signature}'처럼 써 주세요.", "Write it like '{signature}'."),
    "needs_point": (
        "'{name}(device.point, ...)'처럼 점이나 점으로 계산한 값을 써 주세요.",
        "Use a point or what is computed from points, like '{name}(device.point, ...)'.",
    ),
    "demanded": (
        "5min, 10min, 15min, 20min, 30min, 1h 가운데 하나를 써요.",
        "Use 5min, 10min, 15min, 20min, 30min or 1h.",
    ),
    "needs_hop": (
        "'{name}(..., {window}, hop {near})'처럼 써 주세요.",
        "Write it like '{name}(..., {window}, hop {near})'.",
    ),
    "no_hop": ("'hop'을 지워 주세요.", "Take 'hop' away."),
    "no_every": ("'{signature}'처럼 써 주세요.", "Write it like '{signature}'."),
    "hop_fits": ("'hop {near}'처럼 나누어떨어지게 써 주세요.", "Use one that divides it, such as 'hop {near}'."),
    "needs_baseline": (
        "'baselines.first'처럼 마음대로 이름을 붙여 주세요.",
        "Give it any name, like 'baselines.first'.",
    ),
    "needs_season": ("{seasons} 가운데 하나를 써 주세요.", "Write one of {seasons}."),
    "needs_frequency": ("'10 Hz'나 '1 kHz'처럼 써 주세요.", "Write it like '10 Hz' or '1 kHz'."),
    "needs_acceleration": (
        "속도(mm/s)로 읽은 파형이라면 'band'를 써 주세요.",
        "Of a waveform in mm/s use 'band'.",
    ),
    "band_order": (
        "0보다 큰 낮은 주파수를 먼저, 높은 주파수를 다음에 써 주세요.",
        "Write the lower frequency, above 0, before the higher one.",
    ),
    "band_short": ("{near} 이상으로 써 주세요.", "Use at least {near}."),
    "hop_many": ("'hop {near}'처럼 더 길게 써 주세요.", "Use a longer one, such as 'hop {near}'."),
}
