"""Each rule of Western Electric and of Nelson: its pattern, its mirror image, and what only nearly is one."""

import numpy as np
import pytest

from gateway.figures.run_rules import MEMORY, RULES, SAID, broken, first_broken

UP_DOWN = [0.5, -0.5] * 7
PATTERNS = {
    ("western_electric", 1): ([3.01], [3.0]),
    ("western_electric", 2): ([2.1, 0.0, 2.1], [2.1, 0.0, 0.0, 2.1]),
    ("western_electric", 3): ([1.1, 1.1, -0.5, 1.1, 1.1], [1.1, 1.1, -0.5, 1.1, -0.5, 1.1]),
    ("western_electric", 4): ([0.1, 0.3] * 4, [0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1, 0.0]),
    ("nelson", 1): ([3.01], [3.0]),
    ("nelson", 2): ([0.1, 0.3, 0.2] * 3, [0.1, 0.3] * 4),
    ("nelson", 3): ([-0.2, -0.1, 0.1, 0.2, 0.3, 0.4], [-0.2, -0.1, 0.1, 0.1, 0.3, 0.4]),
    ("nelson", 4): (UP_DOWN, UP_DOWN[:13]),
    ("nelson", 5): ([2.1, 0.0, 2.1], [2.1, 0.0, 0.0, 2.1]),
    ("nelson", 6): ([1.1, 1.1, -0.5, 1.1, 1.1], [1.1, 1.1, -0.5, 1.1, -0.5, 1.1]),
    ("nelson", 7): ([0.3, 0.4, -0.2] * 5, [0.3, 0.4, -0.2] * 4 + [0.3, 0.4]),
    ("nelson", 8): ([1.5, -1.5, 1.4, 1.2] * 2, [1.5, -1.5, 1.4, 0.9] * 2),
}


def breaks(points: list[float], rules: str, number: int) -> list[bool]:
    """Which of the points break a rule; the column beside is the mirror image, and breaks it just so."""
    found = broken(np.array([points, [-one for one in points]]).T, rules)[number - 1]
    assert (found[:, 0] == found[:, 1]).all()
    return found[:, 0].tolist()


@pytest.mark.parametrize(("rules", "number"), PATTERNS)
def test_a_rule_is_broken_at_the_point_that_completes_its_pattern(rules: str, number: int) -> None:
    pattern, nearly = PATTERNS[rules, number]
    assert breaks(pattern, rules, number) == [False] * (len(pattern) - 1) + [True]
    assert not any(breaks(nearly, rules, number))


@pytest.mark.parametrize("rules", RULES)
def test_every_rule_has_its_pattern_here_and_its_sentence(rules: str) -> None:
    assert {number for name, number in PATTERNS if name == rules} == set(range(1, len(RULES[rules]) + 1))
    assert len(SAID[rules]) == len(RULES[rules])


@pytest.mark.parametrize("rules", RULES)
def test_a_point_that_is_not_there_breaks_nothing_and_interrupts(rules: str) -> None:
    for number in range(1, len(RULES[rules]) + 1):
        pattern = PATTERNS[rules, number][0]
        assert not any(breaks([*pattern[:-1], np.nan], rules, number))
        if number > 1 and "beyond" not in SAID[rules][number - 1]["en"]:
            assert not breaks([*pattern[:-1], np.nan, pattern[-1]], rules, number)[-1]


@pytest.mark.parametrize("rules", RULES)
def test_what_came_more_than_the_memory_before_does_not_matter(rules: str) -> None:
    z = np.random.default_rng(11).normal(0.0, 1.5, (400, 3))
    whole = first_broken(z, rules)
    assert len(np.unique(whole)) > 4
    for row in range(MEMORY, len(z)):
        assert (first_broken(z[row - MEMORY : row + 1], rules)[-1] == whole[row]).all()
