"""A grid as studies see it: buses and branches that one operation connects or cuts off (CIM topological nodes).

Readers of foreign files and of network.json make it; substation.grid.radial turns it into arrays. SI units; load is
positive as consumption, generation positive as production. Ids are those that the user knows: a MATPOWER bus number or
branch row, pandapower `line:12` or `switch:45`, an SCL path.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanningBus:
    """shunt_*: at nominal voltage, susceptance positive as capacitor. Customers count those behind the load.

    converters_w: the part of generation_w behind converters, which feed a short circuit with little more than their
    rated current; the rest may be rotating machines.
    """

    id: str
    nominal_voltage_v: float
    voltage_min_pu: float
    voltage_max_pu: float
    load_w: float = 0.0
    load_var: float = 0.0
    generation_w: float = 0.0
    generation_var: float = 0.0
    converters_w: float = 0.0
    shunt_w: float = 0.0
    shunt_var: float = 0.0
    customers: int = 0
    critical_customers: int = 0


@dataclass(frozen=True, slots=True)
class PlanningBranch:
    """A line, transformer or switch. from_bus, to_bus: positions in `buses`.

    Impedance at the to side: series impedance and the whole shunt admittance of a pi element behind an ideal
    transformer `ratio` (turns over nominal voltages, with its phase shift) on the from side. A closed switch without
    impedance has none. rated_a: at the to side, inf where the data state none. opened_by, closed_by: what has to be
    operated to cut it off or to connect it, '' where nothing can. remote: that has remote control.
    """

    id: str
    from_bus: int
    to_bus: int
    resistance_ohm: float
    reactance_ohm: float
    closed: bool
    susceptance_s: float = 0.0
    ratio: complex = 1.0
    rated_a: float = math.inf
    opened_by: str = ""
    closed_by: str = ""
    remote: bool = True
    transformer: bool = False
    conductance_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanningSource:
    """Stiff voltage behind an impedance at its bus (position in `buses`); 0 ohm: an ideal one."""

    id: str
    bus: int
    voltage_pu: float
    resistance_ohm: float = 0.0
    reactance_ohm: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanningSwitch:
    """A device that cuts a branch (position in `branches`) at `ends`, one or both of its buses (positions in `buses`).

    What lies between a branch and its end without a device stays joined with the bus there when the branch is cut off.
    """

    id: str
    branch: int
    ends: tuple[int, ...]
    closed: bool
    remote: bool = True
    breaker: bool = False


@dataclass(frozen=True, slots=True)
class PlanningGrid:
    """A whole grid. findings: in words what the data lacked or had strange, and what was taken instead.

    switches: every device; a file without devices is completed by models.network.switches. indicated: branch and bus
    (positions) of every place with a fault passage indicator, empty where the file says nothing of any.
    """

    name: str
    frequency_hz: float
    buses: tuple[PlanningBus, ...]
    branches: tuple[PlanningBranch, ...]
    sources: tuple[PlanningSource, ...]
    findings: tuple[str, ...] = ()
    switches: tuple[PlanningSwitch, ...] = ()
    indicated: tuple[tuple[int, int], ...] = ()
