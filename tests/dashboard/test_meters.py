"""Run hours and what else accrues, in a machine's sheet, and the button that starts it from zero."""

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]
WORDS = {"ko": ("0부터 다시", "정말 0부터 다시 셀까요?"), "en": ("Start from zero", "Really start from zero?")}


@pytest.mark.parametrize("language", WORDS)
def test_what_accrues_is_started_from_zero_when_it_was_asked_twice(open_screen: Open, language: str) -> None:
    screen = open_screen(language=language, server=("--role", "operator"))
    screen.page.locator("[data-machine=sewing_1]").click()
    meter = screen.page.locator("[data-meter='signals.sewing_1_hours']")
    meter.wait_for()
    reset, sure = WORDS[language]
    assert "512" in meter.inner_text()
    meter.get_by_role("button", name=reset).click()
    meter.get_by_text(sure).wait_for()
    assert screen.seen()["posts"] == [], "one tap sets nothing to zero"
    meter.get_by_role("button", name=reset).click()
    meter.get_by_text(sure).wait_for(state="detached")
    assert [post["path"] for post in screen.seen()["posts"]] == ["signals/sewing_1_hours/reset"]
