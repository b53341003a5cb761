"""Refuses a supplement that names the same thing twice: one of both would count, and nobody would be told which."""

from __future__ import annotations

from models.config import Table

_ONCE = (("bus", "id"), ("branch", "id"), ("source", "bus"), ("indicator", "at"))
_DEVICES = (("capacitor", "bus"), ("regulator", "branch"), ("generator", "bus"))  # without id named after its place


def refuse_named_twice(table: Table) -> None:
    """ConfigError with the line of the second. Answers name devices of all kinds alike, so no two share an id."""
    for kind, key in _ONCE:
        seen: set[str] = set()
        for each in table.tables(kind):
            _add(each, key, each.optional(key, str), seen)
    devices: set[str] = set()
    for kind, key in _DEVICES:
        for each in table.tables(kind):
            place, name = each.optional(key, str), each.optional("id", str)
            _add(each, "id" if "id" in each else key, name or (place and f"{kind}@{place}"), devices)


def _add(table: Table, key: str, name: str | None, seen: set[str]) -> None:
    if name is None:
        return
    if name in seen:
        raise table.error(key, f"'{name}' stands in this file twice", "put all of it into one table, or rename one")
    seen.add(name)
