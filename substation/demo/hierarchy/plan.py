"""Which units, customers and meters a hierarchy has, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from models.errors import ConfigError
from substation.level import Level

MOST_CUSTOMERS = 5000


@dataclass(frozen=True, slots=True)
class Shape:
    """How many there are of each. between: units of a further level between MVGMU and LVGMU; 0: no such level.

    period_s: of the encrypted sums. live_s: of all other sums, and the contract's rate. fast_s: of readings to the
    customer's unit. silence_s: after which a unit below is silent. speed: of the day's profile.
    """

    mvgmus: int = 2
    lvgmus: int = 20
    customers: int = 400
    between: int = 0
    seed: int = 1
    period_s: int = 60
    live_s: int = 20
    fast_s: float = 10.0
    silence_s: float = 60.0
    speed: float = 1.0

    def __post_init__(self) -> None:
        counts = (self.mvgmus, *([self.between] if self.between else []), self.lvgmus, self.customers)
        if min(counts) < 1 or self.between < 0 or self.customers > MOST_CUSTOMERS:
            raise ConfigError("command line", None, f"no hierarchy of {counts} units", "at least one of each level")
        if any(lower < upper for upper, lower in zip(counts, counts[1:], strict=False)):
            problem = f"a level has fewer units than the one above it: {counts}"
            raise ConfigError("command line", None, problem, "give every unit at least one below")


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """A household: its unit, the stakeholder who owns its data, its meter, and its devices in W (0: none)."""

    unit: str
    owner: str
    meter: str
    annual_kwh: int
    pv_w: int
    ev_w: int
    heat_pump_w: int


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """children: names of the units below. customers: whose meters report to this unit; at a CMU its own."""

    name: str
    level: Level
    parent: str
    children: tuple[str, ...]
    customers: tuple[CustomerPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Units from the top down; customers in the order of their numbers."""

    shape: Shape
    units: tuple[UnitPlan, ...]
    customers: tuple[CustomerPlan, ...]

    def unit(self, name: str) -> UnitPlan:
        return next(unit for unit in self.units if unit.name == name)

    def of_level(self, level: Level) -> tuple[UnitPlan, ...]:
        return tuple(unit for unit in self.units if unit.level is level)

    def is_between(self, unit: UnitPlan) -> bool:
        """Whether it is of the further level."""
        return unit.level is Level.MVGMU and unit.parent != self.top.name

    @property
    def top(self) -> UnitPlan:
        return self.units[0]

    @property
    def cabled(self) -> UnitPlan:
        """The customer's unit whose link to its parent can be cut."""
        return self.units[-1]


TOP = "TL1"


def make_plan(shape: Shape) -> Plan:
    """The same for the same shape: devices are drawn from its seed."""
    random = Random(shape.seed)
    customers = tuple(_customer(number, random) for number in range(1, shape.customers + 1))
    rows = [[TOP], _names("MV", shape.mvgmus)]
    if shape.between:
        rows.append(_names("AREA", shape.between))
    rows += [_names("LV", shape.lvgmus), [customer.unit for customer in customers]]
    return Plan(shape, tuple(_units(rows, customers)), customers)


def _units(rows: list[list[str]], customers: tuple[CustomerPlan, ...]) -> Iterator[UnitPlan]:
    levels = [Level.TLGMU, *[Level.MVGMU] * (len(rows) - 3), Level.LVGMU, Level.CMU]
    of_unit = {customer.unit: customer for customer in customers}
    parent_of = {TOP: ""}
    for number, (names, level) in enumerate(zip(rows, levels, strict=True)):
        below = rows[number + 1] if number + 1 < len(rows) else []
        children = _shares(below, len(names))
        for name, mine in zip(names, children, strict=True):
            parent_of.update(dict.fromkeys(mine, name))
            own = [name] if level is Level.CMU else mine if level is Level.LVGMU else []
            yield UnitPlan(name, level, parent_of[name], tuple(mine), tuple(of_unit[unit] for unit in own))


def _shares(names: list[str], parts: int) -> list[list[str]]:
    """As equal as possible, neighbours together."""
    edges = [round(part * len(names) / parts) for part in range(parts + 1)]
    return [names[start:end] for start, end in zip(edges, edges[1:], strict=False)]


def _names(prefix: str, count: int) -> list[str]:
    width = max(2, len(str(count))) if count > 9 else 1
    return [f"{prefix}{number:0{width}}" for number in range(1, count + 1)]


def _customer(number: int, random: Random) -> CustomerPlan:
    """Every fourth has a heat pump, of the others a third photovoltaics; a fifth has a charging station."""
    heat_pump_w = 2500 if number % 4 == 3 else 0
    pv_w = random.choice((0, 0, random.randrange(3000, 12_000, 500)))
    return CustomerPlan(
        unit=f"CMU{number:03}",
        owner=f"CUST{number:03}",
        meter=f"SM{number:03}",
        annual_kwh=random.randrange(1800, 5200, 100),
        pv_w=0 if heat_pump_w else pv_w,
        ev_w=random.choice((0, 0, 0, 0, 11_000)),
        heat_pump_w=heat_pump_w,
    )
