"""Numbers of the grid that no file states: they travel like numbers, but nobody computes with them.

An SCD says how equipment hangs together, not what its impedances and ratings are. Where a value is needed, comparing or
calculating with an unstated one raises AlgorithmError, in words, so that a rule that needs it answers no.
"""

from __future__ import annotations

from typing import Never

from models.errors import AlgorithmError

REMEDY = "add network.json"
_UNITS = frozenset({"w", "va", "var", "v", "a", "ohm", "f", "m", "s", "pu", "hz"})
NUMBERS = ("float", "int")
"""Declared types whose values may be unstated."""


class _Refusing:
    """What makes a number unusable for every calculation; equality and hash stay those of the object's words."""

    what: str

    def _refuse(self, *_: object) -> Never:
        raise AlgorithmError(f"{self.what} is not stated; {REMEDY}")

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __int__ = __float__ = __index__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __divmod__ = __rdivmod__ = _refuse
    __neg__ = __pos__ = __abs__ = __round__ = __trunc__ = __floor__ = __ceil__ = __complex__ = _refuse

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Refusing) and self.what == other.what

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.what)

    def __repr__(self) -> str:
        return "unstated"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return "unstated"


class Unstated(_Refusing, float):
    """A number that is not stated. what: 'the rated power of AA1/T1'. C code that reads it sees NaN."""

    def __new__(cls, what: str) -> Unstated:
        made = super().__new__(cls, "nan")
        made.what = what
        return made


class UnstatedWhole(_Refusing, int):
    """A whole number that is not stated."""

    def __new__(cls, what: str) -> UnstatedWhole:
        made = super().__new__(cls, 0)
        made.what = what
        return made


def unstated(kind: str, field: str, element: str) -> Unstated | UnstatedWhole:
    """The value of a field whose declared type is 'float' or 'int': 'rated_power_va' of 'AA1/T1'."""
    words = [each for each in field.split("_") if each not in _UNITS]
    what = f"the {' '.join(words)} of {element}"
    return UnstatedWhole(what) if kind == "int" else Unstated(what)


def is_stated(value: object) -> bool:
    return not isinstance(value, _Refusing)
