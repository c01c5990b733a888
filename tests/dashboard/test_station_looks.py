"""What axe finds on a station in each of its states, at the door and at the first start: both themes and languages."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.dashboard.test_looks import DESK, PHONE, violations
from tests.dashboard.test_station import QUESTION, answered, asked

Open = Callable[..., Any]
LOOKS = [("light", "ko", DESK), ("dark", "en", PHONE), ("dark", "ko", DESK), ("light", "en", PHONE)]
looks = pytest.mark.parametrize(("theme", "language", "size"), LOOKS)
ANSWERS = ["accepted", "duplicate", "wrong_order", "unknown", "badge_first", "badge", "command", "failed"]


@pytest.mark.slow
@looks
def test_axe_finds_nothing_serious_at_a_station_in_any_state(
    open_screen: Open, theme: str, language: str, size: tuple[int, int]
) -> None:
    screen = open_screen(
        view="station/sewing_3", waits=False, theme=theme, language=language, size=size, server=("--role", "operator")
    )
    page = screen.page
    for answer in ANSWERS:
        answered(screen, answer)
        clean(screen, answer)
    asked(screen)
    page.locator(f"[data-waits={QUESTION['what']}]").wait_for()
    clean(screen, "a question")
    for key in ("defect", "quantity", "work", "call"):
        page.locator(f"[data-key={key}]:enabled").click()
        page.get_by_role("dialog").wait_for()
        clean(screen, key)
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
    screen.steer("stop")
    screen.steer("drop")
    page.locator("[data-answer=lost]").wait_for()
    clean(screen, "lost")


@pytest.mark.slow
@looks
def test_axe_finds_nothing_serious_at_the_door_and_at_the_first_start(
    open_screen: Open, theme: str, language: str, size: tuple[int, int]
) -> None:
    door = open_screen(theme=theme, language=language, size=size, server=("--role", "nobody"), waits=False)
    door.page.get_by_role("dialog").wait_for()
    clean(door, "login")
    screen = open_screen(theme=theme, language=language, size=size, server=("--setup",))
    screen.page.locator("input.code").fill("04217733")
    clean(screen, "the code")
    screen.page.locator("button.main").click()
    password = screen.page.locator("input[type=password]")
    password.last.wait_for()
    clean(screen, "the password")
    password.first.fill("short")
    password.last.fill("short")
    screen.page.locator("button.main").click()
    screen.page.get_by_role("alert").wait_for()
    clean(screen, "a password that is too short")


def clean(screen: Any, where: str) -> None:
    """Nothing serious, once what comes in has come."""
    screen.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")
    assert violations(screen) == [], where
