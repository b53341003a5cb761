"""What a unit may be called: it is the first part of locations and the name of a stakeholder."""

from __future__ import annotations

from models.config import Table

MOST_CHARACTERS = 64


def read_unit_name(table: Table, key: str, what: str = "unit name") -> str:
    """Also of others that are named in the same places. ConfigError with line and remedy."""
    name = table.take(key, str)
    if not 0 < len(name) <= MOST_CHARACTERS or name != name.strip() or not name.isprintable() or set(name) & set("/*"):
        raise table.error(key, f"{what} {name!r:.100} is not usable", "use letters, digits, '-' and '_', at most 64")
    return name
