"""Layouts: the columns of each list, and what shops call them. Headers are compared without blanks and brackets."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as fresh
from typing import Any, Final

from gateway.tables import days, values
from gateway.tables.grid import Cell

Read = Callable[[Cell], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it fills, the header that we write, and the others that we understand, the surer first."""

    field: str
    ko: str
    also: tuple[str, ...]
    read: Read
    needed: bool = False
    filled: bool = False  # where the column is there, no cell of it may be empty
    unit: dict[str, int] = fresh(default_factory=dict)  # what a unit in the header multiplies by; "" without one

    @property
    def names(self) -> tuple[str, ...]:
        """Return every header that means this column."""
        return (self.ko, *self.also, self.field)


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of list."""

    kind: str
    ko: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # the fields that tell one row from another
    sizes_across: bool = False  # quantities may stand in a column for each size

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        return next(column for column in self.columns if column.field == name)


def _text(most: int = values.MOST_TEXT) -> Read:
    return lambda cell: values.text(cell, most)


def _code(most: int) -> Read:
    return lambda cell: values.code(cell, most)


_NOTE = Column("note", "비고", ("메모", "참고", "특이사항", "remark", "memo"), _text(200))
_EN = Column("en", "영문", ("영어", "영문명", "영어이름", "english"), _text())
_FROM = Column(
    "from",
    "적용일",
    ("적용일자", "적용시작일", "적용날짜", "시행일", "유효시작일", "시작일", "부터", "validfrom"),
    days.day,
)
_STYLE = Column(
    "style",
    "스타일",
    ("스타일번호", "스타일코드", "스타일no", "품번", "품목코드", "제품코드", "모델", "모델번호", "styleno"),
    _text(40),
)
_STYLE_OR_ALL = Column("style", _STYLE.ko, _STYLE.also, values.style_or_all, filled=True)
_OPERATION = Column(
    "operation", "공정코드", ("공정부호", "공정번호", "공정", "공정명", "공정이름", "작업", "작업명"), _text(40)
)
_COLOUR = Column("colour", "색상", ("컬러", "칼라", "색", "색깔", "color"), _text(40))
_SIZE = Column("size", "사이즈", ("싸이즈", "치수", "규격", "호수"), _text(20))
_ORDER_NAMES = (
    "작업지시번호",
    "작업지시서번호",
    "작업지시",
    "작지",
    "작지번호",
    "지시번호",
    "지시서번호",
    "오더",
    "오더번호",
    "주문번호",
    "발주번호",
    "orderno",
    "po",
    "pono",
)
_ORDER = Column("order", "작업지시서", _ORDER_NAMES, _text(40))
_PIECES = ("지시수량", "주문수량", "오더수량", "계획수량", "작업수량", "매수", "장수", "qty", "pcs")


def _needed(column: Column) -> Column:
    return Column(column.field, column.ko, column.also, column.read, True)


_BADGE_NAMES = ("명찰", "명찰번호", "사원번호", "직원번호", "작업자번호", "badgeno")
WORKERS = Layout(
    "workers",
    "작업자",
    "workers",
    (
        Column("badge", "사번", _BADGE_NAMES, values.badge, True),
        Column("name", "이름", ("성명", "성함", "작업자", "작업자명", "직원명", "별명"), _text(60)),
        Column("language", "언어", ("말", "사용언어"), values.language),
        Column("since", "입사일", ("입사일자", "입사날짜", "시작일"), days.day),
        Column("left", "퇴사일", ("퇴사일자", "퇴직일", "그만둔날"), days.day),
        _NOTE,
    ),
    ("badge",),
)
OPERATIONS = Layout(
    "operations",
    "공정",
    "operations",
    (
        Column("operation", "공정코드", ("공정부호", "공정번호", "코드", "부호", "code"), _code(8), True),
        Column("ko", "공정", ("공정명", "공정이름", "작업명", "작업", "이름", "한글명", "name"), _text(), True),
        _EN,
        Column("after", "앞공정", ("선행공정", "이전공정", "전공정", "먼저할공정"), values.words),
        Column(
            "sam_s",
            "표준시간(초)",
            ("표준시간", "sam", "smv", "st", "표준작업시간"),
            values.seconds,
            unit={"초": 1, "s": 1, "sec": 1, "분": 60, "min": 60, "m": 60, "sam": 60, "smv": 60},
        ),
    ),
    ("operation",),
)
STYLES = Layout(
    "styles",
    "스타일",
    "styles",
    (
        _needed(_STYLE),
        Column("name", "품명", ("스타일명", "제품명", "품목명", "품목", "제품", "모델명"), _text(), True),
    ),
    ("style",),
)
ROUTES = Layout(
    "routes",
    "공정순서",
    "routes",
    (
        _STYLE_OR_ALL,
        Column("step", "순서", ("차례", "순번", "공정순서", "작업순서", "no"), lambda cell: values.pieces(cell, 999)),
        _needed(_OPERATION),
        _FROM,
    ),
    ("style", "from", "operation"),
)
RATES = Layout(
    "rates",
    "공임",
    "rates",
    (
        _STYLE_OR_ALL,
        _needed(_OPERATION),
        Column(
            "won",
            "공임",
            ("공임단가", "개당공임", "단가", "임률", "공임(원)", "개당단가", "장당", "rate", "price"),
            values.won,
            True,
        ),
        _needed(_FROM),
    ),
    ("style", "operation", "from"),
)
ORDERS = Layout(
    "orders",
    "작업지시서",
    "orders",
    (
        _needed(_ORDER),
        _needed(_STYLE),
        _COLOUR,
        _SIZE,
        Column("quantity", "수량", _PIECES, values.pieces, True),
        Column("due", "납기", ("납기일", "납기일자", "납품일", "출고일", "완료예정일", "duedate"), days.day),
        Column(
            "bundle_of",
            "묶음수량",
            ("묶음단위", "묶음당수량", "묶음당", "번들수량", "묶음크기", "bundlesize"),
            lambda cell: values.pieces(cell, 9999),
        ),
    ),
    ("order", "colour", "size"),
    sizes_across=True,
)
BUNDLES = Layout(
    "bundles",
    "묶음",
    "bundles",
    (
        Column("bundle", "묶음번호", ("묶음", "번들번호", "번들", "묶음코드", "bundleno"), _code(12), True),
        _ORDER,
        _STYLE,
        _COLOUR,
        _SIZE,
        Column("quantity", "수량", _PIECES, lambda cell: values.pieces(cell, 9999), True),
    ),
    ("bundle",),
)
DEFECT_CODES = Layout(
    "defect_codes",
    "불량코드",
    "defect codes",
    (
        Column("code", "불량코드", ("불량부호", "불량번호"), _code(8), True),
        Column("ko", "불량", ("불량명", "불량이름", "불량내용", "불량유형", "내용"), _text(), True),
        _EN,
    ),
    ("code",),
)
REASON_CODES = Layout(
    "reason_codes",
    "비가동사유",
    "downtime reasons",
    (
        Column("code", "사유코드", ("비가동코드", "정지코드", "비가동사유코드", "사유부호"), _code(8), True),
        Column("ko", "비가동사유", ("사유", "비가동", "정지사유", "사유명", "비가동내용", "내용"), _text(), True),
        _EN,
        Column("planned", "계획", ("계획여부", "계획정지"), values.yes),
    ),
    ("code",),
)
EQUIPMENT = Layout(
    "equipment",
    "공용장비",
    "shared equipment",
    (
        Column("equipment", "장비코드", ("설비코드", "장비부호", "장비번호"), values.slug, True),
        Column("ko", "장비", ("장비명", "설비명", "장비이름", "설비", "이름"), _text(), True),
        _EN,
        Column("machine", "기계", ("연결기계",), values.slug),
    ),
    ("equipment",),
)
BOOKINGS = Layout(
    "bookings",
    "장비예약",
    "bookings",
    (
        Column("number", "예약번호", ("접수번호", "신청번호", "bookingno", "id"), _text(40)),
        Column("equipment", "장비", ("장비명", "장비코드", "설비", "설비명", "공용장비", "예약장비"), _text(), True),
        Column("on", "예약일", ("날짜", "이용일", "사용일", "예약일자", "이용일자", "일자", "date"), days.day),
        Column(
            "start",
            "시작",
            ("시작시간", "시작시각", "시작일시", "예약시작", "이용시작", "begin"),
            days.moment,
            True,
        ),
        Column(
            "end",
            "종료",
            ("종료시간", "종료시각", "종료일시", "예약종료", "이용종료", "끝", "finish"),
            days.moment,
            True,
        ),
        Column("badge", "사번", _BADGE_NAMES, values.badge),
        Column("name", "예약자", ("신청자", "이용자", "사용자", "성명", "이름"), _text(60)),
    ),
    ("number", "equipment", "on", "start"),
)
# In the order in which they build on one another.
LAYOUTS: Final = {
    layout.kind: layout
    for layout in (
        WORKERS,
        OPERATIONS,
        STYLES,
        ROUTES,
        RATES,
        ORDERS,
        BUNDLES,
        DEFECT_CODES,
        REASON_CODES,
        EQUIPMENT,
        BOOKINGS,
    )
}
EACH: Final = {"orders": ("colour", "size", "quantity", "bundle_of"), "routes": ("step", "operation")}  # in each row
ENGLISH: Final = {  # what the fields are called on screens
    "badge": "Badge",
    "name": "Name",
    "language": "Language",
    "since": "First day",
    "left": "Last day",
    "note": "Note",
    "operation": "Operation code",
    "ko": "Name (Korean)",
    "en": "Name (English)",
    "after": "Operations before",
    "sam_s": "Standard time (s)",
    "style": "Style",
    "step": "Step",
    "from": "Valid from",
    "won": "Won a piece",
    "order": "Order",
    "colour": "Colour",
    "size": "Size",
    "quantity": "Pieces",
    "due": "Due",
    "bundle_of": "Pieces a bundle",
    "bundle": "Bundle",
    "code": "Code",
    "planned": "Planned",
    "equipment": "Equipment",
    "machine": "Machine",
    "number": "Booking number",
    "on": "Day",
    "start": "Begins",
    "end": "Ends",
}
