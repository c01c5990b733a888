"""The languages of label printers. A label goes as one picture: no text of ours is ever text to a printer."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from barcodes.labels.languages import ezpl, slcs, tspl, zpl
from barcodes.labels.parts import Bitmap, Media

Language = Literal["zpl", "tspl", "slcs", "ezpl"]
SPEAK: Final[Mapping[Language, Callable[[Bitmap, Media, int], bytes]]] = {
    "zpl": zpl.speak,
    "tspl": tspl.speak,
    "slcs": slcs.speak,
    "ezpl": ezpl.speak,
}
