"""The cameras that are plugged in, by the names that stay."""

from dataclasses import dataclass
from pathlib import Path

BY_ID = Path("/dev/v4l/by-id")
CLASS = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera: the name to write down, and what it calls itself."""

    path: str
    name: str


def cameras(by_id: Path = BY_ID, described: Path = CLASS) -> list[FoundCamera]:
    """Return the cameras; of one that shows itself several times (pictures, data about them) the first."""
    try:
        links = sorted(link for link in by_id.iterdir() if link.name.endswith("index0"))
    except OSError:
        return []
    return [FoundCamera(str(link), _name(described / link.resolve().name / "name", link.name)) for link in links]


def _name(file: Path, else_: str) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return else_
