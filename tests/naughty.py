"""Texts that people and programs do write, and that have broken programs: for names, reasons, labels, files, cells.

Each group names where such a text would escape from. `ALL` holds all of them once. None holds a surrogate: neither JSON
nor a file can; LONE_SURROGATES are for what takes text from elsewhere.
"""

from typing import Final

CONTROLS: Final = (
    "a\x00b",  # ends a C string; not allowed in XLSX, nor in PostgreSQL
    "a\x07\x08b",
    "a\x1b[31mred\x1b[0m",  # colours a terminal
    "a\x1b]0;title\x07b",  # renames its window
    "a\x7fb",
    "a\x85b\x9bc",  # C1: a line's end and a CSI of one character
    "a\x1db",  # FNC1 of GS1
    "line one\nline two",
    "line one\r\nline two",
    "a\rb",
    "a\tb",
    "a\x0b\x0cb",
    "a\u2028b\u2029c",  # ends a line of JavaScript
    "\ufeffmark first",
)
FORMULAS: Final = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com/?"&A1,"눌러 주세요")',
    "+82-10-0000-0000",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "=1+1",  # full width: Excel folds it in some languages
    ";=1+1",
    'DDE ("cmd";"/C calc";"!A0")A0',
    "'=1+1",
    "--",
)
MARKUP: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "</textarea><b>",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;",
    "<!--",
    "]]>",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {0} %s %n",
)
TOPICS: Final = (
    "a/b",
    "a/+/b",
    "#",
    "+",
    "$SYS/broker/version",
    "$share/group/a",
    "/",
    "a//b",
    "gongbang/v1/other/gw_2/ack/e",
)
LINES: Final = (  # of InfluxDB's line protocol, of CSV, of logs and shells
    "a,b=c d",
    "a\\",
    "a\\,b",
    'say "hi"',
    '""',
    "'",
    "a;b|c&d`e`$(f)",
    "# comment",
    "a=1i 1700000000000000000",
    "2026-12-01 09:00:00 ERROR forged",
    "%d%s%n%x",
    "; DROP TABLE events; --",
    "' OR '1'='1",
)
PATHS: Final = ("../../etc/passwd", "..\\..\\a", "/etc/passwd", "C:\\con", "a\x00.csv", "~/x", ".", "..", "nul.txt")
LOOKALIKES: Final = (
    "１２３",  # full-width digits
    "Ｗ-0101-9",
    "①",
    "l0O1I",
    "‮abc‬",  # right to left
    "\u200bzero\u200bwidth\u200d",
    "a\u00a0b\u3000c",  # blanks that are none of ASCII's
    "\u1112\u1161\u11ab\u1100\u1173\u11af",  # 한글, decomposed: as macOS names files
    "é e\u0301",
    "İıſ",  # whose case changes
    "ΑΒΕ",  # Greek
    "ﬁ",
)
KOREAN: Final = (
    "김민서",
    "뷁쉛똠방각하",  # in CP949, not in EUC-KR
    "ㄱㄴㄷㅏㅑ",
    "漢字 作業",
    "가나다 (라마) 「바사」 『아』",
    "￦12,000",  # the sign of CP949
    "€100",
    "20°C ±0.5 ㎜ ㎡ ℃ ½",
    "은/는 이/가",
)
NOT_CP949: Final = (
    "박지훈 👍",
    "👩‍🏭",
    "🇰🇷",
    "Nguyễn Thị Hoa",  # a name in many sewing shops
    "Ð ñ ß ç",
    "₩12,000",  # the sign that people type is not in it
    "अनीता",
    "สมชาย",
    "𠮷野",
)
NUMBERS: Final = (
    "NaN",
    "inf",
    "-0",
    "1e309",
    "0x10",
    "1_000",
    "1,000.5",
    "1.000,5",
    "00123",
    "9" * 40,
    "0.1",
    "٣",
    "²",
    "Ⅷ",
    "true",
    "null",
    "None",
    "undefined",
    "FALSE",
    "1-2",  # a date to a spreadsheet
    "SEPT1",
    "2E10",
)
BLANKS: Final = ("", " ", "\u3000", "\u00a0", "\u200b", "  두 칸  ")
LONG: Final = ("가" * 300, "x" * 5000)
LONE_SURROGATES: Final = ("\ud800", "a\udfffb")

ALL: Final = tuple(
    dict.fromkeys(
        CONTROLS
        + FORMULAS
        + MARKUP
        + TOPICS
        + LINES
        + PATHS
        + LOOKALIKES
        + KOREAN
        + NOT_CP949
        + NUMBERS
        + BLANKS
        + LONG
    )
)
