"""The tickets of a workshop: badge, bundle coupon, command. Pure: bytes to ticket, and ticket to text for the printer.

Only digits, capital letters and the hyphen: all of it is in Code 39's alphabet and in Code 128, QR and DataMatrix.
Grammar (ABNF, RFC 5234; literals are upper case only):

    ticket   = body "-" check
    body     = badge / coupon / command
    badge    = "W-" 1*6DIGIT                    ; worker; printed with at least four digits: W-0007-5
    coupon   = "B-" serial "-" code "-" pieces  ; bundle, operation, quantity: B-0231-AP-20-Q
    command  = "C-" ( "UNDO" / "LOGOUT" )
    serial   = 1*12ALNUM                        ; the bundle's number, unique in the workshop; 0231 is not 231
    code     = 1*8ALNUM                         ; the operation, as in the configuration
    pieces   = NONZERO *3DIGIT                  ; 1 to 9999
    check    = ALNUM                            ; ISO/IEC 7064 MOD 37,36 over body, each "-" read as "Z"
    ALNUM    = DIGIT / %x41-5A                  ; 0-9 A-Z
    NONZERO  = %x31-39

The hyphens count in the check, because B-023-1AP-20 and B-0231-AP-20 are different work. Nothing is guessed: a code
in lower case or in Hangul is Unknown, with a hint how to mend the scanner, for a guess would be paid.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from barcodes.check_character import check_character
from barcodes.text import decode

Reason = Literal["empty", "binary", "hangul", "lower_case", "foreign", "fields", "check", "command"]
COMMANDS: Final = ("UNDO", "LOGOUT")

_BADGE = re.compile(r"W-([0-9]{1,6})")
_COUPON = re.compile(r"B-([0-9A-Z]{1,12})-([0-9A-Z]{1,8})-([1-9][0-9]{0,3})")
_COMMAND = re.compile(r"C-([A-Z]{1,8})")
_OURS = re.compile(r"[WBC]-[0-9A-Z-]*")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_FORMS: Final = {
    "W": "W-0007-" + check_character("WZ0007"),
    "B": "B-0231-AP-20-" + check_character("BZ0231ZAPZ20"),
    "C": "C-UNDO-" + check_character("CZUNDO"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A worker's badge. `number` is without leading zeros: 0007 and 7 are one worker."""

    number: int


@dataclass(frozen=True, slots=True)
class Coupon:
    """One operation on one bundle; it pays once."""

    bundle: str
    operation: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Command:
    """A word to the station."""

    word: Literal["UNDO", "LOGOUT"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that is none of our tickets: why, in both languages, and how to mend it where that is known."""

    reason: Reason
    ko: str
    en: str


Ticket = Badge | Coupon | Command | Unknown


def encode(ticket: Badge | Coupon | Command) -> str:
    """Return the ticket's text with its check character; ValueError when it does not fit the grammar."""
    match ticket:
        case Badge(number):
            body = f"W-{number:04d}"
        case Coupon(bundle, operation, quantity):
            body = f"B-{bundle}-{operation}-{quantity}"
        case Command(word):
            body = f"C-{word}"
    if _parse_body(body) != ticket:
        raise ValueError(f"{ticket} does not fit the ticket grammar: {_FORMS[body[0]]} is one that does")
    return f"{body}-{_check(body)}"


def parse(data: bytes) -> Ticket:
    """Return what `data` says (a code without its AIM identifier; blanks around it do not matter)."""
    decoded = decode(data)
    if decoded is None:
        return Unknown("binary", "글자가 아닌 코드예요.", "The code is not text.")
    text = decoded.strip(" \t\r\n")
    return _unreadable(text) or _parse_ours(text)


def _unreadable(text: str) -> Unknown | None:
    """Return why the text cannot be one of our tickets, or None when it may be one."""
    if not text:
        return Unknown("empty", "빈 코드예요.", "The code is empty.")
    if _HANGUL.search(text):
        return Unknown(
            "hangul",
            "스캐너가 한글로 보냈어요. 한/영 키를 영문으로 바꿔 주세요.",
            "The scanner typed Hangul: switch the input method to English.",
        )
    if text != text.upper() and _OURS.fullmatch(text.upper()):
        return Unknown(
            "lower_case",
            "스캐너가 소문자로 보냈어요. Caps Lock이나 스캐너의 대소문자 설정을 확인해 주세요.",
            "The scanner sent lower case: check Caps Lock or its case setting.",
        )
    if not _OURS.fullmatch(text):
        return Unknown("foreign", "우리 표의 모양이 아니에요.", "It does not look like one of our tickets.")
    return None


def _parse_ours(text: str) -> Ticket:
    """Parse a text that begins like one of ours: form first, then the check character."""
    body, _, given = text.rpartition("-")
    ticket = _parse_body(body)
    if ticket is None or len(given) != 1:
        form = _FORMS[text[0]]
        return Unknown(
            "fields", f"표의 모양이 맞지 않아요. 예: {form}", f"The ticket's form is wrong; one like it: {form}"
        )
    if given != (right := _check(body)):
        return Unknown(
            "check",
            f"확인 글자가 맞지 않아요. {body} 뒤는 {given} 말고 {right}여야 해요. 다시 찍거나 새로 뽑아 주세요.",
            f"The check character is wrong: {body} ends in {right}, not {given}. Scan it again or print a new one.",
        )
    return ticket


def _parse_body(body: str) -> Ticket | None:
    """Return the ticket that stands before the check character, or None when the form is wrong."""
    if found := _BADGE.fullmatch(body):
        return Badge(int(found[1]))
    if found := _COUPON.fullmatch(body):
        return Coupon(found[1], found[2], int(found[3]))
    if found := _COMMAND.fullmatch(body):
        return _command(found[1])
    return None


def _command(word: str) -> Command | Unknown:
    """Return the command; a word that we do not know gets the nearest that we do."""
    for known in ("UNDO", "LOGOUT"):
        if word == known:
            return Command(known)
    near = get_close_matches(word, COMMANDS, n=1, cutoff=0.0)[0]
    return Unknown(
        "command",
        f"{word} 명령은 없어요. 가장 가까운 것: {near}",
        f"There is no command {word}; the nearest is {near}.",
    )


def _check(body: str) -> str:
    """Return the check character of a ticket's body."""
    return check_character(body.replace("-", "Z"))
