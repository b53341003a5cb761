"""What a scenario, a test or the demo does to the world: faults, repairs, failing devices, local operation.

In a scenario file (sim_ied.scenario) they are `[[at]]` tables with `s` (seconds after the start), `kind`, and the
kind's keys:

```toml
schema = 1
[[at]]
s = 10.0
kind = "fault"
id = "F1"
element = "L062/W062"
phases = "three-phase"      # or "two-phase", or "single-phase to earth" with `phase` ("A", "B", "C") and resistance_ohm
permanent = true
[[at]]
s = 60.0
kind = "repair"
target = "F1"
```
"""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table
from sim_ied.fault import Fault, FaultKind
from sim_ied.nodes.acts import READERS
from sim_ied.nodes.change import Argument

WORLD_KINDS = (
    "fault",
    "repair",
    "stuck",
    "does not move",
    "says no end",
    "stops midway",
    "sound",
    "indicator missing",
    "indicator forward",
    "indicator reverse",
    "indicator sound",
    "local",
    "remote",
    "open by hand",
    "close by hand",
    "battery low",
    "battery sound",
    "generator trips",
    "generator holds",
    "generator sound",
    "mobile generator on",
    "mobile generator off",
    "temporary earth",
    "earth removed",
    "earth indicator missing",
    "earth indicator reversed",
    "earth indicator sound",
    "earth indicator forward",
    "earth indicator reverse",
    "earth protection off",
    "earth protection on",
    "bank does not move",
    "bank sound",
    "tap changer blocked",
    "tap changer sound",
    "regulator manual",
    "regulator automatic",
    "regulators apart",
    "regulators together",
    "transformer off",
    "transformer on",
)
FACE_KINDS = ("freeze", "thaw", "kill", "revive")
"""What happens to a device's link, not to the process: see sim_ied.server."""

NODE_KINDS = tuple(READERS)
"""Known to simulated devices of an SCL file alone, which know most of the others too: see sim_ied.nodes."""

_PHASES = ("A", "B", "C")
_KINDS = (*WORLD_KINDS, *FACE_KINDS, *NODE_KINDS)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One act. target: fault id, switch, bay, station or IED, as the kind needs it; fault: for kind 'fault'.

    argument: of the kinds of NODE_KINDS.
    """

    kind: str
    target: str
    fault: Fault | None = None
    at_s: float = 0.0
    argument: Argument = None


def read_disturbance(table: Table) -> Disturbance:
    """One table; also what comes over the control socket."""
    kind = table.take("kind", str)
    at_s = table.take("s", float, 0.0)
    if kind not in _KINDS:
        raise table.error("kind", f"unknown kind '{kind}'", f"choose from {', '.join(_KINDS)}")
    if kind == "fault":
        fault = _fault(table)
        act = Disturbance(kind, fault.id, fault, at_s)
    else:
        argument = READERS[kind](table) if kind in READERS else None
        act = Disturbance(kind, table.take("target", str), None, at_s, argument)
    table.done()
    return act


def _fault(table: Table) -> Fault:
    phases = table.take("phases", str, FaultKind.THREE_PHASE.value)
    kinds = {kind.value: kind for kind in FaultKind}
    if phases not in kinds:
        raise table.error("phases", f"'phases' is '{phases}'", f"choose from {', '.join(kinds)}")
    return Fault(
        id=table.take("id", str),
        element=table.take("element", str),
        kind=kinds[phases],
        fraction=table.take("fraction", float, 0.5),
        permanent=table.take("permanent", bool, True),
        trips_to_clear=table.take("trips_to_clear", int, 1),
        duration_s=table.optional("duration_s", float),
        resistance_ohm=table.take("resistance_ohm", float, 0.0),
        phase=_phase(table),
        strikes_s=_strikes_s(table),
    )


def _phase(table: Table) -> int:
    name = table.take("phase", str, _PHASES[0])
    if name not in _PHASES:
        raise table.error("phase", f"'phase' is '{name}'", f"choose from {', '.join(_PHASES)}")
    return _PHASES.index(name)


def _strikes_s(table: Table) -> tuple[float, float] | None:
    if "strikes_s" not in table:
        return None
    times_s = table.take_list("strikes_s", float)
    if len(times_s) != 2 or not all(0.02 <= each <= 600.0 for each in times_s):
        raise table.error("strikes_s", f"'strikes_s' is {times_s}", "write [burning, pausing] in seconds, 0.02 to 600")
    return times_s[0], times_s[1]
