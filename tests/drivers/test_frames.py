"""Wrong input for every parser: the short form of `make soak ONLY=frames`, which feeds a million to each."""

import pytest
from soak_frames import attack
from soak_parsers import PARSERS


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_raises_nothing_but_its_own_errors_and_grows_not(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attack(name, PARSERS[name], 1000, 7) == []
    assert f'"soak.frames_{name}_wrong", "value": 0' in capsys.readouterr().out


@pytest.mark.parametrize("name", PARSERS)
def test_the_samples_are_right_ones(name: str) -> None:
    feed = PARSERS[name].make()
    feed(PARSERS[name].samples[0])
