"""Words of a MATLAB text with the line each stands in: what every rule of the language is told in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.errors import ConfigError

NUMBER, NAME, TEXT, SIGN, BREAK = "number", "name", "text", "sign", "break"
"""Kinds of words. BREAK: the end of a line; names may be dotted ('mpc.bus')."""

_WORD = re.compile(
    r"""(?P<block>^[ \t]*%\{[ \t]*$.*?^[ \t]*%\}[ \t]*$)
    |(?P<comment>%[^\n]*)
    |(?P<continued>\.\.\.[^\n]*(?:\n|\Z))
    |(?P<space>[ \t\r\f]+)
    |(?P<break>\n)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?)
    |(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
    |(?P<text>"[^"\n]*")
    |(?P<sign>\.[*/^]|[=~<>]=|&&|\|\||[-+*/^()\[\]{},;:=<>~&|@'])""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_QUOTED = re.compile(r"'((?:[^'\n]|'')*)'")
_BEFORE_TRANSPOSE = frozenset({")", "]", "}", "'"})


@dataclass(frozen=True, slots=True)
class Token:
    """spaced: white space stands before it, which separates elements in brackets."""

    kind: str
    text: str
    line: int
    spaced: bool

    def ends_operand(self) -> bool:
        return self.kind in (NUMBER, NAME, TEXT) or self.text in _BEFORE_TRANSPOSE


def tokens(text: str, file: str) -> list[Token]:
    """All words but comments and continuations. ConfigError: file and line of what is no word of the language."""
    return list(_words(text, file))


def _words(text: str, file: str) -> Iterator[Token]:
    at, line, spaced = 0, 1, False
    before: Token | None = None
    while at < len(text):
        found = _quoted(text, at, before, spaced) or _WORD.match(text, at)
        if found is None:
            problem = f"{text[at]!r} does not belong to a MATPOWER case"
            raise ConfigError(file, line, problem, "remove it: tables, comments and scalings of columns are read")
        kind, word = found.lastgroup or TEXT, found.group()
        if kind in (NUMBER, NAME, TEXT, SIGN, BREAK):
            before = Token(kind, word, line, spaced)
            yield before
        spaced = kind in ("space", "continued")
        line += word.count("\n")
        at = found.end()


def _quoted(text: str, at: int, before: Token | None, spaced: bool) -> re.Match[str] | None:
    """A text in single quotes; after an operand without space the quote is the transpose sign instead."""
    if text[at] != "'" or (before is not None and before.ends_operand() and not spaced):
        return None
    return _QUOTED.match(text, at)
