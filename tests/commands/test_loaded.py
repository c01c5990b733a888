"""What a daemon does once when everything is loaded."""

import gc
import weakref

from gateway import loaded


class Life:
    """A gateway that refers to itself, as all do."""

    def __init__(self) -> None:
        self.own = self


def test_what_a_life_before_left_goes_when_the_next_one_is_loaded() -> None:
    gc.collect()
    gc.disable()
    try:
        first = weakref.ref(life := Life())
        loaded.settle()
        del life
        gc.collect()
        assert first() is not None, "what is frozen is not looked at"
        loaded.settle()
        assert first() is None
    finally:
        gc.unfreeze()
        gc.enable()
