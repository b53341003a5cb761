"""Radial networks of towns, drawn from a seed: streets, feeders, ties, transformers, as MATPOWER cases.

Sizes and kinds are those that the literature on reconfiguration uses (70 buses behind two substations; 84 with eleven
feeders; 136 with twenty-one ties; 417; 873); every value is drawn here. The present state is not the best one.
"""

from __future__ import annotations

import math
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from models.network.planning import PlanningGrid
from substation.study.network_argument import asked_for


@dataclass(frozen=True, slots=True)
class Kind:
    """drop_pu: voltage drop to the farthest bus, roughly. exchanges: how far the present state is from the drawn one.

    couplers: sections without impedance. transformers: parallel ones of each substation; 0: its busbar is the source.
    outages: buses, branches and generators that are out of service.
    """

    buses: int
    substations: int
    feeders: int
    ties: int
    nominal_kv: float = 11.0
    drop_pu: float = 0.06
    exchanges: int = 4
    couplers: int = 0
    transformers: int = 0
    outages: int = 0


KINDS = {
    "hamlet": Kind(14, 1, 3, 4, couplers=1),
    "village": Kind(16, 2, 4, 4, couplers=1, transformers=2, outages=1),
    "das": Kind(70, 2, 4, 8, couplers=2),
    "taiwan": Kind(84, 1, 11, 13, nominal_kv=11.4, couplers=3),
    "taiwan_transformers": Kind(84, 1, 11, 13, nominal_kv=11.4, couplers=3, transformers=2, outages=2),
    "brazil": Kind(136, 1, 8, 21, nominal_kv=13.8, exchanges=8),
    "brazil_transformers": Kind(136, 2, 8, 21, nominal_kv=13.8, exchanges=8, couplers=4, transformers=2, outages=3),
    "large": Kind(417, 1, 12, 59, nominal_kv=10.0, exchanges=20, couplers=6),
    "larger": Kind(873, 1, 7, 27, nominal_kv=13.8, exchanges=12, couplers=6),
    "larger_transformers": Kind(873, 3, 14, 80, nominal_kv=20.0, exchanges=30, couplers=8, transformers=2, outages=4),
}
_OHM_PER_KM = ((0.16, 0.11), (0.32, 0.12), (0.64, 0.35), (1.10, 0.38))
"""Cables and overhead lines, by how much is behind them: more of the load, less resistance."""


@dataclass(slots=True)
class Section:
    """start, end: buses. A tie is open."""

    start: int
    end: int
    closed: bool = True
    resistance_ohm: float = 0.0
    reactance_ohm: float = 0.0


@dataclass(slots=True)
class Town:
    """Buses 0 to substations - 1 are the busbars. load: complex VA per bus."""

    kind: Kind
    place: list[tuple[float, float]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    load: list[complex] = field(default_factory=list)

    def case(self) -> str:
        """The text of a MATPOWER case."""
        return _Case(self).text()


def town(name: str, seed: int) -> Town:
    """The town of this kind and seed; random.Random draws the same on every machine and version."""
    kind, chance = KINDS[name], random.Random(f"{name} {seed}")
    drawn = Town(kind)
    drawn.place = [((1 + 2 * each) / (2 * kind.substations), 0.5) for each in range(kind.substations)]
    drawn.place += [(chance.random(), chance.random()) for _ in range(kind.buses - kind.substations)]
    _grow(drawn, chance)
    _tie(drawn, chance)
    drawn.load = [0j if number < kind.substations else _load(chance) for number in range(kind.buses)]
    _lay(drawn, chance)
    for _ in range(kind.exchanges):
        _exchange(drawn, chance)
    _scale(drawn)
    return drawn


def town_grid(name: str, seed: int) -> PlanningGrid:
    """As a study reads the town's file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}{seed}.m"
        file.write_text(town(name, seed).case())
        return asked_for(str(file), None).grid


def _load(chance: random.Random) -> complex:
    """A quarter of the buses are mere junctions."""
    if chance.random() < 0.25:
        return 0j
    power = chance.lognormvariate(0.0, 0.8)
    return complex(power, power * chance.uniform(0.3, 0.75))


def _distance(drawn: Town, one: int, other: int) -> float:
    return math.dist(drawn.place[one], drawn.place[other])


def _grow(drawn: Town, chance: random.Random) -> None:
    """Every feeder starts beside its busbar; then the nearest bus joins the feeder that has fewest beside it."""
    kind = drawn.kind
    feeder = {bus: -1 - bus for bus in range(kind.substations)}
    left = set(range(kind.substations, kind.buses))
    size = [0] * kind.feeders
    for number in range(kind.feeders):
        busbar = number % kind.substations
        near = sorted(left, key=lambda bus: _distance(drawn, bus, busbar))
        chosen = chance.choice(near[: 2 * kind.feeders])
        feeder[chosen] = number
        size[number] = 1
        left.discard(chosen)
        drawn.sections.append(Section(busbar, chosen))
    nearest = {bus: _nearest(drawn, bus, feeder, size) for bus in left}
    while left:
        bus = min(left, key=lambda each: nearest[each][0])
        above = nearest[bus][1]
        feeder[bus] = feeder[above]
        size[feeder[bus]] += 1
        left.discard(bus)
        drawn.sections.append(Section(above, bus))
        for each in left:
            cost = _distance(drawn, each, bus) * (1 + size[feeder[bus]] * kind.feeders / kind.buses)
            if cost < nearest[each][0]:
                nearest[each] = (cost, bus)


def _nearest(drawn: Town, bus: int, feeder: dict[int, int], size: list[int]) -> tuple[float, int]:
    return min((_distance(drawn, bus, each), each) for each in feeder if feeder[each] >= 0)


def _tie(drawn: Town, chance: random.Random) -> None:
    """Between neighbours that are far from each other along the feeders."""
    kind, beside = drawn.kind, _beside(drawn)
    used: dict[int, int] = {}
    offers = []
    for one in range(kind.substations, kind.buses):
        near = sorted(range(kind.substations, kind.buses), key=lambda bus: _distance(drawn, one, bus))[1:8]
        offers += [(_distance(drawn, one, bus) * chance.uniform(0.5, 2.0), one, bus) for bus in near if one < bus]
    for _, one, other in sorted(offers):
        ways = len(_way(beside, one, other))
        if len(drawn.sections) == kind.buses - kind.substations + kind.ties:
            return
        if ways > min(5, kind.buses // 8) and used.get(one, 0) < 2 and used.get(other, 0) < 2:
            used[one], used[other] = used.get(one, 0) + 1, used.get(other, 0) + 1
            drawn.sections.append(Section(one, other, closed=False))
    raise AssertionError("no room for so many ties")


def _beside(drawn: Town) -> dict[int, list[tuple[int, int]]]:
    """Per bus its neighbours over closed sections, with the section; all busbars are neighbours of bus -1."""
    beside: dict[int, list[tuple[int, int]]] = {-1: []}
    for number, each in enumerate(drawn.sections):
        if each.closed:
            beside.setdefault(each.start, []).append((each.end, number))
            beside.setdefault(each.end, []).append((each.start, number))
    for busbar in range(drawn.kind.substations):
        beside[-1].append((busbar, -1))
        beside.setdefault(busbar, []).append((-1, -1))
    return beside


def _way(beside: dict[int, list[tuple[int, int]]], start: int, end: int) -> list[int]:
    """Sections between two buses, without those that are none (-1)."""
    came: dict[int, tuple[int, int]] = {start: (start, -1)}
    waiting = [start]
    for bus in waiting:
        for other, section in beside[bus]:
            if other not in came:
                came[other] = (bus, section)
                waiting.append(other)
    way = []
    while end != start:
        end, section = came[end]
        way += [section] if section >= 0 else []
    return way


def _lay(drawn: Town, chance: random.Random) -> None:
    """Lengths are those of the places, on a map of 1 km per 15 buses; the first sections are the thickest."""
    scale_km = math.sqrt(drawn.kind.buses / 15)
    behind, total = _behind(drawn), sum(drawn.load)
    for number, each in enumerate(drawn.sections):
        share = abs(behind.get(number, 0j)) / abs(total) * drawn.kind.feeders
        size = 0 if share > 0.5 else 1 if share > 0.2 else chance.choice((1, 2, 2, 3))
        length_km = _distance(drawn, each.start, each.end) * scale_km * chance.uniform(1.0, 1.6)
        each.resistance_ohm, each.reactance_ohm = (length_km * ohm for ohm in _OHM_PER_KM[size])
    for number in chance.sample(range(len(drawn.sections)), drawn.kind.couplers):
        drawn.sections[number].resistance_ohm = drawn.sections[number].reactance_ohm = 0.0


def _order(drawn: Town) -> list[tuple[int, int, int]]:
    """(bus, bus above, section), from the busbars down."""
    beside = _beside(drawn)
    order, seen = [(bus, -1, -1) for bus in range(drawn.kind.substations)], {-1, *range(drawn.kind.substations)}
    for bus, _, _ in order:
        for other, section in beside[bus]:
            if other not in seen:
                seen.add(other)
                order.append((other, bus, section))
    return order


def _behind(drawn: Town) -> dict[int, complex]:
    """Load behind each closed section."""
    load, behind = list(drawn.load), dict[int, complex]()
    for bus, above, section in reversed(_order(drawn)):
        if section >= 0:
            behind[section] = load[bus]
            load[above] += load[bus]
    return behind


def _exchange(drawn: Town, chance: random.Random) -> None:
    """Close a tie, open a section near it on the way round."""
    tie = chance.choice([each for each in drawn.sections if not each.closed])
    way = _way(_beside(drawn), tie.start, tie.end)
    opened = chance.choice([*way[:4], *way[-4:]])
    tie.closed, drawn.sections[opened].closed = True, False


def _scale(drawn: Town) -> None:
    """Loads such that the voltage falls as far as the kind says, reckoned without losses."""
    behind, drop = _behind(drawn), {-1: 0.0}
    volt2 = (drawn.kind.nominal_kv * 1e3) ** 2
    for bus, above, section in _order(drawn):
        drop[bus] = 0.0 if section < 0 else drop[above]
        if section >= 0:
            each, power = drawn.sections[section], behind[section]
            drop[bus] += (each.resistance_ohm * power.real + each.reactance_ohm * power.imag) / volt2
    factor = drawn.kind.drop_pu / max(drop.values())
    drawn.load = [power * factor for power in drawn.load]


@dataclass(slots=True)
class _Case:
    """Buses are numbered from 1, behind them what is at high voltage, then what is out of service."""

    drawn: Town

    def text(self) -> str:
        kind = self.drawn.kind
        return "\n".join(
            [
                f"function mpc = town{kind.buses}",
                "mpc.version = '2';",
                "mpc.baseMVA = 1;",
                *_table("bus", self._buses()),
                *_table("gen", self._generators()),
                *_table("branch", self._branches()),
                "",
            ]
        )

    def _source(self, busbar: int) -> int:
        return busbar + 1 if not self.drawn.kind.transformers else self.drawn.kind.buses + 1

    def _buses(self) -> list[tuple[object, ...]]:
        kind, last = self.drawn.kind, self.drawn.kind.buses + bool(self.drawn.kind.transformers)
        rows: list[tuple[object, ...]] = []
        for number, power in enumerate(self.drawn.load, start=1):
            is_source = not kind.transformers and number <= kind.substations
            rows.append(_bus(number, 3 if is_source else 1, power, kind.nominal_kv))
        if kind.transformers:
            rows.append(_bus(last, 3, 0j, 110.0))
        rows += [_bus(last + each, 4, complex(5e5, 1e5), kind.nominal_kv) for each in range(1, kind.outages + 1)]
        return rows

    def _generators(self) -> list[tuple[object, ...]]:
        kind = self.drawn.kind
        places = sorted({self._source(busbar) for busbar in range(kind.substations)})
        rows: list[tuple[object, ...]] = [(bus, 0, 0, 99, -99, 1.0, 1, 1, 99, 0) for bus in places]
        return rows + [(kind.substations + each, 9, 3, 9, -9, 1.0, 1, 0, 9, 0) for each in range(1, kind.outages + 1)]

    def _branches(self) -> list[tuple[object, ...]]:
        kind, last = self.drawn.kind, self.drawn.kind.buses + bool(self.drawn.kind.transformers)
        base_ohm = kind.nominal_kv**2
        rows: list[tuple[object, ...]] = [
            _branch(
                each.start + 1, each.end + 1, each.resistance_ohm / base_ohm, each.reactance_ohm / base_ohm, each.closed
            )
            for each in self.drawn.sections
        ]
        total_mva = abs(sum(self.drawn.load)) / 1e6
        for busbar in range(kind.substations if kind.transformers else 0):
            reactance = 0.12 * kind.transformers * kind.substations / (1.5 * total_mva)
            rows += [_branch(last, busbar + 1, reactance / 20, reactance, True, 0.98)] * kind.transformers
        rows += [_branch(each, last + each, 1e-3, 1e-3, True) for each in range(1, kind.outages + 1)]
        return rows


def _bus(number: int, kind: int, power: complex, nominal_kv: float) -> tuple[object, ...]:
    return (number, kind, power.real / 1e6, power.imag / 1e6, 0, 0, 1, 1, 0, nominal_kv, 1, 1.1, 0.8)


def _branch(start: int, end: int, r: float, x: float, closed: bool, ratio: float = 0) -> tuple[object, ...]:
    return (start, end, r, x, 0, 0, 0, 0, ratio, 0, int(closed), -360, 360)


def _table(name: str, rows: list[tuple[object, ...]]) -> list[str]:
    body = [" " + " ".join(f"{each:.9g}" if isinstance(each, float) else str(each) for each in row) for row in rows]
    return [f"mpc.{name} = [", *(f"{row};" for row in body), "];"]
