"""How a condition is written, and its parser. Nothing is ever evaluated as a program.

    condition  := term { "or" term }
    term       := factor { "and" factor }
    factor     := "not" factor | "(" condition ")" | operand [ sign operand ]
    sign       := == != < <= > >= like
    operand    := number | "text" | 'text' | true | false | name
    name       := value[.key...] | quality[.flag] | time | location | variable | owner | one of the words below

Words: good invalid reserved questionable (validity); intermediate off on bad (Dbpos, 0 to 3). A time is an integer (ns
UTC) or a text in ISO 8601 (`time >= "2026-03-01T12:00:00Z"`). `like` takes a text with `*`. Empty: always true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from models.errors import RingmainError
from models.wire.cbor import WireValue
from models.wire.condition import FIELDS, FLAGS, VALIDITY, And, Comparison, Field, Literal, Not, Or, Term, Truth

MAX_CHARACTERS = 1000
MAX_NESTING = 32
_INT_MAX = 2**63 - 1

WORDS: Mapping[str, WireValue] = {
    "true": True,
    "false": False,
    **{name: name for name in VALIDITY.values()},
    "intermediate": 0,
    "off": 1,
    "on": 2,
    "bad": 3,
}
SIGNS = ("==", "!=", "<", "<=", ">", ">=", "like")

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    |(?P<sign>==|!=|<=|>=|<|>)
    |(?P<bracket>[()]))""",
    re.VERBOSE,
)


class ConditionError(RingmainError):
    """A condition that cannot be read. position: of the first character that does not fit, from 1."""

    def __init__(self, position: int, problem: str) -> None:
        self.position = position
        super().__init__(f"condition, position {position}: {problem}")


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


@lru_cache(maxsize=1024)
def parse(text: str) -> Term:
    """The meaning of a condition; ConditionError with the position where it stops making sense.

    What has been read is remembered: the same conditions come again and again.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConditionError(MAX_CHARACTERS + 1, f"at most {MAX_CHARACTERS} characters are read")
    if not text.strip():
        return And(())
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position, end)
        if found is None or found.lastgroup is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise ConditionError(start + 1, f"'{text[start]}' is not understood")
        kind = found.lastgroup
        word = found.group(kind)
        if kind == "name" and word in ("and", "or", "not", "like"):
            kind = "sign" if word == "like" else "word"
        tokens.append(_Token(kind, word, found.start(found.lastgroup) + 1))
        position = found.end()
    tokens.append(_Token("end", "", end + 1))
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._nesting = 0

    def whole(self) -> Term:
        term = self._condition()
        if self._next.kind != "end":
            raise ConditionError(self._next.position, f"'{self._next.text}' is not expected here")
        return term

    @property
    def _next(self) -> _Token:
        return self._tokens[self._index]

    def _take(self) -> _Token:
        token = self._next
        self._index += 1
        return token

    def _accept(self, kind: str, text: str) -> bool:
        if (self._next.kind, self._next.text) != (kind, text):
            return False
        self._index += 1
        return True

    def _condition(self) -> Term:
        terms = [self._term()]
        while self._accept("word", "or"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _term(self) -> Term:
        terms = [self._factor()]
        while self._accept("word", "and"):
            terms.append(self._factor())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _factor(self) -> Term:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise ConditionError(self._next.position, f"nested deeper than {MAX_NESTING}")
        try:
            return self._nested() or self._comparison()
        finally:
            self._nesting -= 1

    def _nested(self) -> Term | None:
        if self._accept("word", "not"):
            return Not(self._factor())
        if not self._accept("bracket", "("):
            return None
        term = self._condition()
        if not self._accept("bracket", ")"):
            raise ConditionError(self._next.position, "')' is expected")
        return term

    def _comparison(self) -> Term:
        start = self._next.position
        left = self._operand()
        if self._next.kind != "sign":
            if isinstance(left, Field):
                return Truth(left)
            raise ConditionError(self._next.position, f"one of {' '.join(SIGNS)} is expected")
        sign = self._take().text
        right_start = self._next.position
        right = self._operand()
        if left == Field("time"):
            right = _instant(right, right_start)
        if right == Field("time"):
            raise ConditionError(start, "write time on the left side")
        return Comparison(left, sign, right)

    def _operand(self) -> Literal | Field:
        token = self._take()
        match token.kind:
            case "number":
                return Literal(_number(token))
            case "text":
                return Literal(token.text[1:-1])
            case "name":
                return _named(token)
        what = f"not '{token.text}'" if token.text else "but the condition ends"
        raise ConditionError(token.position, f"a field, number or text is expected, {what}")


def _number(token: _Token) -> int | float:
    number = float(token.text) if set(token.text) & set(".eE") else int(token.text)
    if abs(number) > _INT_MAX:
        raise ConditionError(token.position, "the number is too large")
    return number


def _named(token: _Token) -> Literal | Field:
    if token.text in WORDS:
        return Literal(WORDS[token.text])
    name, *path = token.text.split(".")
    if name not in FIELDS:
        raise ConditionError(token.position, f"'{name}' is not a field; there are {', '.join(FIELDS)}")
    if name == "quality" and path and (len(path) > 1 or path[0] not in FLAGS):
        raise ConditionError(token.position, f"quality has the flags {', '.join(FLAGS)}")
    if path and name not in ("value", "quality"):
        raise ConditionError(token.position, f"{name} has no parts")
    return Field(name, tuple(path))


def _instant(operand: Literal | Field, position: int) -> Literal | Field:
    """A time as text becomes integer ns UTC; a time without offset is UTC."""
    if not isinstance(operand, Literal) or not isinstance(operand.value, str):
        return operand
    try:
        moment = datetime.fromisoformat(operand.value)
    except ValueError as error:
        raise ConditionError(position, f"'{operand.value}' is not a time (ISO 8601)") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return Literal((since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000)
