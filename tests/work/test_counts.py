"""What is counted is said as the shop counts it, in both languages."""

import typing

import pytest

from gateway.config.parts import Text
from gateway.config.work import Work
from gateway.reports.words import Words
from gateway.work import said, said_of_defects, texts
from gateway.work.counts import Count


@pytest.mark.parametrize(
    ("unit", "one", "many"),
    [
        ("piece", ("1개", "1", "1 piece"), ("20개", "20", "20 pieces")),
        ("pair", ("1켤레", "1 pair", "1 pair"), ("20켤레", "20 pairs", "20 pairs")),
        ("sheet", ("1장", "1 sheet", "1 sheet"), ("20장", "20 sheets", "20 sheets")),
    ],
)
def test_a_count_says_what_it_counts(unit: str, one: tuple[str, ...], many: tuple[str, ...]) -> None:
    for n, told in ((1, one), (20, many)):
        count = Count(n, unit)
        assert (count.ko, count.en, count.in_full) == told


def test_every_unit_of_the_configuration_can_be_said() -> None:
    for unit in typing.get_args(Work.model_fields["unit"].annotation):
        assert Count(2, unit).ko.startswith("2")


def test_particles_fit_the_unit() -> None:
    sheets, pairs = Count(20, "sheet"), Count(20, "pair")
    cut = Text(ko="재단", en="Cutting")
    assert said.too_many(21, sheets, "7")["ko"] == "너무 많아요 — 묶음 7에는 20장 있어요. 21장을 적을 수 없어요."
    assert said.too_many(21, pairs, "7")["ko"] == "너무 많아요 — 묶음 7에는 20켤레 있어요. 21켤레를 적을 수 없어요."
    assert said.short_done("7", 18, sheets)["ko"] == "모자람 등록 — 묶음 7은 이제 18장이에요 (20장이었어요)."
    assert said.short_done("7", 18, pairs)["ko"] == "모자람 등록 — 묶음 7은 이제 18켤레예요 (20켤레였어요)."
    assert texts.undone("7", cut, sheets)["ko"] == "되돌림 — 묶음 7 재단 20장을 뺐어요."
    assert said_of_defects.fewer_defects(3, Count(1, "sheet"), "7")["ko"] == (
        "묶음 7에 남은 불량은 1장이에요. 3장을 수선할 수 없어요."
    )


def test_reports_name_the_unit() -> None:
    assert [Words("ko")(key) for key in ("pieces", "output", "dhu")] == ["수량", "완성 수량", "DHU(100개당 불량)"]
    assert [Words("ko", "pair")(key) for key in ("pieces", "output", "dhu")] == [
        "수량(켤레)",
        "완성 수량(켤레)",
        "DHU(100켤레당 불량)",
    ]
    assert [Words("en")(key) for key in ("pieces", "output")] == ["Pieces", "Output"]
    assert [Words("en", "sheet")(key) for key in ("pieces", "output")] == ["Sheets", "Output (sheets)"]
    assert Words("en", "pair").count(1) == "1 pair"
