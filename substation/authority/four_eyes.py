"""What takes a second operator (SAFETY S18): `[second_operator]` of unit.toml. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from models.config import Table
from models.wire.glob import matches

TAKES_TWO = "takes a second operator"
"""Ends the refusal of what nothing else stands in the way of."""


class Weighty(Enum):
    """What unit.toml may name under `for`."""

    EARTHING_SWITCH = "earthing switch"
    PARALLEL = "parallel"
    TAG_REMOVAL = "tag removal"
    PLACEMENT_REMOVAL = "placement removal"
    TAKE_OVER = "authority take-over"
    ORDER = "order approval"


@dataclass(frozen=True, slots=True)
class SecondOperator:
    """what: kinds of acts. elements: patterns of switches whose every command takes two. within_s: until it lapses.

    control_centres: commands of control centres take a second operator here as well, so that they cannot go alone.
    """

    what: frozenset[Weighty] = frozenset()
    elements: tuple[str, ...] = ()
    within_s: float = 120.0
    control_centres: bool = False

    def wants(self, what: Weighty) -> bool:
        return what in self.what

    def wants_at(self, element: str) -> bool:
        return any(matches(pattern, element) for pattern in self.elements)


def read_second_operator(table: Table) -> SecondOperator:
    """ConfigError with line and remedy."""
    known = {each.value: each for each in Weighty}
    names = table.take_list("for", str, [])
    if strange := [name for name in names if name not in known]:
        raise table.error("for", f"{strange[0]!r} is unknown", f"give some of {', '.join(known)}")
    within_s = table.take("within_s", float, SecondOperator().within_s)
    if not 1.0 <= within_s < math.inf:
        raise table.error("within_s", f"'within_s' is {within_s:g}", "give a number of seconds from 1")
    settings = SecondOperator(
        what=frozenset(known[name] for name in names),
        elements=tuple(table.take_list("elements", str, [])),
        within_s=within_s,
        control_centres=table.take("control_centres", bool, False),
    )
    table.done()
    return settings
