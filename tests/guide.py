"""The pages of the guide, as the tests of the guide read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide"
PAGES = sorted(page.name.removesuffix(".ko.md") for page in GUIDE.glob("*.ko.md"))
MADE = ("reference", "devices", "expressions")  # by a program, and tested where they are made
WRITTEN = [page for page in PAGES if page not in MADE]
FILES = {"ko": ".ko.md", "en": ".md"}
BOTH = [(page, language) for page in WRITTEN for language in FILES]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def text(page: str, language: str) -> str:
    """A page of the guide."""
    return (GUIDE / f"{page}{FILES[language]}").read_text("utf-8")


def prose(page: str, language: str) -> str:
    """A page without its blocks of code."""
    return BLOCK.sub("", text(page, language))


def part(page: str, language: str, number: int) -> str:
    """What stands under the n-th heading of the second level."""
    return re.split(r"^## ", text(page, language), flags=re.MULTILINE)[number]
