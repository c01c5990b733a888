"""Parses an expression's text into its syntax: one method a production of the grammar, recursive descent.

held       = or_expr [ "for" duration ]
or_expr    = and_expr { "or" and_expr }
and_expr   = not_expr { "and" not_expr }
not_expr   = [ "not" ] compare
compare    = sum [ ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) sum ]
sum        = term { ( "+" | "-" ) term }
term       = factor { ( "*" | "/" | "%" ) factor }
factor     = [ "-" ] atom
atom       = number [ unit ] | duration | point | function "(" [ arg { "," arg } ] ")"
           | "(" held ")" | "(" sum "if" held "else" sum ")" | "true" | "false"
arg        = held | "hop" duration | "every" duration
"""

from typing import Final

from gateway.language.durations import LARGEST_NS, LONGEST_NS, MILLISECOND_NS, duration_ns
from gateway.language.errors import ExpressionError, wrong
from gateway.language.functions import BY_NAME
from gateway.language.syntax import (
    Apply,
    Binary,
    Comparison,
    Conditional,
    Duration,
    Flag,
    Hold,
    Inverse,
    Literal,
    Minus,
    Name,
    Syntax,
    conjunction,
    depth,
    disjunction,
)
from gateway.language.tokens import KEYWORDS, Token, is_duration, tokenise

LONGEST_TEXT: Final = 4000  # characters
DEEPEST_NESTING: Final = 24  # parentheses within parentheses; each takes ten calls of the parser
DEEPEST_TREE: Final = 120  # levels; a sum of 100 points has 100. The tree's readers call themselves
_COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")


def parse_syntax(text: str) -> Syntax:
    """Parse a text. Raises ExpressionError, and nothing else, whatever the text."""
    if len(text) > LONGEST_TEXT:
        raise wrong(LONGEST_TEXT, "too_long", length=len(text), limit=LONGEST_TEXT)
    parser = _Parser(tokenise(text))
    syntax = parser.whole()
    if depth(syntax) > DEEPEST_TREE:
        raise wrong(syntax.position, "too_deep")
    return syntax


class _Parser:
    """The tokens and the place among them."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._nesting = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _at(self, *texts: str) -> bool:
        return self._token.kind in ("sign", "word") and self._token.text in texts

    def _ended(self) -> bool:
        return self._token.kind == "end"

    def _take(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def whole(self) -> Syntax:
        """Return the syntax of all tokens."""
        if self._ended():
            raise wrong(0, "empty")
        syntax = self._held()
        if not self._ended():
            raise self._left_over()
        return syntax

    def _held(self) -> Syntax:
        operand = self._or()
        if not self._at("for"):
            return operand
        self._take()
        return Hold(operand, self._duration(), position=operand.position)

    def _or(self) -> Syntax:
        operands = [self._and()]
        while self._at("or"):
            self._take()
            operands.append(self._and())
        return disjunction(operands)

    def _and(self) -> Syntax:
        operands = [self._not()]
        while self._at("and"):
            self._take()
            operands.append(self._not())
        return conjunction(operands)

    def _not(self) -> Syntax:
        if not self._at("not"):
            return self._compare()
        position = self._take().position
        if self._at("not"):
            raise wrong(self._token.position, "double_not")
        return Inverse(self._compare(), position=position)

    def _compare(self) -> Syntax:
        left = self._sum()
        if not self._at(*_COMPARISONS):
            return left
        operator = self._take()
        right = self._sum()
        if self._at(*_COMPARISONS):
            raise wrong(self._token.position, "chained")
        return Comparison(operator.text, left, right, position=operator.position)

    def _sum(self) -> Syntax:
        left = self._term()
        while self._at("+", "-"):
            operator = self._take()
            left = Binary(operator.text, left, self._term(), position=operator.position)
        return left

    def _term(self) -> Syntax:
        left = self._factor()
        while self._at("*", "/", "%"):
            operator = self._take()
            left = Binary(operator.text, left, self._factor(), position=operator.position)
        return left

    def _factor(self) -> Syntax:
        if not self._at("-"):
            return self._atom()
        position = self._take().position
        if self._at("-"):
            raise wrong(self._token.position, "double_minus")
        return Minus(self._atom(), position=position)

    def _atom(self) -> Syntax:
        token = self._token
        if token.kind == "number":
            return _number(self._take())
        if token.kind == "point":
            return Name(self._take().text, position=token.position)
        if self._at("("):
            return self._group()
        if token.kind == "word" and token.text not in KEYWORDS:
            return self._word()
        if self._at("true", "false"):
            return Flag(self._take().text == "true", position=token.position)
        raise self._no_value()

    def _word(self) -> Syntax:
        """Return a function with its arguments, or a bare name, which the scope will not know."""
        word = self._take()
        if self._at("("):
            return self._call(word)
        if word.text in BY_NAME:
            raise wrong(word.position, "not_called", name=word.text, signature=BY_NAME[word.text][0].signature)
        return Name(word.text, position=word.position)

    def _group(self) -> Syntax:
        opening = self._open()
        inner = self._held()
        if self._at("if"):
            self._take()
            condition = self._held()
            if not self._at("else"):
                raise wrong(self._token.position, "no_else")
            self._take()
            inner = Conditional(inner, condition, self._sum(), position=opening.position)
        self._close(opening)
        return inner

    def _call(self, word: Token) -> Syntax:
        opening = self._open()
        arguments: list[Syntax] = []
        last: dict[str, int] = {}  # `hop` or `every`
        while not self._at(")"):
            if last:
                raise wrong(self._token.position, f"{next(iter(last))}_last")
            if self._at("hop", "every"):
                option = self._take().text
                last[option] = self._duration()
            else:
                arguments.append(self._held())
            if not self._at(","):
                break
            self._take()
            if self._at(")"):
                raise self._no_value()
        self._close(opening)
        return Apply(word.text, tuple(arguments), last.get("hop", 0), last.get("every", 0), position=word.position)

    def _open(self) -> Token:
        self._nesting += 1
        if self._nesting > DEEPEST_NESTING:
            raise wrong(self._token.position, "too_deep")
        return self._take()

    def _close(self, opening: Token) -> None:
        if self._ended():
            raise wrong(opening.position, "no_close")
        if not self._at(")"):
            raise self._left_over()
        self._nesting -= 1
        self._take()

    def _duration(self) -> int:
        token = self._token
        if not is_duration(token):
            raise wrong(token.position, "no_duration")
        self._take()
        found_ns = duration_ns(token.text, token.unit or "")
        if not MILLISECOND_NS <= found_ns <= LONGEST_NS:
            raise wrong(token.position, "duration", text=f"{token.text}{token.unit}")
        return found_ns

    def _no_value(self) -> ExpressionError:
        return wrong(self._token.position, "expected_value", found=_found(self._token))

    def _left_over(self) -> ExpressionError:
        """Return the error of a token where the expression, or a part in parentheses, could have ended."""
        token = self._token
        if self._at(")"):
            return wrong(token.position, "extra_close")
        if self._next >= 2 and self._tokens[self._next - 2].text == "for":
            return wrong(token.position, "after_for")
        if self._at("if"):
            return wrong(token.position, "if_outside")
        if token.kind in ("number", "point", "word") or self._at("("):
            return wrong(token.position, "no_operator")
        return wrong(token.position, "expected_end", "comma" if token.text == "," else None, text=token.text)


def _number(token: Token) -> Syntax:
    if not is_duration(token):
        return Literal(float(token.text), token.unit, token.per, position=token.position)
    found_ns = duration_ns(token.text, token.unit or "")
    if found_ns > LARGEST_NS:
        raise wrong(token.position, "too_large", text=f"{token.text}{token.unit}")
    return Duration(found_ns, position=token.position)


def _found(token: Token) -> dict[str, str]:
    if token.kind == "end":
        return {"ko": "식이 끝났어요", "en": "the end"}
    return {"ko": f"'{token.text}'이(가) 있어요", "en": f"'{token.text}'"}
