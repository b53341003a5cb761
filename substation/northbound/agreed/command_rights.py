"""Which points a control centre may command: `commands` of its `[[control_centre]]` (SAFETY S18)."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from models.errors import ConfigError
from models.point import PointName
from models.wire.glob import WILDCARD, matches

KEY = "commands"


@dataclass(frozen=True, slots=True)
class CommandRights:
    """patterns: point names, `*` for any characters; none: it only watches."""

    patterns: tuple[str, ...] = (WILDCARD,)

    def forbids(self, centre: str, point: PointName) -> str:
        """Why the control centre may not command the point; '' when it may."""
        if any(matches(pattern, str(point)) for pattern in self.patterns):
            return ""
        what = f"only {', '.join(self.patterns)}" if self.patterns else "nothing"
        return f"control centre {centre} may command {what} ({KEY} of its [[control_centre]] in unit.toml)"


def read_command_rights(table: Table) -> CommandRights:
    """`commands = true` (default), `false`, or a list of patterns such as `["OBR1/*/CSWI1.Pos"]`."""
    try:
        return CommandRights() if table.take(KEY, bool, True) else CommandRights(())
    except ConfigError:
        patterns = tuple(table.take_list(KEY, str))
    for pattern in patterns:
        if "/" not in pattern and pattern != WILDCARD:
            remedy = f'write point names such as "ST103/*/CSWI1.Pos", or {KEY} = false'
            raise table.error(KEY, f"'{pattern}' fits no point", remedy)
    return CommandRights(patterns)
