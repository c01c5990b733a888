"""What an expression got wrong: where, what, and how to mend it, in both languages."""

from collections.abc import Mapping

from gateway.language.messages import MENDS, WHATS

Both = Mapping[str, str]  # {"ko": ..., "en": ...}


class ExpressionError(Exception):
    """An expression that cannot be used. `position` counts the text's characters from 0."""

    def __init__(self, position: int, what: Both, mend: Both | None = None) -> None:
        self.position = position
        self.what = what
        self.mend = mend
        super().__init__(self.text("en"))

    def text(self, language: str) -> str:
        """Return one line for people, in `ko` or `en`, with the place counted from 1."""
        place = f"{self.position + 1}번째 글자" if language == "ko" else f"character {self.position + 1}"
        mend = f" {self.mend[language]}" if self.mend else ""
        return f"{place}: {self.what[language]}{mend}"


def wrong(position: int, message: str, mend: str | None = None, /, **values: object) -> ExpressionError:
    """Return the error of a message's name; `mend` is the name of another mend than the message's own.

    A value may be a text, a number, or a mapping with a text for each language.
    """
    mends = MENDS.get(mend or message)
    return ExpressionError(position, _fill(WHATS[message], values), _fill(mends, values) if mends else None)


def _fill(texts: tuple[str, str], values: Mapping[str, object]) -> Both:
    languages = ("ko", "en")
    return {
        language: text.format_map({key: _said(value, language) for key, value in values.items()})
        for language, text in zip(languages, texts, strict=True)
    }


def _said(value: object, language: str) -> object:
    return value[language] if isinstance(value, Mapping) else value
