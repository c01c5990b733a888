"""The daemon's errors, by what the caller does about them (the drivers' own are in `drivers.errors`)."""


class ConfigurationError(Exception):
    """Refuse to start, or keep the old configuration. Carries every problem found, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SinkAway(Exception):
    """The other side cannot be reached or did not answer: keep the row, back off, try again."""


class Refused(Exception):
    """The other side will never take this row: set it aside as a dead letter, count it, go on."""


class StorageFailed(Exception):
    """The journal could not commit: nothing of it may be acknowledged."""
