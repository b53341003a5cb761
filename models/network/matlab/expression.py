"""Reckons MATLAB expressions exactly: numbers, matrices, columns of tables; what it does not know it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from models.errors import ConfigError
from models.network.matlab.matrix import Matrix, elementwise, number, power, quotient
from models.network.matlab.tokens import BREAK, NAME, NUMBER, TEXT, Token

REMEDY = "work the values into the tables (only scalings of whole columns are reckoned here)"

_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "cos": math.cos,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
_NUMBERS = {"pi": math.pi, "Inf": math.inf, "inf": math.inf, "NaN": math.nan, "nan": math.nan}

_SUM = {"+": lambda left, right: left + right, "-": lambda left, right: left - right}
_PRODUCT: dict[str, Callable[[float, float], float]] = {
    "*": lambda left, right: left * right,
    ".*": lambda left, right: left * right,
    "/": quotient,
    "./": quotient,
}
_POWER = ("^", ".^")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NO_ROW = Token(BREAK, "", 0, False)


class Expression:
    """Evaluates one run of words. known: values by name; a dotted name is a table or number of the case."""

    def __init__(self, words: list[Token], known: dict[str, Matrix], file: str) -> None:
        self._words, self._known, self._file = words, known, file
        self._at = 0
        self._in_matrix = False

    def value(self) -> Matrix:
        """The value of all words. ConfigError: file, line and what is not known."""
        found = self._sum()
        if self._at < len(self._words):
            raise self.refused(f"'{self._next().text}' is not expected here")
        return found

    def index(self) -> tuple[list[float] | None, list[float] | None]:
        """'(rows, columns)' of all words, None for ':'."""
        self._take("(")
        rows = self._subscript()
        self._take(",")
        columns = self._subscript()
        self._take(")")
        if self._at < len(self._words):
            raise self.refused(f"'{self._next().text}' is not expected here")
        return rows, columns

    def refused(self, problem: str) -> ConfigError:
        words = self._words
        line = words[min(self._at, len(words) - 1)].line if words else None
        return ConfigError(self._file, line, problem, REMEDY)

    def _next(self) -> Token:
        return self._words[self._at] if self._at < len(self._words) else _NO_ROW

    def _take(self, sign: str) -> None:
        if self._next().text != sign:
            raise self.refused(f"'{sign}' is expected")
        self._at += 1

    def _sum(self) -> Matrix:
        left = self._product()
        while (word := self._next()).text in _SUM and not self._begins_element():
            self._at += 1
            right = self._product()
            if left.columns or right.columns:
                raise self.refused("something is added to whole columns, which is no change of units")
            left = self._combined(left, right, _SUM[word.text])
        return left

    def _product(self) -> Matrix:
        left = self._signed()
        while (word := self._next()).text in _PRODUCT:
            self._at += 1
            right = self._signed()
            elementwise_sign = word.text.startswith(".")
            if not elementwise_sign and right.scalar is None and (left.scalar is None or word.text == "/"):
                raise self.refused(f"'{word.text}' between matrices is no scaling")
            left = self._combined(left, right, _PRODUCT[word.text])
        return left

    def _signed(self) -> Matrix:
        word = self._next()
        if word.text not in _SUM:
            return self._power()
        self._at += 1
        value = self._signed()
        return value if word.text == "+" else self._combined(number(-1.0), value, _PRODUCT["*"])

    def _power(self) -> Matrix:
        base = self._operand()
        while (word := self._next()).text in _POWER:
            self._at += 1
            exponent = self._signed_operand()
            if word.text == "^" and (base.scalar is None or exponent.scalar is None):
                raise self.refused("'^' of a matrix is no scaling")
            base = self._combined(base, exponent, power)
        return base

    def _signed_operand(self) -> Matrix:
        if self._next().text in _SUM:
            sign = -1.0 if self._next().text == "-" else 1.0
            self._at += 1
            return self._combined(number(sign), self._signed_operand(), _PRODUCT["*"])
        return self._operand()

    def _combined(self, left: Matrix, right: Matrix, operation: Callable[[float, float], float]) -> Matrix:
        try:
            return elementwise(left, right, operation)
        except ValueError as error:
            raise self.refused("sizes of matrices do not fit each other") from error

    def _operand(self) -> Matrix:
        word = self._next()
        if word.kind == NUMBER:
            self._at += 1
            return number(float(word.text.lower().replace("d", "e")))
        if word.kind == NAME:
            return self._named()
        if word.text == "(":
            return self._parenthesis()
        if word.text == "[":
            return self._matrix()
        raise self.refused("a text is no number" if word.kind == TEXT else f"'{word.text}' is not expected here")

    def _parenthesis(self) -> Matrix:
        self._take("(")
        outside, self._in_matrix = self._in_matrix, False
        value = self._sum()
        self._in_matrix = outside
        self._take(")")
        return value

    def _named(self) -> Matrix:
        word = self._next()
        self._at += 1
        indexed = self._next().text == "(" and not (self._in_matrix and self._next().spaced)
        if word.text in self._known:
            value = self._known[word.text]
            return self._picked(value) if indexed else value.copied()
        if word.text in _NUMBERS and not indexed:
            return number(_NUMBERS[word.text])
        if word.text in _FUNCTIONS and indexed:
            return self._called(word)
        self._at -= 1
        raise self.refused(f"'{word.text}' is not known")

    def _called(self, word: Token) -> Matrix:
        argument = self._parenthesis()
        if argument.scalar is None:
            raise self.refused(f"'{word.text}' of a matrix is no scaling")
        try:
            return number(_FUNCTIONS[word.text](argument.scalar))
        except ValueError as error:
            raise self.refused(f"'{word.text}' of {argument.scalar:g} is no real number") from error

    def _picked(self, value: Matrix) -> Matrix:
        self._take("(")
        rows = self._subscript()
        self._take(",")
        columns = self._subscript()
        self._take(")")
        where = positions(rows, len(value.rows)), positions(columns, value.width)
        if where[0] is None or where[1] is None:
            raise self.refused("an index lies beyond the table")
        return value.picked(where[0], where[1], rows is None or len(where[0]) > 1)

    def _subscript(self) -> list[float] | None:
        if self._next().text == ":":
            self._at += 1
            return None
        outside, self._in_matrix = self._in_matrix, False
        first = self._sum()
        numbers = first.numbers()
        if self._next().text == ":" and first.scalar is not None:
            self._at += 1
            last = self._sum().scalar
            if last is None or not (math.isfinite(last) and last - first.scalar < 1e6):
                raise self.refused("a range needs two numbers")
            numbers = [first.scalar + step for step in range(max(0, math.floor(last - first.scalar) + 1))]
        self._in_matrix = outside
        return numbers

    def _matrix(self) -> Matrix:
        """Rows are ended by ';' or the end of a line, elements by ',' or white space."""
        self._take("[")
        outside, self._in_matrix = self._in_matrix, True
        rows: list[list[float]] = []
        lines: list[int] = []
        for line, row in self._rows():
            if rows and len(row) != len(rows[0]):
                problem = f"a row of {len(row)} numbers in a table of {len(rows[0])} columns"
                raise ConfigError(self._file, line, problem, "give every row the same number of columns")
            rows.append(row)
            lines.append(line)
        self._in_matrix = outside
        self._take("]")
        return Matrix(rows, tuple(lines))

    def _rows(self) -> Iterator[tuple[int, list[float]]]:
        row: list[float] = []
        line = 0
        while (word := self._next()).text != "]":
            if self._at >= len(self._words):
                raise self.refused("']' is missing")
            if word.text == ";" or word.kind == BREAK:
                self._at += 1
                if row:
                    yield line, row
                row = []
                continue
            if word.text == ",":
                self._at += 1
                continue
            line = line if row else word.line
            row += self._element()
        if row:
            yield line, row

    def _element(self) -> list[float]:
        value = self._sum()
        if len(value.rows) > 1:
            raise self.refused("a matrix within a matrix is not read")
        return value.numbers()

    def _begins_element(self) -> bool:
        """In brackets '[a -b]' holds two elements, '[a - b]' and '[a-b]' one."""
        following = self._words[self._at + 1] if self._at + 1 < len(self._words) else _NO_ROW
        return self._in_matrix and self._next().spaced and not following.spaced


def positions(index: list[float] | None, size: int) -> list[int] | None:
    """Positions from 0 of an index from 1 (None: all); None where it is no index of that size."""
    if index is None:
        return list(range(size))
    if any(not (1 <= each <= size) or each != math.floor(each) for each in index):
        return None
    return [int(each) - 1 for each in index]
