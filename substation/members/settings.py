"""`[[child]]` and `[members]` of unit.toml: who may join this unit, and how soon silence is noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from models.config import Table
from substation.level import Level
from substation.unit_name import read_unit_name

LEAST_SILENCE_S, MOST_SILENCE_S = 1.0, 86_400.0


class MayJoin(Enum):
    """KEY: the key that is enrolled under its name. CERTIFICATE: one of the authority, with its name and level."""

    KEY = "key"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """level: None: any."""

    name: str
    level: Level | None
    may_join: MayJoin


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """silence_s: a member that is not heard for so long is silent. heartbeat_s: how often it is asked to be heard."""

    children: tuple[ChildSettings, ...]
    silence_s: float

    @property
    def heartbeat_s(self) -> float:
        return self.silence_s / 3


def read_members(table: Table, children: Sequence[Table]) -> MemberSettings:
    """ConfigError with line and remedy."""
    silence_s = table.take("silence_s", float, 10.0)
    if not LEAST_SILENCE_S <= silence_s <= MOST_SILENCE_S:
        remedy = f"give seconds from {LEAST_SILENCE_S:g} to {MOST_SILENCE_S:g}"
        raise table.error("silence_s", f"'silence_s' is {silence_s:g}", remedy)
    table.done()
    settings = MemberSettings(tuple(_child(each) for each in children), silence_s)
    names = Counter(child.name for child in settings.children)
    for each, child in zip(children, settings.children, strict=True):
        if names[child.name] > 1:
            raise each.error("name", f"'{child.name}' occurs {names[child.name]} times", "give each a name of its own")
    return settings


def _child(table: Table) -> ChildSettings:
    name = read_unit_name(table, "name")
    level = table.optional("level", str)
    if level is not None and level not in Level.__members__:
        raise table.error("level", f"level {level!r} is unknown", f"one of {', '.join(Level.__members__)}")
    way = table.take("may_join", str, MayJoin.KEY.value)
    if way not in {each.value for each in MayJoin}:
        raise table.error("may_join", f"'may_join' is {way!r}", '"key" or "certificate"')
    table.done()
    return ChildSettings(name, None if level is None else Level[level], MayJoin(way))
