"""The templates, and how a new configuration is written from one: with the shop's own id and name, and all comments."""

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
TRADES: Final = ("sewing", "metal", "jewellery", "shoes", "printing")
ALIASES: Final = {"print": "printing", "jewelry": "jewellery"}


def template(trade: str) -> Path:
    """Return the configuration of a trade; KeyError without such a trade."""
    known = ALIASES.get(trade, trade)
    if known not in TRADES:
        raise KeyError(trade)
    return FOLDER / f"{known}.yaml"


def written(trade: str, workshop: str | None, name: str | None) -> str:
    """Return a trade's configuration, with the shop's own id and name where they are given."""
    text = template(trade).read_text("utf-8")
    for key, value in (("id", workshop), ("name", name)):
        if value is not None:
            head, _, tail = re.split(rf"(?m)^(  {key}: .*?)(?=\s+#|$)", text, maxsplit=1)
            text = f"{head}  {key}: {value}{tail}"
    return text
