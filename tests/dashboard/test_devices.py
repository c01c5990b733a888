"""Devices and Access: what people write in the configuration, its history and the list of users is text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.dashboard.test_station import STRANGE
from tests.naughty import ALL, MARKUP

Open = Callable[..., Any]


def test_what_people_write_is_text_on_devices_its_history_and_access(open_screen: Open, tmp_path: Path) -> None:
    labelled = [{"name": f"m_{i}", "label": {"ko": text, "en": text}} for i, text in enumerate(ALL)]
    section = {"name": "machines", "about": {"ko": MARKUP[0], "en": MARKUP[0]}, "list": True, "types": []}
    problems = [{"path": [], "line": 1, "ko": text, "en": text} for text in ALL]
    config = {"revision": "0" * 16, "text": "\n".join(MARKUP), "data": {"machines": labelled}, "problems": problems}
    kept = [{"number": i, "ts": 1, "by": text, "what": text, "revision": f"{i}"} for i, text in enumerate(ALL)]
    answers = {
        "config": config | {"sections": [section], "choices": {}},
        "config/history?": {"history": kept},
        "config/history/0?": kept[0] | {"text": "", "difference": [f"+{text}" for text in ALL]},
        "users?": {"users": [{"user": text, "role": "operator"} for text in ALL if text.strip()], "pins": []},
    }
    answers |= {path.removesuffix("?"): answer for path, answer in answers.items()}
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(answers), "utf-8")
    screen = open_screen(view="devices", server=("--role", "installer", "--answers", str(file)))
    page, opened = screen.page, list[str]()
    screen.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    for view, ready in (("devices", "[data-section=machines] li"), ("devices/history", "[data-kept='0'] button")):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator(ready).first.wait_for()
        assert page.get_by_text(MARKUP[1], exact=True).count() > 0, view
        assert page.evaluate(f"document.querySelectorAll('{STRANGE}').length") == 0, view
    page.locator("[data-kept='0'] button").first.click()
    page.locator("[data-difference]").wait_for()
    assert page.evaluate(f"document.querySelectorAll('{STRANGE}').length") == 0
    page.evaluate("location.hash = '#/access'")
    page.locator("bdi", has_text=MARKUP[1]).first.wait_for()
    assert page.evaluate(f"document.querySelectorAll('{STRANGE}').length") == 0
    assert not opened
