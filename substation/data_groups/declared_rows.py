"""`[[variable]]` of unit.toml: a further declared variable of a level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from models.config import Table
from substation.data_groups.kinds import Flag, Kind, Number, Record, Text, profile
from substation.data_groups.row import Direction, Owner, Retention, Row, Upward
from substation.exchange.access import IN_AREA, Right

E = TypeVar("E", bound=Enum)

_KINDS: Mapping[str, Callable[[str], Kind]] = {
    "number": Number,
    "profile": profile,
    "flag": lambda _: Flag(),
    "text": lambda _: Text(),
}
_WITH_UNIT = ("number", "profile")
_FORMS = "'number UNIT', 'profile UNIT', 'flag', 'text', or 'map' with [variable.fields]"
MOST_S = 86_400


def read_row(table: Table) -> Row:
    """ConfigError with line and remedy. The key `level` is the caller's."""
    row = Row(
        _variable(table),
        _map(table) if table.take("kind", str) == "map" else _kind(table, "kind"),
        table.take("group", int, 0),
        _member(table, "direction", Direction, Direction.LOCAL),
        _member(table, "owner", Owner, Owner.OPERATOR),
        _member(table, "upward", Upward, Upward.NONE),
        _period(table),
        table.take("replicated", bool, False),
        _member(table, "retention", Retention, Retention.RECORD),
        table.take("parts", bool, False),
        _member(table, "write", Right, Right.OPERATE),
    )
    if row.write not in IN_AREA:
        raise table.error("write", f"'write' is {row.write.value!r}", "one of operate, approve, configure")
    table.done()
    return row


def _variable(table: Table) -> str:
    name = table.take("name", str)
    if not name or len(name) > 200 or "*" in name or "/" in name:
        raise table.error("name", f"variable {name!r} is not usable", "1 to 200 characters without '*' and '/'")
    return name


def _kind(table: Table, key: str) -> Kind:
    word, _, unit = table.take(key, str).partition(" ")
    if word not in _KINDS or bool(unit) != (word in _WITH_UNIT):
        raise table.error(key, f"kind '{word} {unit}' is unknown", f"one of {_FORMS}")
    return _KINDS[word](unit)


def _map(table: Table) -> Kind:
    fields = table.table("fields")
    kinds = {key: _kind(fields, key) for key in fields}
    if not kinds:
        raise table.error("kind", "a map needs its fields", "add [variable.fields] with a kind for each")
    return Record(kinds)


def _member(table: Table, key: str, kind: type[E], default: E) -> E:
    word = table.take(key, str, default.value)
    members = {member.value: member for member in kind}
    if word not in members:
        raise table.error(key, f"'{key}' is {word!r}", f"one of {', '.join(members)}")
    return members[word]


def _period(table: Table) -> int:
    seconds = table.take("period_s", int, 900)
    if not 1 <= seconds <= MOST_S:
        raise table.error("period_s", f"'period_s' is {seconds}", f"give 1 to {MOST_S}")
    return seconds
