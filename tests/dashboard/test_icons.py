"""The icons of the installed screens are the project's mark. `make pictures` draws them anew."""

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.dashboard.conftest import DASHBOARD
from tests.dashboard.test_pictures import ANEW

PUBLIC = DASHBOARD / "public"
ICONS = {"icon-192": 192, "icon-512": 512, "icon-full-512": 512, "icon-full-180": 180}


def drawn(browser: Browser, name: str) -> bytes:
    """Return the mark as a PNG; a full one leaves its corners to the device, which rounds them as it does."""
    mark, size_px = (PUBLIC / "icon.svg").read_text("utf-8"), ICONS[name]
    if "full" in name:
        mark = re.sub(r' rx="\d+"', "", mark)
    page = browser.new_page(viewport={"width": size_px, "height": size_px})
    page.set_content(f"<style>body{{margin:0}}svg{{display:block;width:100vw}}</style>{mark}")
    png = page.screenshot(omit_background=True)
    page.close()
    return png


@pytest.mark.parametrize("name", ICONS)
def test_an_icon_is_the_mark(browser: Browser, name: str) -> None:
    file, now = PUBLIC / f"{name}.png", drawn(browser, name)
    if ANEW:
        Image.open(BytesIO(now)).quantize(32, dither=Image.Dither.NONE).save(file, optimize=True)
    lies, looks = (Image.open(BytesIO(one)).convert("RGBA") for one in (file.read_bytes(), now))
    assert lies.size == (ICONS[name], ICONS[name])
    cells = (np.asarray(one.resize((45, 45), Image.Resampling.BOX), dtype=float) for one in (lies, looks))
    assert np.abs(next(cells) - next(cells)).max() < 24
