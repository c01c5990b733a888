"""The guide's page on labels: its orders are orders, its printers are printers, its sizes are those of the program."""

import re
import shlex
from typing import Any

import pytest
from ruamel.yaml import YAML

from barcodes.labels.symbols import BAR_MODULE_MM, QR_MODULE_MM
from gateway.commands.label import order_of
from gateway.config.printing import Printer
from gateway.config.root import EdgeConfig
from gateway.printing import orders
from gateway.printing.shop import Shop
from tests.guide import BLOCK, FILES, text

SHOP = Shop.of(EdgeConfig.model_validate({"workshop": {"id": "shop-1", "name": "공방"}}))


@pytest.mark.parametrize("language", FILES)
def test_every_order_of_the_page_is_one(language: str) -> None:
    blocks = BLOCK.findall(text("labels", language))
    lines = [line for kind, code in blocks if kind == "sh" for line in code.splitlines()]
    written = [
        order_of([word for word in shlex.split(line)[3:] if _is_order(word, line)])
        for line in lines
        if re.match(r"gongbang label (print|preview)", line)
    ]
    written += [YAML(typ="safe").load(code) for kind, code in blocks if code.startswith("# order.yaml")]
    assert len(written) == 6
    for order in written:
        cards = orders.made(orders.with_serials(valid := orders.ORDER.validate_python(order), ["1"] * 12), SHOP)
        assert cards or valid.what in ("bundle",)


def _is_order(word: str, line: str) -> bool:
    words = shlex.split(line)
    return "=" in word or word == words[3]


@pytest.mark.parametrize("language", FILES)
def test_the_table_of_orders_and_of_languages_is_whole(language: str) -> None:
    page = text("labels", language)
    kinds = {
        kind for row in re.findall(r"^\| ((?:`\w+` ?)+) \|", page, re.MULTILINE) for kind in re.findall(r"\w+", row)
    }
    languages = set(Printer.model_json_schema()["properties"]["language"]["enum"])
    assert kinds - {"language"} == _kinds() | languages


def _kinds() -> set[str]:
    mapping: dict[str, Any] = orders.ORDER.json_schema()["discriminator"]["mapping"]
    return set(mapping)


@pytest.mark.parametrize("language", FILES)
def test_the_sizes_that_the_page_names_are_the_programs(language: str) -> None:
    page = text("labels", language)
    assert f"{BAR_MODULE_MM[0]:g} mm" in page
    assert f"{QR_MODULE_MM[0]:g} mm" in page
