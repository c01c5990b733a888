"""What pydantic found wrong with the types, told in our own words; its raw text never reaches the reader."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from gateway.config import schema
from gateway.config.actions import TOPIC
from gateway.config.messages import example, nearest, shown
from gateway.config.parts import CLOCK_TIME, DATE, HOST_NAME
from gateway.config.places import Path
from gateway.config.report import Report, option

KIND = {
    "int_type": "integer",
    "int_parsing": "integer",
    "int_from_float": "integer",
    "int_parsing_size": "integer",
    "float_type": "number",
    "float_parsing": "number",
    "finite_number": "number",
    "bool_type": "truth",
    "bool_parsing": "truth",
    "string_type": "text",
    "string_unicode": "text",
    "tuple_type": "list",
    "list_type": "list",
    "model_type": "parts",
    "model_attributes_type": "parts",
    "dict_type": "parts",
    "literal_error": "choice",
    "enum": "choice",
    "greater_than": "range",
    "greater_than_equal": "range",
    "less_than": "range",
    "less_than_equal": "range",
    "string_pattern_mismatch": "pattern",
    "string_too_short": "length",
    "string_too_long": "length",
    "too_short": "length",
    "too_long": "length",
}

# how a text must look, by the pattern in the model: what to suggest, and the rule in both languages
NAME = r"^[a-z][a-z0-9_]{0,62}$"
RULES: dict[str, tuple[str, str, str]] = {
    HOST_NAME: (
        "gongbang.example",
        "이름이나 주소만 써요(http://와 :8080 없이)",
        "write the name or address alone, without http:// and :8080",
    ),
    NAME: ("press_1", "a-z로 시작하고 a-z, 0-9, _ 만 써요(63자까지)", "begin with a-z, then a-z, 0-9 and _ (up to 63)"),
    r"^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$": (
        "changsin-017",
        "a-z, 0-9, -, _ 만 쓰고 글자나 숫자로 시작하고 끝나요(63자까지)",
        "use a-z, 0-9, - and _, with a letter or digit at both ends (up to 63)",
    ),
    r"^[0-9]{1,6}$": ("101", "숫자 1자리에서 6자리까지 써 주세요", "use 1 to 6 digits"),
    r"^/dev/\S+$": ("/dev/usb/lp0", "/dev/로 시작하는 장치 파일을 써 주세요", "name a device file under /dev/"),
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$": ("office_1", "영문과 숫자와 _ . - 만 써 주세요", "use letters, digits and _ . -"),
    r"^[A-Z0-9]{1,8}$": ("FRONT", "A-Z와 0-9만 8자까지 써 주세요", "use A-Z and 0-9, up to 8"),
    CLOCK_TIME: ("09:00", "'시:분'으로 00:00부터 23:59까지 써 주세요", "write hours:minutes, 00:00 to 23:59"),
    DATE: ("2026-12-25", "'해-달-날'로 써 주세요", "write year-month-day"),
    r"^\d+(\.\d+)? ?(B|kB|MB|GB|TB)?$": (
        "2GB",
        "수와 단위 B, kB, MB, GB, TB로 써 주세요",
        "write a number and B, kB, MB, GB or TB",
    ),
    r"^https?://[^\s/]+(/\S*)?$": (
        "http://localhost:8086",
        "http:// 나 https://로 시작하는 주소를 써 주세요",
        "write an address that begins with http:// or https://",
    ),
    TOPIC: (
        "shop/alarm",
        "+와 # 없이 쓰고 $로 시작하지 않아요",
        "write it without + and #, and not beginning with $",
    ),
    r"^[\x00-\xff]*$": (
        r"\x06",
        r"한 글자가 한 바이트예요. 한글은 쓸 수 없어요",
        "each character is one byte, up to xFF",
    ),
}


def tell(report: Report, data: Any, loc: Sequence[str | int], error: ErrorDetails, place: Path) -> None:
    """Add the problem of one pydantic error; `loc` is its place in `data` as far as there is any."""
    kind = error["type"]
    path = tuple(loc)
    if kind == "missing":
        return _missing(report, data, path, place, str(error["loc"][-1]))
    if kind == "extra_forbidden":
        return _unknown(report, data, path, place)
    if kind in ("value_error", "assertion_error"):
        return None if report.touches(place) else _said(report, data, path, place, error)
    if error["loc"][-1] == "[key]":
        if schema.at(data, path) is None:
            return _unknown(report, data, path, place)
        labels = schema.choices(_argument(schema.field_at(data, path[:-1])))
        return report.add(place, "unknown_option", near=nearest(path[-1], map(str, labels)))
    field = schema.field_at(data, path)
    wrong = KIND.get(kind, "value")
    _FILL.get(wrong, _plain)(report, wrong, place, error["input"], field)
    return None


def _argument(field: Any) -> Any:
    """Return the annotation of a dict option's names: `dict[Literal["ko", "en"], str] | None`."""
    for part in schema.leaves(field.annotation if field else None):
        if getattr(part, "__origin__", None) is dict:
            return part.__args__[0]
    return str


def missing_name(data: Any, path: Path) -> tuple[str, str]:
    """Return "in whom" something is missing: an element by its name, else a section by its key."""
    value = data
    for part in path:
        value = value[part]
    if not path:
        return "", ""
    last = path[-1]
    name = next((value[key] for key in ("name", "code", "badge", "state") if _text(value, key)), None)
    if isinstance(last, int) and name is None:
        return f"{option(path)} {last + 1}번째에 ", f"in item {last + 1} of {option(path)}, "
    name = name if isinstance(last, int) else last
    return f"'{shown(name)}'에 ", f"in '{shown(name)}', "


def _text(value: Any, key: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(key), str)


def _missing(report: Report, data: Any, path: Path, place: Path, key: str) -> None:
    """A required option is not there; not told when a misspelt one beside it was meant."""
    model = schema.model_at(data, path)
    beside = schema.at(data, path)
    if model and isinstance(beside, dict):
        strangers = [name for name in beside if name not in model.model_fields]
        if any(nearest(name, model.model_fields)[1] == f"nearest: {key}" for name in strangers):
            return
    ko, en = schema.description(model.model_fields.get(key) if model else None)
    hint = (f"'{key}: ...' 줄을 더해 주세요 ({ko})", f"add a line '{key}: ...' ({en})")
    report.add(
        (*place, key), "missing", report.document.line(place), key=key, where=missing_name(data, path), hint=hint
    )


def _unknown(report: Report, data: Any, path: Path, place: Path) -> None:
    holder, key = path[:-1], str(path[-1])
    beside = list(schema.at(data, holder))
    before = beside[max(beside.index(key) - 1, 0)]
    if before != key and schema.at(data, path) is None and not re.fullmatch(r"[a-z0-9_-]+", key):
        cut = f"{schema.at(data, (*holder, before))}, {key}"  # {when: max(a.x, 10s)} without quotes
        return report.add((*place[:-1], before), "comma", value=shown(cut))
    model = schema.model_at(data, holder)
    near = nearest(key, model.model_fields if model else ())
    return report.add(place, "unknown_option", key=shown(key), near=near)


def _said(report: Report, data: Any, path: Path, place: Path, error: ErrorDetails) -> None:
    """A model's own check, whose text holds both languages: "한국어 / English"."""
    text = re.sub(r"^(Value error|Assertion failed), ", "", error["msg"])
    ko, _, en = text.partition(" / ")
    where = missing_name(data, path) if isinstance(schema.at(data, path), dict) else (f"'{option(path)}': ",) * 2
    report.add(place, "said", where=where, said=(shown(ko.rstrip(".")), shown((en or ko).rstrip("."))))


def _plain(report: Report, wrong: str, place: Path, value: Any, field: Any) -> None:
    near = example(_usual(field))
    if wrong == "text" and isinstance(value, dict | list):
        found = ("목록이", "a list") if isinstance(value, list) else ("여러 값이", "a group of values")
        return report.add(place, "text_not_parts", found=found)
    if wrong == "text":
        near = example(f'"{shown(value)}"' if value is not None else _usual(field))
    if (number := re.match(r"\s*[-+]?\d+(\.\d+)?", str(value))) and wrong in ("integer", "number"):
        near = example(number[0].partition(".")[0] if wrong == "integer" else number[0])
    if wrong == "parts" and field is not None and (model := schema.inner_model(field.annotation)):
        near = nearest("", model.model_fields)
    return report.add(place, wrong, value=shown(value), near=near, hint=("값을 고쳐 주세요", "correct the value"))


def _usual(field: Any) -> str:
    """Return an example for an option: its default, else what its bounds or its pattern allow."""
    if field is None:
        return "..."
    if isinstance(field.default, float):
        return f"{field.default:g}"
    if isinstance(field.default, str | int) and not isinstance(field.default, bool):
        return str(field.default)
    if (pattern := schema.constraint(field, "pattern")) in RULES:
        return RULES[pattern][0]
    types = set(schema.leaves(field.annotation))
    return str(schema.constraint(field, "ge") or 1) if types & {int, float} else '"..."'


def _choice(report: Report, wrong: str, place: Path, value: Any, field: Any) -> None:
    names = list(dict.fromkeys(map(str, schema.choices(field.annotation)))) if field else []
    report.add(place, wrong, value=shown(value), near=nearest(shown(value), names))


def _range(report: Report, wrong: str, place: Path, value: Any, field: Any) -> None:
    bounds = schema.bounds(field)
    number = float(value) if _is_number(value) else 0.0
    near = schema.within(field, number)
    report.add(
        place,
        "range" if near is not None else "range_open",
        value=shown(value),
        bounds_ko=bounds[0],
        bounds_en=bounds[1],
        nearest=f"{near:.12g}" if near is not None else _usual(field),
    )


def _is_number(value: Any) -> bool:
    try:
        return float(value) is not None
    except (TypeError, ValueError, OverflowError):
        return False


def _pattern(report: Report, wrong: str, place: Path, value: Any, field: Any) -> None:
    pattern = schema.constraint(field, "pattern") or ""
    like, ko, en = RULES.get(pattern, ("...", "쓸 수 있는 글자로 고쳐 주세요", "use the characters that are allowed"))
    report.add(place, wrong, value=shown(value), near=example(_reshaped(value, pattern, like)), rule_ko=ko, rule_en=en)


def _reshaped(value: Any, pattern: str, like: str) -> str:
    """Return what was written, bent to fit the pattern where that can be done; else the example."""
    lower = re.sub(r"[^a-z0-9]+", "_", str(value).lower()).strip("_")
    for candidate in (lower, lower.replace("_", "-"), lower.upper().replace("_", ""), re.sub(r"\D", "", str(value))):
        if re.match(pattern, candidate) and len(candidate) > 1 and len(str(value)) < 2 * len(candidate):
            return candidate
    return like


def _length(report: Report, wrong: str, place: Path, value: Any, field: Any) -> None:
    if value == "":
        return report.add(place, "blank", near=example(_usual(field)))
    if report.touches(place):  # it is short because what is wrong in it was taken out
        return None
    least, most = (schema.constraint(field, name) for name in ("min_length", "max_length"))
    return report.add(place, wrong, value=shown(value), least=least or 0, most=most if most is not None else "...")


_FILL = {"choice": _choice, "range": _range, "pattern": _pattern, "length": _length}
