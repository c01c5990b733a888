"""The templates, and how a new configuration is written from one: with the shop's own id and name, and all comments."""

import re
from pathlib import Path
from typing import Any, Final

from gateway.config.edit import Change, changed
from gateway.config.places import read

FOLDER: Final = Path(__file__).parent
TRADES: Final = ("sewing", "metal", "jewellery", "shoes", "printing")
BEGUN: Final = ("stations", "work", "start")  # what a shop begins with; its devices and machines are its own
EXAMPLES: Final = ("workers", "tools", "equipment")  # of work: people and things that only the template has
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


def chosen(text: str, trade: str, name: str, language: str) -> str:
    """Return a configuration with the shop's name, trade and language, and what the trade begins with where there is
    nothing of it yet: stations, operations, defects, reasons, the order of the screens. Raises NotEdited."""
    data: dict[str, Any] = read(text).data or {}
    shop = (data.get("workshop") or {}) | {"name": name, "trade": trade, "language": language}
    changes = [Change(do="set", path=("workshop",), value=shop)]
    begun: dict[str, Any] = read(template(trade).read_text("utf-8")).data if trade in TRADES else {}
    for section in BEGUN:
        value = begun.get(section)
        if section == "work" and value:
            value = {part: there for part, there in value.items() if part not in EXAMPLES}
        if value and not data.get(section):
            changes.append(Change(do="set", path=(section,), value=value))
    return changed(text, changes)
