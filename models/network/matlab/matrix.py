"""Matrices of numbers as MATLAB reckons with them, as far as unit conversions of a case file need it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Rows = list[list[float]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """rows: equally long. lines: where each row stands in the file (empty for results of arithmetic).

    columns: whole columns of a table, or something reckoned from them.
    """

    rows: Rows
    lines: tuple[int, ...] = ()
    columns: bool = False

    @property
    def scalar(self) -> float | None:
        """The number of a 1 by 1 matrix, else None."""
        return self.rows[0][0] if len(self.rows) == 1 and len(self.rows[0]) == 1 else None

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def copied(self) -> Matrix:
        """The same values, which later changes of this one leave alone."""
        return self if self.scalar is not None else Matrix([list(row) for row in self.rows], columns=True)

    def numbers(self) -> list[float]:
        return [value for row in self.rows for value in row]

    def picked(self, rows: Sequence[int], columns: Sequence[int], whole: bool) -> Matrix:
        """Rows and columns by position. whole: all rows were meant. IndexError beyond the matrix."""
        return Matrix([[self.rows[row][column] for column in columns] for row in rows], columns=whole)


def number(value: float) -> Matrix:
    return Matrix([[value]])


def elementwise(left: Matrix, right: Matrix, operation: Callable[[float, float], float]) -> Matrix:
    """Numbers are stretched to the other's size, and so are single rows and columns. ValueError where none fits."""
    height, width = max(len(left.rows), len(right.rows)), max(left.width, right.width)
    if any(
        len(each.rows) not in (1, height) or each.width not in (1, width) or not each.rows for each in (left, right)
    ):
        raise ValueError("sizes do not fit")
    rows = [
        [operation(_at(left, row, column), _at(right, row, column)) for column in range(width)] for row in range(height)
    ]
    return Matrix(rows, columns=left.columns or right.columns)


def _at(matrix: Matrix, row: int, column: int) -> float:
    return matrix.rows[row if len(matrix.rows) > 1 else 0][column if matrix.width > 1 else 0]


def quotient(left: float, right: float) -> float:
    """IEEE 754: a division by zero is infinite or no number."""
    if right != 0.0:
        return left / right
    return math.nan if left == 0.0 or math.isnan(left) else math.copysign(math.inf, left)


def power(left: float, right: float) -> float:
    """IEEE 754; a root of a negative number is no number here (MATLAB would go on with a complex one)."""
    try:
        return math.pow(left, right)
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        return math.inf
