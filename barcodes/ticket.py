"""The tickets of a workshop: badge, bundle, coupon, traveller, codes, command. Pure: bytes to ticket, and back to text.

Only digits, capital letters and the hyphen: all of it is in Code 39's alphabet and in Code 128, QR and DataMatrix.
Grammar (ABNF, RFC 5234; literals are upper case only):

    ticket    = body "-" check
    body      = badge / coupon / bundle / traveller / operation / defect / reason / quantity / equipment / station
              / lot / command
    badge     = "W-" 1*6DIGIT                    ; worker; printed with at least four digits: W-0007-5
    coupon    = "B-" serial "-" code "-" pieces  ; bundle, operation, quantity: B-0231-AP-20-Q
    bundle    = "T-" serial                      ; the bundle as a whole
    traveller = "O-" serial [ "-" code ]         ; a work order, with one of its operations
    operation = "P-" code
    defect    = "D-" code
    reason    = "R-" code                        ; of a machine's or a station's standing still
    quantity  = "N-" pieces
    equipment = "E-" name
    station   = "S-" name
    lot       = "L-" 1*20ALNUM                   ; of material
    command   = "C-" word                        ; one of ticket_kinds.WORDS
    serial    = 1*12ALNUM                        ; unique in the workshop; 0231 is not 231
    code      = 1*8ALNUM                         ; as in the configuration
    pieces    = NONZERO *3DIGIT                  ; 1 to 9999
    name      = ALPHA *62( ALNUM / "-" )         ; as in the configuration: press_1 is spelt PRESS-1
    word      = 1*8ALPHA
    check     = ALNUM                            ; ISO/IEC 7064 MOD 37,36 over body, each "-" read as "Z"
    ALNUM     = DIGIT / ALPHA                    ; 0-9 A-Z
    ALPHA     = %x41-5A
    NONZERO   = %x31-39

The hyphens count in the check, because B-023-1AP-20 and B-0231-AP-20 are different work. Within a name a hyphen and a Z
look alike to it: a shop with both press_1 and pressz1 is not protected from that one error. Nothing is guessed: a code
in lower case or in Hangul is Unknown, with a hint how to mend the scanner, for a guess would be paid.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from barcodes.check_character import check_character
from barcodes.text import decode
from barcodes.ticket_kinds import (
    KINDS,
    WORDS,
    Badge,
    BundleTicket,
    Command,
    Coupon,
    DefectTicket,
    EquipmentTicket,
    LotTicket,
    OperationTicket,
    Ours,
    QuantityTicket,
    ReasonTicket,
    StationTicket,
    Traveller,
    fields,
)

__all__ = [
    "Badge",
    "BundleTicket",
    "Command",
    "Coupon",
    "DefectTicket",
    "EquipmentTicket",
    "LotTicket",
    "OperationTicket",
    "Ours",
    "QuantityTicket",
    "Reason",
    "ReasonTicket",
    "StationTicket",
    "Ticket",
    "Traveller",
    "Unknown",
    "encode",
    "fields",
    "of_body",
    "parse",
]

Reason = Literal["empty", "binary", "hangul", "lower_case", "foreign", "fields", "check", "command"]

_OURS = re.compile(f"[{''.join(KINDS)}]-[0-9A-Z-]*")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that is none of our tickets: why, in both languages, and how to mend it where that is known."""

    reason: Reason
    ko: str
    en: str


Ticket = Ours | Unknown


def encode(ticket: Ours) -> str:
    """Return the ticket's text with its check character; ValueError when it does not fit the grammar."""
    body = ticket.body()
    if _parse_body(body) != ticket:
        example = KINDS[body[0]].example
        raise ValueError(f"{ticket} does not fit the ticket grammar: {_printed(example)} is one that does")
    return _printed(ticket)


def of_body(body: str) -> Ours | None:
    """Return the ticket whose text this is without its check character; None when there is no such ticket."""
    ticket = _parse_body(body)
    return None if isinstance(ticket, Unknown) else ticket


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
        form = _printed(KINDS[text[0]].example)
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
    kind = KINDS.get(body[:1])
    found = kind and kind.form.fullmatch(body)
    if not kind or not found:
        return None
    ticket = kind.read(*found.groups())
    return _unknown_word(ticket.word) if isinstance(ticket, Command) and ticket.word not in WORDS else ticket


def _unknown_word(word: str) -> Unknown:
    """Say which command that we know is the nearest."""
    near = get_close_matches(word, WORDS, n=1, cutoff=0.0)[0]
    return Unknown(
        "command",
        f"{word} 명령은 없어요. 가장 가까운 것: {near}",
        f"There is no command {word}; the nearest is {near}.",
    )


def _printed(ticket: Ours) -> str:
    return f"{(body := ticket.body())}-{_check(body)}"


def _check(body: str) -> str:
    """Return the check character of a ticket's body."""
    return check_character(body.replace("-", "Z"))
