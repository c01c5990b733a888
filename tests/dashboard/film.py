"""What a browser's camera sees in tests: films of real tickets."""

import io
import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from barcodes.labels.arrange import Card, Form
from barcodes.labels.parts import Media
from barcodes.ticket import Ours
from gateway.printing.render import question, render
from tests.dashboard.conftest import FLAGS

FRAMES_PER_S = 30  # of such a film, says Chromium


def picture(ticket: Ours | None, form: Form = "auto") -> bytes:
    """Return what a camera sees of a printed ticket that lies on a table, a little aslant; without one, the table."""
    table = Image.new("RGB", (1280, 720), (120, 110, 100))
    if ticket:
        card = Card(ticket, "묶음 0231", ("앞판 20개",))
        printed = render(question([card], Media(60, 40, 203), "png", form))["data"]
        paper = Image.open(io.BytesIO(b64decode(printed))).convert("RGBA").resize((720, 480))
        aslant = paper.rotate(4, Image.Resampling.BICUBIC, expand=True)
        table.paste(aslant, (260, 90), aslant)
    with io.BytesIO() as file:
        table.save(file, "JPEG", quality=85)
        return file.getvalue()


def film(file: Path, *scenes: tuple[float, bytes]) -> Path:
    """Write scenes of so many seconds each."""
    file.write_bytes(b"".join(frame * round(length_s * FRAMES_PER_S) for length_s, frame in scenes))
    return file


@contextmanager
def seeing(browser: Browser, film: Path) -> Iterator[Browser]:
    """Yield another browser like this one, whose camera sees a film."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags.append(f"--use-file-for-fake-video-capture={film}")
    program = shutil.which("chromium") or "/usr/bin/chromium"
    with closing(browser.browser_type.launch(executable_path=program, args=[*FLAGS, *flags])) as other:
        yield other
