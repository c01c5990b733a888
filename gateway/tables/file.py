"""A file of tables, whatever kind of file it is: told by how it begins, never by its name."""

from typing import Final

from gateway.tables import text_file, workbook
from gateway.tables.grid import MOST_BYTES, Grid
from gateway.tables.problem import Unreadable
from gateway.work.josa import with_josa

ZIP: Final = b"PK\x03\x04"
OTHERS: Final = (
    (b"\xd0\xcf\x11\xe0", "옛 엑셀 파일(xls)이거나 암호가 걸린 파일", "an old workbook (xls) or one with a password"),
    (b"%PDF", "PDF 파일", "a PDF"),
    (b"\x89PNG", "그림 파일", "a picture"),
    (b"\xff\xd8\xff", "그림 파일", "a picture"),
    (b"HWP Document File", "한글 문서", "a document of the word processor HWP"),
    (b"<!DOCTYPE html", "웹 페이지", "a web page"),
    (b"<html", "웹 페이지", "a web page"),
)


def grids(data: bytes) -> list[Grid]:
    """Return the sheets of a CSV or XLSX file. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            f"파일이 {MOST_BYTES >> 20} MB보다 커요. 나눠 주세요.", f"The file is over {MOST_BYTES >> 20} MB: split it."
        )
    if not data.strip(b"\x00 \r\n\t"):
        raise Unreadable("빈 파일이에요.", "The file is empty.")
    for sign, ko, en in OTHERS:
        if data[: len(sign)].lower() == sign.lower():
            raise Unreadable(
                f"{with_josa(ko, '이에요/예요')}. 엑셀에서 「Excel 통합 문서(.xlsx)」나 「CSV UTF-8」로 저장해 주세요.",
                f"This is {en}: save it as “Excel Workbook (.xlsx)” or “CSV UTF-8”.",
            )
    return workbook.grids(data) if data.startswith(ZIP) else [text_file.grid(data)]
