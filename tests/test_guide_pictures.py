"""The guide has a picture of every screen in both languages. That each shows the screen as it is, longer tests see."""

import re
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from tests.dashboard.pictures import FOLDER, PICTURES, Picture, Shot, differences, routes
from tests.guide import FILES, prose

MOST_BYTES = 4_000_000
HANGUL = re.compile("[가-힣]")


def shown(language: str) -> list[tuple[str, str]]:
    """What the page shows: the words for who cannot see a picture, and its file."""
    return re.findall(r"!\[(.*?)\]\(pictures/([\w.]+)\)", prose("pictures", language))


def test_every_screen_has_its_picture() -> None:
    taken = {picture.view.partition("/")[0] for picture in PICTURES}
    assert routes() - taken == set()
    assert {picture.who for picture in PICTURES} == {"viewer", "operator", "owner", "installer", "setup", "center"}


@pytest.mark.parametrize("language", FILES)
def test_the_page_shows_every_picture_in_its_language_and_says_what_it_shows(language: str) -> None:
    assert [file for _, file in shown(language)] == [picture.file(language).name for picture in PICTURES]
    for words, file in shown(language):
        assert len(words) > 15, file
        assert bool(HANGUL.search(words)) == (language == "ko"), words


def test_no_picture_lies_there_for_nothing_and_all_are_small() -> None:
    lying = sorted(FOLDER.iterdir())
    assert lying == sorted(picture.file(language) for picture in PICTURES for language in FILES)
    assert sum(file.stat().st_size for file in lying) < MOST_BYTES


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_carries_its_texts_in_its_language(picture: Picture) -> None:
    korean, english = (Shot.read(picture.file(language)) for language in ("ko", "en"))
    assert korean.image.size == english.image.size == picture.size
    assert len(korean.texts) > 3
    assert korean.texts != english.texts


@pytest.fixture
def board() -> Shot:
    """A picture of the guide."""
    return Shot.read(PICTURES[0].file("en"))


def test_a_text_that_changed_is_named(board: Shot) -> None:
    later = Shot(board.image, ["Brett" if text == "Board" else text for text in board.texts])
    assert list(differences(board, later)) == ["gone: Board", "new: Brett"]
    assert list(differences(board, Shot(board.image, board.texts[::-1]))) == ["its texts stand in another order"]


def test_a_part_that_moved_is_seen_and_another_smoothing_of_letters_is_not(board: Shot) -> None:
    moved = Image.new("RGB", board.image.size, "white")
    moved.paste(board.image, (0, 40))
    assert "look different" in "".join(differences(board, Shot(moved, board.texts)))
    smoothed = board.image.filter(ImageFilter.GaussianBlur(0.7))
    assert list(differences(board, Shot(smoothed, board.texts))) == []


def test_a_picture_is_read_as_it_was_written(board: Shot, tmp_path: Path) -> None:
    board.write(tmp_path / "again.png")
    assert list(differences(board, Shot.read(tmp_path / "again.png"))) == []
