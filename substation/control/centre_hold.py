"""Who must be there for automation to restore supply: by default nobody, else one of the control centres named.

The unit is the authority of its own self-healing, so an order goes on when the link to a control centre breaks. Where
that is not wanted (`without_control_centre = "hold"`), isolation is finished and the order stands still before its next
step, until one of them is connected again or a person at the unit has it go on (SAFETY S18, S22).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from models.config import Table

GO_ON, HOLD = "go on", "hold"


@dataclass(frozen=True, slots=True)
class CentreHold:
    """centres: names of control centres of which one must be connected; empty: automation goes on without."""

    centres: tuple[str, ...] = ()

    def absent(self, connected: Callable[[], Mapping[str, bool]]) -> str:
        """In words who is missing; '' while automation may restore. connected: whether data is transferred to each."""
        if not self.centres:
            return ""
        present = connected()
        if any(present.get(name, False) for name in self.centres):
            return ""
        return f"the absence of control centre {' and '.join(self.centres)}"


def read_centre_hold(table: Table, known: Iterable[str]) -> CentreHold:
    """`[fdir] without_control_centre`, `control_centres`. known: names of the unit's own; all of them by default."""
    key, names = "without_control_centre", tuple(known)
    what = table.take(key, str, GO_ON)
    centres = table.take_list("control_centres", str, list(names) if what == HOLD else [])
    if what not in (GO_ON, HOLD):
        raise table.error(key, f"'{key}' is {what!r}", f"one of {GO_ON!r}, {HOLD!r}")
    for name in centres:
        if name not in names:
            problem = f"'control_centres' names {name!r}, which is no [[control_centre]] of this unit"
            raise table.error("control_centres", problem, f"one of {', '.join(names) or '(there are none)'}")
    if what == GO_ON and centres:
        raise table.error("control_centres", f"'control_centres' without {key}", f"add {key} = {HOLD!r}, or remove it")
    if what == HOLD and not centres:
        raise table.error(key, "there is no control centre to wait for", "add a [[control_centre]], or remove it")
    return CentreHold(tuple(centres))
