"""The kinds of devices that a search knows: ours, and the shop's own beside its configuration."""

from pathlib import Path

from gateway.finding.line import Tell
from sensors import profile
from sensors.profile import Profile, ProfileError


def known_profiles(configuration: Path, tell: Tell) -> list[Profile]:
    """Return all profiles that can be read; what is wrong with another is told, and the search goes on without it."""
    found = []
    with profile.beside(configuration.absolute().parent / "profiles"):
        for name in profile.names():
            try:
                found.append(profile.load(name))
            except ProfileError as error:
                tell({"ko": str(error), "en": str(error)})
    return found
