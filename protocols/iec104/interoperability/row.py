"""One line of the interoperability list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line. controlled, controlling: what each role of this product does with it. type_id: of an ASDU, else 0.

    subject: by which settings of a control centre answer for the line ('' for none).
    """

    section: str
    item: str
    controlled: bool
    controlling: bool
    note: str = ""
    type_id: int = 0
    subject: str = ""


def ranges(numbers: Iterable[int]) -> str:
    """'3, 5, 20-36'."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return ", ".join(str(int(run[0])) if len(run) == 1 else f"{int(run[0])}-{int(run[-1])}" for run in found)
