"""The reference pages: as the models say, with every option, in both languages."""

import re
from pathlib import Path

import pytest

from gateway.config import expressions, schema
from gateway.config.parts import Text
from gateway.config.reference import PAGES, anchor, main, page
from gateway.config.typed import RULES
from gateway.language.functions import FUNCTIONS
from sensors.quantities import UNITS
from tests.config.models import every_model

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PAGE = {language: page(language) for language in ("ko", "en")}
HANGUL = re.compile(r"[가-힣]")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_committed_page_is_what_the_models_say(language):
    """Write it anew with `python -m gateway.config.reference`."""
    assert (GUIDE / PAGES[language]).read_text(encoding="utf-8") == PAGE[language]


def test_writing_the_pages_into_a_folder_writes_both(tmp_path):
    main(str(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(PAGES.values())


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_every_option_has_a_description_in_both_languages(model):
    for name, field in model.model_fields.items():
        korean, slash, english = (field.description or "").partition(" / ")
        assert slash, f"{model.__name__}.{name}: write '한국어. / English.'"
        assert HANGUL.search(korean), name
        assert english, name
        assert not HANGUL.search(english), name


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_every_option_stands_on_both_pages(model):
    for language in PAGE:
        text = PAGE[language]
        side = 0 if language == "ko" else 1
        for name, field in model.model_fields.items():
            meaning = schema.description(field)[side].replace("|", "\\|")
            if model is not Text:
                assert re.search(rf"^\| `{name}` \| .* \| {re.escape(meaning)} \|$", text, re.M), name


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_committed_page_of_expressions_is_what_the_language_says(language):
    """Write it anew with `make docs`."""
    assert (GUIDE / expressions.PAGES[language]).read_text(encoding="utf-8") == expressions.page(language)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_units_and_functions_stand_on_the_pages(language):
    text = PAGE[language] + expressions.page(language)
    assert not [symbol for symbol in UNITS if f"`{symbol}`" not in text]
    assert not [one.signature for one in FUNCTIONS if f"`{one.signature}`" not in text]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_link_of_a_page_leads_somewhere(language):
    text = PAGE[language]
    headings = {anchor(heading.replace("`", "")) for heading in re.findall(r"^#+ (.*)$", text, re.M)}
    assert not [link for link in re.findall(r"\]\(#([^)]*)\)", text) if link not in headings]
    files = re.findall(r"\]\(([^#)]+)\)", text)
    assert files
    assert not [file for file in files if not (GUIDE / file).exists()]


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_every_pattern_has_a_rule_that_people_can_read(model):
    for name, field in model.model_fields.items():
        pattern = schema.constraint(field, "pattern")
        assert pattern is None or pattern in RULES, f"{model.__name__}.{name}: add {pattern} to RULES"


def test_each_rule_shows_an_example_that_fits_its_pattern():
    for pattern, (example, korean, english) in RULES.items():
        assert re.search(pattern, example)
        assert HANGUL.search(korean)
        assert not HANGUL.search(english)
