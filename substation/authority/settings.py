"""`[authority]` of unit.toml (SAFETY S18)."""

from __future__ import annotations

import math

from models.config import Table
from substation.authority.authority import AuthoritySettings


def read_authority(table: Table) -> AuthoritySettings:
    """ConfigError with line and remedy."""
    free_after_s = table.take("free_after_s", float, AuthoritySettings().free_after_s)
    if not 0.0 <= free_after_s < math.inf:
        raise table.error("free_after_s", f"'free_after_s' is {free_after_s:g}", "give seconds, or 0 for never")
    settings = AuthoritySettings(table.take("required", bool, False), free_after_s)
    table.done()
    return settings
