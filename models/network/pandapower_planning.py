"""From pandapower's tables to a planning grid. Ids are pandapower's: `bus:7`, `line:12`, `trafo:3`, `switch:45`.

Switches at line ends and transformers are the devices of their branch; those between two buses are branches of their
own. A network without any switch has its lines out of service as open ties.
"""

from __future__ import annotations

import cmath
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from models.errors import ConfigError
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource, PlanningSwitch
from models.network.soundness import named

VOLTAGE_MIN_PU, VOLTAGE_MAX_PU = 0.90, 1.10

_READ = ("bus", "line", "trafo", "switch", "ext_grid", "load", "sgen", "gen", "storage", "shunt", "ward")
_WITHOUT_INFLUENCE = ("controller", "measurement", "bus_dc")
_REMEDY = "replace them by loads, generators, lines and two-winding transformers"


@dataclass(slots=True)
class _Reading:
    net: Any
    file: str
    place: dict[int, int] = field(default_factory=dict)
    power: dict[int, list[complex]] = field(default_factory=lambda: defaultdict(lambda: [0j, 0j, 0j, 0j]))
    findings: list[str] = field(default_factory=list)


_LOAD, _GENERATION, _SHUNT, _CONVERTERS = range(4)
"""Positions in `_Reading.power`, VA at a bus; shunts with susceptance positive as capacitor, converters as part of the
generation."""


def planning_grid(net: Any, name: str, file: str) -> PlanningGrid:
    """The grid of a pandapower network. ConfigError for elements that are not read and change the result."""
    reading = _Reading(net, file)
    _refuse_others(reading)
    _injections(reading)
    buses = tuple(_buses(reading))
    branches = [*_lines(reading), *_transformers(reading), *_couplers(reading)]
    switches = tuple(_switches(reading, branches)) if len(net.switch) else ()
    return PlanningGrid(
        name=name,
        frequency_hz=float(net.f_hz),
        buses=buses,
        branches=_opened(branches, switches),
        sources=tuple(_sources(reading)),
        findings=tuple(reading.findings),
        switches=switches,
    )


def _refuse_others(reading: _Reading) -> None:
    for table, content in reading.net.items():
        element = not table.startswith(("_", "res_")) and "in_service" in getattr(content, "columns", ())
        if element and table not in (*_READ, *_WITHOUT_INFLUENCE) and content.in_service.any():
            problem = f"the network has {int(content.in_service.sum())} elements of kind '{table}', which are not read"
            raise ConfigError(reading.file, None, problem, _REMEDY)


def _rows(reading: _Reading, table: str) -> Iterator[tuple[int, Any]]:
    """Rows in service in the order of their index."""
    for number, row in reading.net[table].sort_index().iterrows():
        if row.get("in_service", True):
            yield int(number), row


def _number(value: Any, default: float) -> float:
    """A cell's number, the default where pandapower leaves it empty."""
    return default if value is None or isinstance(value, str) or math.isnan(value) else float(value)


def _si(value: float) -> float:
    return float(f"{value:.12g}")


def _va(row: Any, active: str, reactive: str, factor: float) -> complex:
    return complex(
        _si(_number(row.get(active), 0.0) * factor * 1e6), _si(_number(row.get(reactive), 0.0) * factor * 1e6)
    )


def _injections(reading: _Reading) -> None:
    for table, add in _INJECTIONS.items():
        for number, row in _rows(reading, table):
            add(reading, number, row)


def _load(reading: _Reading, number: int, row: Any) -> None:
    _signed(reading, int(row.bus), _va(row, "p_mw", "q_mvar", _number(row.get("scaling"), 1.0)))
    if any(_number(row.get(key), 0.0) for key in row.index if key.startswith("const_")):
        reading.findings.append(f"load {number} depends on the voltage: reckoned as constant power")


def _static_generator(reading: _Reading, number: int, row: Any) -> None:
    delivered = _va(row, "p_mw", "q_mvar", _number(row.get("scaling"), 1.0))
    _signed(reading, int(row.bus), -delivered)
    if row.get("current_source", True) and delivered.real > 0:
        reading.power[int(row.bus)][_CONVERTERS] += delivered.real


def _generator(reading: _Reading, number: int, row: Any) -> None:
    _signed(reading, int(row.bus), -_va(row, "p_mw", "q_mvar", _number(row.get("scaling"), 1.0)))
    finding = f"gen {number} holds the voltage of bus:{int(row.bus)}: reckoned with its active power alone"
    reading.findings.append(finding)


def _signed(reading: _Reading, bus: int, drawn: complex) -> None:
    """What is drawn is load, what is delivered generation."""
    if drawn.real < 0 or (drawn.real == 0 and drawn.imag < 0):
        reading.power[bus][_GENERATION] -= drawn
    else:
        reading.power[bus][_LOAD] += drawn


def _shunt(reading: _Reading, number: int, row: Any) -> None:
    """p_mw, q_mvar: at the shunt's own rated voltage; q positive as a coil."""
    nominal_kv = float(reading.net.bus.vn_kv.at[int(row.bus)])
    factor = _number(row.get("step"), 1.0) * (nominal_kv / _number(row.get("vn_kv"), nominal_kv)) ** 2
    reading.power[int(row.bus)][_SHUNT] += _va(row, "p_mw", "q_mvar", factor).conjugate()


def _ward(reading: _Reading, number: int, row: Any) -> None:
    _signed(reading, int(row.bus), _va(row, "ps_mw", "qs_mvar", 1.0))
    reading.power[int(row.bus)][_SHUNT] += _va(row, "pz_mw", "qz_mvar", 1.0).conjugate()


_INJECTIONS: dict[str, Callable[[_Reading, int, Any], None]] = {
    "load": _load,
    "sgen": _static_generator,
    "gen": _generator,
    "storage": _load,
    "shunt": _shunt,
    "ward": _ward,
}


def _buses(reading: _Reading) -> Iterator[PlanningBus]:
    senseless = []
    fed = {int(row.bus) for _, row in _rows(reading, "ext_grid")}
    for number, row in _rows(reading, "bus"):
        lowest, highest = _number(row.get("min_vm_pu"), VOLTAGE_MIN_PU), _number(row.get("max_vm_pu"), VOLTAGE_MAX_PU)
        if not 0 <= lowest < highest or highest > 2:
            senseless += [] if number in fed else [f"bus:{number}"]
            lowest, highest = VOLTAGE_MIN_PU, VOLTAGE_MAX_PU
        load, generation, shunt, converters = reading.power.get(number, (0j, 0j, 0j, 0j))
        reading.place[number] = len(reading.place)
        yield PlanningBus(
            id=f"bus:{number}",
            nominal_voltage_v=_si(float(row.vn_kv) * 1e3),
            voltage_min_pu=lowest,
            voltage_max_pu=highest,
            load_w=load.real,
            load_var=load.imag,
            generation_w=generation.real,
            generation_var=generation.imag,
            converters_w=converters.real,
            shunt_w=shunt.real,
            shunt_var=shunt.imag,
        )
    if senseless:
        taken = f"{VOLTAGE_MIN_PU:.2f} to {VOLTAGE_MAX_PU:.2f} p.u. taken"
        reading.findings.append(f"no voltage limits that make sense, {taken}: {named('bus', senseless)}")


def _joined(reading: _Reading, one: int, other: int) -> bool:
    return one in reading.place and other in reading.place


def _lines(reading: _Reading) -> Iterator[PlanningBranch]:
    """Lines in service; where the network has no switches also those out of service, as open ties."""
    without_switches = not len(reading.net.switch)
    omega = 2 * math.pi * float(reading.net.f_hz)
    for number, row in reading.net.line.sort_index().iterrows():
        start, end = int(row.from_bus), int(row.to_bus)
        if not (row.in_service or without_switches) or not _joined(reading, start, end):
            continue
        length_km, parallel = float(row.length_km), float(row.parallel)
        rated_ka = _number(row.get("max_i_ka"), math.inf) * _number(row.get("df"), 1.0) * parallel
        name = f"line:{int(number)}"
        yield PlanningBranch(
            id=name,
            from_bus=reading.place[start],
            to_bus=reading.place[end],
            resistance_ohm=_si(float(row.r_ohm_per_km) * length_km / parallel),
            reactance_ohm=_si(float(row.x_ohm_per_km) * length_km / parallel),
            closed=bool(row.in_service),
            susceptance_s=_si(omega * float(row.c_nf_per_km) * 1e-9 * length_km * parallel),
            rated_a=_si(rated_ka * 1e3) if 0 < rated_ka < 1e4 else math.inf,
            opened_by=name,
            closed_by=name,
            conductance_s=_si(_number(row.get("g_us_per_km"), 0.0) * 1e-6 * length_km * parallel),
        )


def _transformers(reading: _Reading) -> Iterator[PlanningBranch]:
    for number, row in _rows(reading, "trafo"):
        if _joined(reading, int(row.hv_bus), int(row.lv_bus)):
            yield _transformer(reading, int(number), row)


def _transformer(reading: _Reading, number: int, row: Any) -> PlanningBranch:
    """The T element of pandapower as pi element; at the LV side, whose rated voltage its own taps move."""
    high_kv, low_kv = _tapped(reading, number, row)
    parallel, rated_mva = float(row.parallel), float(row.sn_mva)
    base_ohm = low_kv**2 / (rated_mva * parallel)
    resistance = float(row.vkr_percent) / 100
    reactance = math.sqrt(max((float(row.vk_percent) / 100) ** 2 - resistance**2, 0.0))
    iron = float(row.pfe_kw) / 1e3 / rated_mva
    magnetising = complex(iron, -math.sqrt(max((float(row.i0_percent) / 100) ** 2 - iron**2, 0.0)))
    quarter = 1 + complex(resistance, reactance) * magnetising / 4
    series, shunt = complex(resistance, reactance) * quarter * base_ohm, magnetising / quarter / base_ohm
    bus = reading.net.bus.vn_kv
    turns = high_kv / low_kv * float(bus.at[int(row.lv_bus)]) / float(bus.at[int(row.hv_bus)])
    # the tighter of both windings, seen from the LV side
    rated_ka = (
        rated_mva * parallel / math.sqrt(3) * min(1 / float(row.vn_lv_kv), high_kv / low_kv / float(row.vn_hv_kv))
    )
    name = f"trafo:{number}"
    return PlanningBranch(
        id=name,
        from_bus=reading.place[int(row.hv_bus)],
        to_bus=reading.place[int(row.lv_bus)],
        resistance_ohm=_si(series.real),
        reactance_ohm=_si(series.imag),
        closed=True,
        susceptance_s=_si(shunt.imag),
        ratio=cmath.rect(turns, math.radians(_number(row.get("shift_degree"), 0.0))),
        rated_a=_si(rated_ka * _number(row.get("df"), 1.0) * 1e3),
        opened_by=name,
        closed_by=name,
        transformer=True,
        conductance_s=_si(shunt.real),
    )


def _tapped(reading: _Reading, number: int, row: Any) -> tuple[float, float]:
    """Rated voltages of both sides in kV at the present tap; phase shifters off their neutral position are refused."""
    high_kv, low_kv = float(row.vn_hv_kv), float(row.vn_lv_kv)
    for changer in ("tap", "tap2"):
        neutral = _number(row.get(f"{changer}_neutral"), 0.0)
        steps = _number(row.get(f"{changer}_pos"), neutral) - neutral
        kind = row.get(f"{changer}_changer_type", "Ratio")
        if not steps or not isinstance(kind, str):
            ignored = "states no kind of tap changer: its tap position changes nothing, as in pandapower"
            reading.findings += [f"trafo:{number} {ignored}"] if steps else []
            continue
        plain = not _number(row.get(f"{changer}_step_degree"), 0.0) and not row.get("tap_dependency_table", False)
        if not plain or kind not in ("Ratio", "Symmetrical"):
            problem = f"trafo {number} shifts the phase by its taps, or has them in a table"
            raise ConfigError(reading.file, None, problem, "set its tap changer to the neutral position")
        factor = 1 + steps * _number(row.get(f"{changer}_step_percent"), 0.0) / 100
        high_kv *= factor if row.get(f"{changer}_side") == "hv" else 1.0
        low_kv *= factor if row.get(f"{changer}_side") == "lv" else 1.0
    return high_kv, low_kv


def _couplers(reading: _Reading) -> Iterator[PlanningBranch]:
    """Switches between two buses."""
    for number, row in reading.net.switch.sort_index().iterrows():
        if row.et == "b" and _joined(reading, int(row.bus), int(row.element)):
            name = f"switch:{int(number)}"
            rated_ka = _number(row.get("in_ka"), math.inf)
            yield PlanningBranch(
                id=name,
                from_bus=reading.place[int(row.bus)],
                to_bus=reading.place[int(row.element)],
                resistance_ohm=_si(_number(row.get("z_ohm"), 0.0)),
                reactance_ohm=0.0,
                closed=bool(row.closed),
                rated_a=_si(rated_ka * 1e3) if 0 < rated_ka < 1e4 else math.inf,
                opened_by=name,
                closed_by=name,
            )


_OF_BRANCH = {"l": "line", "t": "trafo"}


def _switches(reading: _Reading, branches: list[PlanningBranch]) -> Iterator[PlanningSwitch]:
    at = {branch.id: number for number, branch in enumerate(branches)}
    for number, row in reading.net.switch.sort_index().iterrows():
        name, breaker = f"switch:{int(number)}", row.type == "CB"
        if row.et == "b" and name in at:
            branch = branches[at[name]]
            ends = branch.from_bus, branch.to_bus
            yield PlanningSwitch(name, at[name], ends, bool(row.closed), breaker=breaker)
        elif row.et in _OF_BRANCH and f"{_OF_BRANCH[row.et]}:{int(row.element)}" in at:
            branch_number = at[f"{_OF_BRANCH[row.et]}:{int(row.element)}"]
            yield PlanningSwitch(name, branch_number, (reading.place[int(row.bus)],), bool(row.closed), breaker=breaker)
        elif row.et not in ("b", *_OF_BRANCH):
            problem = f"switch {number} belongs to neither a line, a transformer nor two buses"
            raise ConfigError(reading.file, None, problem, "remove it")


def _opened(branches: list[PlanningBranch], switches: tuple[PlanningSwitch, ...]) -> tuple[PlanningBranch, ...]:
    open_ones = {switch.branch for switch in switches if not switch.closed}
    return tuple(
        replace(branch, closed=branch.closed and number not in open_ones) for number, branch in enumerate(branches)
    )


def _sources(reading: _Reading) -> Iterator[PlanningSource]:
    """Ideal, as pandapower's power flow takes them; two at one bus are one."""
    seen = set()
    for _, row in _rows(reading, "ext_grid"):
        bus = int(row.bus)
        if bus in reading.place and bus not in seen:
            seen.add(bus)
            yield PlanningSource(f"bus:{bus}", reading.place[bus], float(row.vm_pu))
