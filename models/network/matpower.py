"""Reads MATPOWER case files of version 2 as planning grids.

A bus is named by its number, a branch by its row (from 1). Branches out of service (status 0) are open tie switches,
every branch can be switched. Generators at reference buses are the sources; all others deliver what the file says.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from models.errors import ConfigError
from models.network.matlab.case_file import CaseFile, read_case
from models.network.matlab.columns import ISOLATED, PV, REFERENCE
from models.network.matlab.matrix import Matrix
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource
from models.network.soundness import named

FREQUENCY_HZ = 50.0
"""A case file states none; its values are all for its own frequency."""
VOLTAGE_MIN_PU, VOLTAGE_MAX_PU = 0.90, 1.10
"""Where a file has no limits that make sense."""

_LEAST_KV, _MOST_KV = 1e-3, 1e4
_LEAST_COLUMNS = {"bus": 13, "branch": 11, "gen": 8}
_NAMES = {
    "bus": ("bus_i", "type", "Pd", "Qd", "Gs", "Bs", "area", "Vm", "Va", "baseKV"),
    "branch": ("fbus", "tbus", "r", "x", "b", "rateA", "rateB", "rateC", "ratio", "angle", "status"),
    "gen": ("bus", "Pg", "Qg", "Qmax", "Qmin", "Vg", "mBase", "status"),
}
_HAVE_TO_BE_NUMBERS = {"bus": (0, 1, 2, 3, 4, 5, 9), "branch": (0, 1, 2, 3, 4, 8, 9, 10), "gen": (0, 1, 2, 5, 7)}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table: its number from 1, its line in the file, its cells."""

    number: int
    line: int | None
    cells: list[float]


@dataclass(slots=True)
class _Injection:
    """Powers at a bus, VA."""

    load: complex = 0j
    generation: complex = 0j


@dataclass(slots=True)
class _Reading:
    case: CaseFile
    place: dict[int, int] = field(default_factory=dict)
    nominal_v: list[float] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def read_matpower(text: str, file: str) -> PlanningGrid:
    """The grid of a case file's text; `file` is its name in messages.

    Raises ConfigError (file, line, what, remedy) for what is no case of version 2, for statements that are not
    understood, and for values that make no sense. Islands and the like are left to models.network.soundness.
    """
    reading = _Reading(read_case(text, file))
    buses = _bus_rows(reading)
    branches = tuple(_branches(reading))
    sources = _sources(reading, buses)
    injections = _injections(reading, buses, {source.bus for source in sources})
    return PlanningGrid(
        name=PurePath(file).stem,
        frequency_hz=FREQUENCY_HZ,
        buses=_buses(reading, buses, injections, {source.bus for source in sources}),
        branches=branches,
        sources=sources,
        findings=(*reading.findings, *_phases(reading)),
    )


def _rows(case: CaseFile, table: str) -> Iterator[_Row]:
    matrix: Matrix = getattr(case, table)
    if matrix.rows and matrix.width < _LEAST_COLUMNS[table]:
        problem = f"mpc.{table} has {matrix.width} columns instead of at least {_LEAST_COLUMNS[table]}"
        raise ConfigError(case.file, matrix.lines[0], problem, "write all columns of CASEFORMAT, version 2")
    for number, (cells, line) in enumerate(zip(matrix.rows, matrix.lines, strict=True), start=1):
        for column in _HAVE_TO_BE_NUMBERS[table]:
            if not math.isfinite(cells[column]):
                problem = f"row {number} of mpc.{table}: {_NAMES[table][column]} is {cells[column]:g}"
                raise ConfigError(case.file, line, problem, "write a number")
        yield _Row(number, line, cells)


def _bus_rows(reading: _Reading) -> list[_Row]:
    """Rows of buses that are not isolated, in the order in which they are numbered."""
    rows: list[_Row] = []
    isolated: list[str] = []
    for row in _rows(reading.case, "bus"):
        bus, kind, base_kv = int(row.cells[0]), int(row.cells[1]), row.cells[9]
        if bus in reading.place or str(bus) in isolated or bus != row.cells[0]:
            problem = f"row {row.number} of mpc.bus: bus {row.cells[0]:g} is there already or is no whole number"
            raise ConfigError(reading.case.file, row.line, problem, "number every bus once")
        if kind == ISOLATED:
            isolated.append(str(bus))
            continue
        if not _LEAST_KV <= base_kv <= _MOST_KV:
            problem = f"row {row.number} of mpc.bus: baseKV is {base_kv:g}"
            raise ConfigError(reading.case.file, row.line, problem, "state the nominal voltage in kV")
        reading.place[bus] = len(rows)
        reading.nominal_v.append(_si(base_kv * 1e3))
        rows.append(row)
    if isolated:
        reading.findings.append(f"isolated (type 4), left out with its branches: {named('bus', isolated)}")
    return rows


def _branches(reading: _Reading) -> Iterator[PlanningBranch]:
    known = {int(row[0]) for row in reading.case.bus.rows}
    for row in _rows(reading.case, "branch"):
        ends = int(row.cells[0]), int(row.cells[1])
        if not known.issuperset(ends) or ends[0] == ends[1]:
            problem = f"row {row.number} of mpc.branch joins buses {ends[0]} and {ends[1]}"
            raise ConfigError(reading.case.file, row.line, problem, "name two different buses of mpc.bus")
        if ends[0] in reading.place and ends[1] in reading.place:
            yield _branch(reading, row, reading.place[ends[0]], reading.place[ends[1]])


def _branch(reading: _Reading, row: _Row, start: int, end: int) -> PlanningBranch:
    _, _, resistance, reactance, susceptance, rating_mva, _, _, tap, shift_deg, status = row.cells[:11]
    nominal_v = reading.nominal_v
    base_ohm = nominal_v[end] ** 2 / (reading.case.base_mva * 1e6)
    name = str(row.number)
    if tap < 0:
        problem = f"row {row.number} of mpc.branch: the ratio is {tap:g}"
        raise ConfigError(reading.case.file, row.line, problem, "write the off-nominal ratio of turns, 0 for a line")
    return PlanningBranch(
        id=name,
        from_bus=start,
        to_bus=end,
        resistance_ohm=_si(resistance * base_ohm),
        reactance_ohm=_si(reactance * base_ohm),
        closed=status > 0,
        susceptance_s=_si(susceptance / base_ohm),
        ratio=cmath.rect(tap or 1.0, math.radians(shift_deg)) if tap or shift_deg else 1.0,
        rated_a=_rated_a(reading, row, rating_mva, nominal_v[end]),
        opened_by=name,
        closed_by=name,
        transformer=bool(tap or shift_deg) or nominal_v[start] != nominal_v[end],
    )


def _rated_a(reading: _Reading, row: _Row, rating_mva: float, nominal_v: float) -> float:
    """rateA is an apparent power at nominal voltage; 0 means that there is no limit."""
    if math.isnan(rating_mva) or rating_mva < 0:
        problem = f"row {row.number} of mpc.branch: rateA is {rating_mva:g}"
        raise ConfigError(reading.case.file, row.line, problem, "write MVA, or 0 where there is no limit")
    return _si(rating_mva * 1e6 / (math.sqrt(3) * nominal_v)) if rating_mva > 0 else math.inf


def _generators(reading: _Reading) -> Iterator[tuple[_Row, int]]:
    """Rows in service and the position of their bus."""
    known = {int(row[0]) for row in reading.case.bus.rows}
    for row in _rows(reading.case, "gen"):
        bus = int(row.cells[0])
        if bus not in known:
            problem = f"row {row.number} of mpc.gen stands at bus {bus}, which mpc.bus does not have"
            raise ConfigError(reading.case.file, row.line, problem, "name a bus of mpc.bus")
        if row.cells[7] > 0 and bus in reading.place:
            yield row, reading.place[bus]


def _sources(reading: _Reading, buses: list[_Row]) -> tuple[PlanningSource, ...]:
    voltage_pu: dict[int, float] = {}
    for row, bus in _generators(reading):
        if int(buses[bus].cells[1]) == REFERENCE:
            if not row.cells[5] > 0:
                problem = f"row {row.number} of mpc.gen: Vg is {row.cells[5]:g}"
                raise ConfigError(reading.case.file, row.line, problem, "state the voltage of the source in p.u.")
            if voltage_pu.get(bus, row.cells[5]) != row.cells[5]:
                name = f"{buses[bus].cells[0]:.0f}"
                reading.findings.append(
                    f"two set-points of voltage at bus {name}: that of mpc.gen row {row.number} holds"
                )
            voltage_pu[bus] = row.cells[5]
    for number, row in enumerate(buses):
        if int(row.cells[1]) == REFERENCE and number not in voltage_pu:
            reading.findings.append(f"bus {row.cells[0]:.0f} is of type 3 but has no generator in service: no source")
    return tuple(
        PlanningSource(id=f"{buses[bus].cells[0]:.0f}", bus=bus, voltage_pu=voltage_pu[bus])
        for bus in sorted(voltage_pu)
    )


def _injections(reading: _Reading, buses: list[_Row], fed: set[int]) -> list[_Injection]:
    """Load and generation of every bus; a negative load is generation, a negative generation load."""
    injections = [_Injection() for _ in buses]
    negative = []
    for number, row in enumerate(buses):
        power = complex(_si(row.cells[2] * 1e6), _si(row.cells[3] * 1e6))
        if power.real < 0:
            negative.append(f"{row.cells[0]:.0f}")
            injections[number].generation -= power
        else:
            injections[number].load += power
    if negative:
        reading.findings.append(f"Pd is negative, read as generation: {named('bus', negative)}")
    for row, bus in _generators(reading):
        if bus not in fed:
            _add_generator(reading, row, int(buses[bus].cells[1]), injections[bus])
    return injections


def _add_generator(reading: _Reading, row: _Row, kind: int, at: _Injection) -> None:
    power = complex(_si(row.cells[1] * 1e6), _si(row.cells[2] * 1e6))
    if kind == PV:
        finding = (
            f"mpc.gen row {row.number} holds the voltage of bus {row.cells[0]:.0f}: reckoned with Pg and Qg as stated"
        )
        reading.findings.append(finding)
    if power.real < 0:
        at.load -= power
    else:
        at.generation += power


def _buses(reading: _Reading, rows: list[_Row], injections: list[_Injection], fed: set[int]) -> tuple[PlanningBus, ...]:
    buses, senseless = [], []
    for number, (row, injected) in enumerate(zip(rows, injections, strict=True)):
        highest, lowest = row.cells[11], row.cells[12]
        if not (math.isfinite(lowest) and math.isfinite(highest) and 0 <= lowest < highest):
            senseless += [] if number in fed else [f"{row.cells[0]:.0f}"]
            lowest, highest = VOLTAGE_MIN_PU, VOLTAGE_MAX_PU
        buses.append(_bus(row, reading.nominal_v[number], lowest, highest, injected))
    if senseless:
        reading.findings.append(
            f"no voltage limits that make sense, {VOLTAGE_MIN_PU:.2f} to {VOLTAGE_MAX_PU:.2f} p.u. taken: "
            f"{named('bus', senseless)}"
        )
    return tuple(buses)


def _bus(row: _Row, nominal_v: float, lowest: float, highest: float, injected: _Injection) -> PlanningBus:
    return PlanningBus(
        id=f"{row.cells[0]:.0f}",
        nominal_voltage_v=nominal_v,
        voltage_min_pu=lowest,
        voltage_max_pu=highest,
        load_w=injected.load.real,
        load_var=injected.load.imag,
        generation_w=injected.generation.real,
        generation_var=injected.generation.imag,
        shunt_w=_si(row.cells[4] * 1e6),
        shunt_var=_si(row.cells[5] * 1e6),
    )


def _phases(reading: _Reading) -> list[str]:
    """Files that describe one of three phases state the voltage to earth: times root 3 it is a round one."""
    voltages = set(reading.nominal_v)
    linked = [voltage * math.sqrt(3) / 1e3 for voltage in voltages]
    round_linked = all(abs(each - round(each, 1)) < 1e-6 for each in linked)
    if not round_linked or any(abs(each / 1e3 - round(each / 1e3, 2)) < 1e-9 for each in voltages):
        return []
    stated = ", ".join(f"{each:.4g} kV" for each in sorted(linked))
    return [f"baseKV looks like voltages to earth of {stated}: powers and losses are then those of one phase"]


def _si(value: float) -> float:
    """Without the noise of the change of units (12 digits are far beyond any data)."""
    return float(f"{value:.12g}")
