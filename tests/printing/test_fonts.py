"""The typeface of what is printed is there, and holds every syllable."""

import io

import pypdfium2
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from gateway.printing import fonts


def test_both_weights_hold_every_syllable_of_hangul_and_the_signs_of_the_trade() -> None:
    fonts.register()
    for name in (fonts.REGULAR, fonts.BOLD):
        glyphs = getFont(name).face.charToGlyph
        assert not [code for code in range(0xAC00, 0xD7A4) if code not in glyphs]
        assert not [sign for sign in "℃°·–—×±²³µΩ₩→" if ord(sign) not in glyphs]


def test_a_document_carries_what_it_uses_and_its_text_can_be_found() -> None:
    fonts.register()
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.setFont(fonts.BOLD, 12)
    canvas.drawString(72, 720, "묶음표 뷁 0231")
    canvas.save()
    assert len(file.getvalue()) < 100_000
    assert pypdfium2.PdfDocument(file.getvalue())[0].get_textpage().get_text_bounded() == "묶음표 뷁 0231"
