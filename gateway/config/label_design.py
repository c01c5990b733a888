"""The part of the configuration that says how labels look, where a shop wants them otherwise than ours."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from barcodes.labels.arrange import Form
from barcodes.labels.design import Design, Kind, fields, named
from drivers.base import Options
from gateway.config.messages import nearest

MOST_LINES = 8
Line = Annotated[str, Field(max_length=80)]


class LabelDesign(Options):
    """표 하나의 모양. 중괄호 안의 이름은 값으로 바뀌고, 값이 없는 조각은 빠져요. /
    How a kind of label looks. Names in braces become values; pieces without a value are left out.
    """

    name: Kind = Field(
        description="어떤 표인지: coupon 공정 쪽지, traveller 작업 지시, step 그 공정. / "
        "Which label: coupon is a bundle's, step a traveller's operation."
    )
    title: Line | None = Field(None, description="큰 글씨. 비우면 처음 모양대로. / The title; ours when left out.")
    lines: tuple[Line, ...] | None = Field(
        None, max_length=MOST_LINES, description="그 아래 줄들. 비우면 처음 모양대로. / The lines; ours when left out."
    )
    form: Form = Field("auto", description="코드의 모양. / The form of the symbol.")

    @field_validator("title", "lines")
    @classmethod
    def _of_printable(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if not all(text.isprintable() for text in _texts(value)):
            raise ValueError(
                "찍을 수 없는 글자가 있어요. 지워 주세요. / there is a character that cannot be printed; remove it"
            )
        return value

    @model_validator(mode="after")
    def _of_known_fields(self) -> "LabelDesign":
        known = fields(self.name)
        for text in (*_texts(self.title), *_texts(self.lines)):
            try:
                strange = next((one for one in named(text) if one not in known), None)
            except ValueError:
                like = f"{{{known[0]}}}"
                raise ValueError(
                    f"중괄호의 짝이 안 맞아요: {text}; 예: {like} / a brace has no partner: {text}; e.g. {like}"
                ) from None
            if strange is not None:
                ko, en = nearest(strange, known)
                raise ValueError(
                    f"{self.name} 표에 없는 값이에요: {{{strange}}}; {ko} / {self.name} has no {{{strange}}}; {en}"
                )
        return self

    def over(self, ours: Design) -> Design:
        """Return it, with what it leaves out as in ours."""
        title = ours.title if self.title is None else self.title
        return replace(ours, title=title, lines=ours.lines if self.lines is None else self.lines, form=self.form)


def _texts(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)
