"""From pandapower's tables to a planning grid. Ids are pandapower's: `bus:7`, `line:12`, `trafo:3`, `switch:45`.

Switches at line ends and transformers are the devices of their branch; those between two buses are branches of their
own. A network without any switch has its lines out of service as open ties. A transformer of three windings is a star
around an inner bus: `trafo3w:0/hv`, `trafo3w:0/mv`, `trafo3w:0/lv`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from models.errors import ConfigError
from models.network.pandapower_injections import KINDS, Injected, Injections, injections
from models.network.pandapower_rows import Row, in_service, rows
from models.network.pandapower_transformers import Ends, three_windings, two_windings
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource, PlanningSwitch
from models.network.soundness import named

VOLTAGE_MIN_PU, VOLTAGE_MAX_PU = 0.90, 1.10

_READ = frozenset({"bus", "line", "trafo", "trafo3w", "impedance", "switch", "ext_grid", *KINDS})
_WITHOUT_INFLUENCE = frozenset({"controller", "measurement", "bus_dc"})
_REMEDY = "replace them by loads, generators, lines and transformers"
_NO_LIMIT_KA = 1e4
_SIDES = ("hv", "mv", "lv")


@dataclass(slots=True)
class _Reading:
    """place: by bus index, of those in service. stars: by the index of a transformer of three windings."""

    net: Any
    file: str
    injected: Injections
    place: dict[int, int] = field(default_factory=dict)
    stars: dict[int, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def nominal_kv(self, bus: int) -> float:
        return self.injected.nominal_kv[bus]

    def bus(self, row: Row, key: str) -> int:
        return row.bus(key, self.injected.nominal_kv.keys())

    def joined(self, row: Row, *keys: str) -> bool:
        """Whether all these buses are in service; ConfigError where one is none."""
        return self.place.keys() >= {self.bus(row, key) for key in keys}


def planning_grid(net: Any, name: str, file: str) -> PlanningGrid:
    """The grid of a pandapower network. ConfigError: the element and cell that makes no sense, or elements that are
    not read and change the result."""
    _refuse_others(net, file)
    nominal_kv = {row.index: row.above_zero("vn_kv") for row in rows(net, "bus", file)}
    reading = _Reading(net, file, injections(net, file, nominal_kv))
    buses = [*_buses(reading), *_stars(reading)]
    branches = [*_lines(reading), *_transformers(reading), *_impedances(reading), *_couplers(reading)]
    switches = tuple(_switches(reading, branches))
    return PlanningGrid(
        name=name,
        frequency_hz=_frequency_hz(net, file),
        buses=tuple(buses),
        branches=_opened(branches, switches),
        sources=tuple(_sources(reading)),
        findings=(*reading.injected.findings, *reading.findings),
        switches=switches,
    )


def _refuse_others(net: Any, file: str) -> None:
    for table, content in net.items():
        element = not table.startswith(("_", "res_")) and "in_service" in getattr(content, "columns", ())
        if element and table not in _READ and table not in _WITHOUT_INFLUENCE:
            found = [row.id for row in in_service(net, table, file)]
            if found:
                raise ConfigError(file, None, f"not read, but in service: {named(table, found)}", _REMEDY)


def _frequency_hz(net: Any, file: str) -> float:
    value = net.get("f_hz", 50.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigError(file, None, f"f_hz is {value!r:.40}", "write the frequency in Hz")
    return float(value)


def _si(value: float) -> float:
    return float(f"{value:.12g}")


def _buses(reading: _Reading) -> Iterator[PlanningBus]:
    senseless = []
    fed = {reading.bus(row, "bus") for row in in_service(reading.net, "ext_grid", reading.file)}
    for row in in_service(reading.net, "bus", reading.file):
        lowest, highest = row.number("min_vm_pu", VOLTAGE_MIN_PU), row.number("max_vm_pu", VOLTAGE_MAX_PU)
        if not 0 <= lowest < highest or highest > 2:
            senseless += [] if row.index in fed else [row.id]
            lowest, highest = VOLTAGE_MIN_PU, VOLTAGE_MAX_PU
        reading.place[row.index] = len(reading.place)
        yield _bus(row, lowest, highest, reading.injected.at.get(row.index, Injected()))
    if senseless:
        taken = f"{VOLTAGE_MIN_PU:.2f} to {VOLTAGE_MAX_PU:.2f} p.u. taken"
        reading.findings.append(f"no voltage limits that make sense, {taken}: {named('bus', senseless)}")


def _bus(row: Row, lowest: float, highest: float, injected: Injected) -> PlanningBus:
    return PlanningBus(
        id=row.id,
        nominal_voltage_v=_si(row.above_zero("vn_kv") * 1e3),
        voltage_min_pu=lowest,
        voltage_max_pu=highest,
        load_w=injected.load.real,
        load_var=injected.load.imag,
        generation_w=injected.generation.real,
        generation_var=injected.generation.imag,
        converters_w=injected.converters_w,
        shunt_w=injected.shunt.real,
        shunt_var=injected.shunt.imag,
    )


def _stars(reading: _Reading) -> Iterator[PlanningBus]:
    """Inner buses, without limits: nothing is connected there."""
    for row in in_service(reading.net, "trafo3w", reading.file):
        if reading.joined(row, *(f"{side}_bus" for side in _SIDES)):
            reading.stars[row.index] = len(reading.place) + len(reading.stars)
            nominal_v = _si(reading.nominal_kv(reading.bus(row, "hv_bus")) * 1e3)
            yield PlanningBus(f"{row.id}/star", nominal_v, 0.0, math.inf)


def _lines(reading: _Reading) -> Iterator[PlanningBranch]:
    """Lines in service; where the network has no switches also those out of service, as open ties."""
    without_switches = not any(rows(reading.net, "switch", reading.file))
    omega = 2 * math.pi * _frequency_hz(reading.net, reading.file)
    for row in rows(reading.net, "line", reading.file):
        closed = row.truth("in_service", True)
        if not (closed or without_switches) or not reading.joined(row, "from_bus", "to_bus"):
            continue
        length_km, parallel = row.at_least(0.0, "length_km"), row.above_zero("parallel", 1.0)
        rated_ka = row.current_ka("max_i_ka") * row.above_zero("df", 1.0) * parallel
        susceptance_s = omega * row.number("c_nf_per_km", 0.0) * 1e-9 * length_km * parallel
        yield PlanningBranch(
            id=row.id,
            from_bus=_place(reading, row, "from_bus"),
            to_bus=_place(reading, row, "to_bus"),
            resistance_ohm=_si(row.number("r_ohm_per_km") * length_km / parallel),
            reactance_ohm=_si(row.number("x_ohm_per_km") * length_km / parallel),
            closed=closed,
            susceptance_s=_si(susceptance_s),
            rated_a=_rated_a(rated_ka),
            opened_by=row.id,
            closed_by=row.id,
            conductance_s=_si(row.number("g_us_per_km", 0.0) * 1e-6 * length_km * parallel),
        )


def _place(reading: _Reading, row: Row, key: str) -> int:
    return reading.place[reading.bus(row, key)]


def _rated_a(rated_ka: float) -> float:
    return _si(rated_ka * 1e3) if 0 < rated_ka < _NO_LIMIT_KA else math.inf


def _transformers(reading: _Reading) -> Iterator[PlanningBranch]:
    for row in in_service(reading.net, "trafo", reading.file):
        if reading.joined(row, "hv_bus", "lv_bus"):
            yield two_windings(row, _ends(reading, row, "hv_bus", "lv_bus"), reading.findings)
    for row in in_service(reading.net, "trafo3w", reading.file):
        if row.index in reading.stars:
            outer = {}
            for side in _SIDES:
                bus = reading.bus(row, f"{side}_bus")
                outer[side] = reading.place[bus], reading.nominal_kv(bus)
            yield from three_windings(row, reading.stars[row.index], outer, reading.findings)


def _ends(reading: _Reading, row: Row, start: str, end: str) -> Ends:
    buses = reading.bus(row, start), reading.bus(row, end)
    return Ends(*(reading.place[bus] for bus in buses), *(reading.nominal_kv(bus) for bus in buses))


def _impedances(reading: _Reading) -> Iterator[PlanningBranch]:
    """Those that are the same from both sides: per unit of each bus's nominal voltage and of their own power."""
    for row in in_service(reading.net, "impedance", reading.file):
        if not reading.joined(row, "from_bus", "to_bus"):
            continue
        for key in ("r{}_pu", "x{}_pu"):
            if row.number(key.format("ft")) != row.number(key.format("tf")):
                raise row.error("it differs from one side to the other", "replace it by lines and transformers")
        for key in ("g{}_pu", "b{}_pu"):
            if row.number(key.format("f"), 0.0) != row.number(key.format("t"), 0.0):
                raise row.error("it differs from one side to the other", "replace it by lines and transformers")
        ends = _ends(reading, row, "from_bus", "to_bus")
        base_ohm = ends.to_kv**2 / row.above_zero("sn_mva")
        yield PlanningBranch(
            id=row.id,
            from_bus=ends.from_bus,
            to_bus=ends.to_bus,
            resistance_ohm=_si(row.number("rft_pu") * base_ohm),
            reactance_ohm=_si(row.number("xft_pu") * base_ohm),
            closed=True,
            susceptance_s=_si(2 * row.number("bf_pu", 0.0) / base_ohm),
            opened_by=row.id,
            closed_by=row.id,
            transformer=ends.from_kv != ends.to_kv,
            conductance_s=_si(2 * row.number("gf_pu", 0.0) / base_ohm),
        )


def _couplers(reading: _Reading) -> Iterator[PlanningBranch]:
    """Switches between two buses."""
    for row in rows(reading.net, "switch", reading.file):
        if row.text("et") == "b" and reading.joined(row, "bus", "element"):
            yield PlanningBranch(
                id=row.id,
                from_bus=_place(reading, row, "bus"),
                to_bus=_place(reading, row, "element"),
                resistance_ohm=_si(row.number("z_ohm", 0.0)),
                reactance_ohm=0.0,
                closed=row.truth("closed", True),
                rated_a=_rated_a(row.current_ka("in_ka")),
                opened_by=row.id,
                closed_by=row.id,
            )


_OF_BRANCH = {"l": "line", "t": "trafo", "t3": "trafo3w"}


def _switches(reading: _Reading, branches: list[PlanningBranch]) -> Iterator[PlanningSwitch]:
    at = {branch.id: number for number, branch in enumerate(branches)}
    for row in rows(reading.net, "switch", reading.file):
        closed, breaker, kind = row.truth("closed", True), row.text("type") == "CB", row.text("et")
        if kind == "b" and row.id in at:
            branch = branches[at[row.id]]
            yield PlanningSwitch(row.id, at[row.id], (branch.from_bus, branch.to_bus), closed, breaker=breaker)
        elif kind in _OF_BRANCH:
            bus = reading.bus(row, "bus")
            found = _switched(reading, row, f"{_OF_BRANCH[kind]}:{row.whole('element')}", at, branches)
            if found is not None:
                yield PlanningSwitch(row.id, found, (reading.place[bus],), closed, breaker=breaker)
        elif kind != "b":
            raise row.error("belongs to neither a line, a transformer nor two buses", "remove it")


def _switched(
    reading: _Reading, row: Row, element: str, at: dict[str, int], branches: list[PlanningBranch]
) -> int | None:
    """The branch that a switch cuts; None where that is out of service."""
    names = [element, *(f"{element}/{side}" for side in _SIDES)]
    found = [at[name] for name in names if name in at]
    if not found:
        return None
    place = reading.place.get(reading.bus(row, "bus"))
    ending = [each for each in found if place in (branches[each].from_bus, branches[each].to_bus)]
    if not ending:
        raise row.error(f"{element} does not end at bus {row.whole('bus')}", "name one of its buses")
    return ending[0]


def _opened(branches: list[PlanningBranch], switches: tuple[PlanningSwitch, ...]) -> tuple[PlanningBranch, ...]:
    open_ones = {switch.branch for switch in switches if not switch.closed}
    return tuple(
        replace(branch, closed=branch.closed and number not in open_ones) for number, branch in enumerate(branches)
    )


def _sources(reading: _Reading) -> Iterator[PlanningSource]:
    """Ideal, as pandapower's power flow takes them; two at one bus are one."""
    seen = set()
    for row in in_service(reading.net, "ext_grid", reading.file):
        bus = reading.bus(row, "bus")
        if bus in reading.place and bus not in seen:
            seen.add(bus)
            yield PlanningSource(f"bus:{bus}", reading.place[bus], row.above_zero("vm_pu", 1.0))
