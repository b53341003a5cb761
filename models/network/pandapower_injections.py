"""Loads, generators and shunts of pandapower's tables, summed per bus."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.network.pandapower_rows import Row, in_service


@dataclass(slots=True)
class Injected:
    """VA at one bus. shunt: at nominal voltage, susceptance positive as capacitor; converters_w: of the generation."""

    load: complex = 0j
    generation: complex = 0j
    shunt: complex = 0j
    converters_w: float = 0.0

    def draw(self, drawn: complex) -> None:
        """What is drawn is load, what is delivered generation."""
        if drawn.real < 0 or (drawn.real == 0 and drawn.imag < 0):
            self.generation -= drawn
        else:
            self.load += drawn


@dataclass(slots=True)
class Injections:
    """nominal_kv: by the index of every bus of the file, in service or not."""

    nominal_kv: dict[int, float]
    at: dict[int, Injected] = field(default_factory=lambda: defaultdict(Injected))
    findings: list[str] = field(default_factory=list)


def injections(net: Any, file: str, nominal_kv: dict[int, float]) -> Injections:
    """ConfigError names the element whose cells make no sense."""
    found = Injections(nominal_kv)
    for table, add in _READ.items():
        for row in in_service(net, table, file):
            add(found, row, row.bus("bus", nominal_kv.keys()))
    return found


def _si(value: float) -> float:
    return float(f"{value:.12g}")


def _va(row: Row, active: str, reactive: str, factor: float) -> complex:
    return complex(_si(row.number(active, 0.0) * factor * 1e6), _si(row.number(reactive, 0.0) * factor * 1e6))


def _load(found: Injections, row: Row, bus: int) -> None:
    found.at[bus].draw(_va(row, "p_mw", "q_mvar", row.number("scaling", 1.0)))
    if any(row.number(key, 0.0) for key in row.cells if key.startswith("const_")):
        found.findings.append(f"{row.table} {row.index} depends on the voltage: reckoned as constant power")


def _static_generator(found: Injections, row: Row, bus: int) -> None:
    delivered = _va(row, "p_mw", "q_mvar", row.number("scaling", 1.0))
    found.at[bus].draw(-delivered)
    if row.truth("current_source", True) and delivered.real > 0:
        found.at[bus].converters_w += delivered.real


def _generator(found: Injections, row: Row, bus: int) -> None:
    found.at[bus].draw(-complex(_va(row, "p_mw", "p_mw", row.number("scaling", 1.0)).real, 0.0))
    found.findings.append(f"gen {row.index} holds the voltage of bus:{bus}: reckoned with its active power alone")


def _shunt(found: Injections, row: Row, bus: int) -> None:
    """p_mw, q_mvar: at the shunt's own rated voltage; q positive as a coil."""
    nominal_kv = found.nominal_kv[bus]
    factor = row.number("step", 1.0) * (nominal_kv / row.above_zero("vn_kv", nominal_kv)) ** 2
    found.at[bus].shunt += _va(row, "p_mw", "q_mvar", factor).conjugate()


def _ward(found: Injections, row: Row, bus: int) -> None:
    found.at[bus].draw(_va(row, "ps_mw", "qs_mvar", 1.0))
    found.at[bus].shunt += _va(row, "pz_mw", "qz_mvar", 1.0).conjugate()


def _extended_ward(found: Injections, row: Row, bus: int) -> None:
    _ward(found, row, bus)
    words = "holds a voltage behind an impedance: reckoned with its powers and its shunt alone"
    found.findings.append(f"xward {row.index} at bus:{bus} {words}")


def _motor(found: Injections, row: Row, bus: int) -> None:
    """Mechanical power over efficiency, at its power factor."""
    cosine = row.above_zero("cos_phi", 1.0)
    if cosine > 1.0:
        raise row.error(f"cos_phi is {cosine:g}", "write a number above 0, at most 1")
    share = row.number("loading_percent", 100.0) / row.above_zero("efficiency_percent", 100.0)
    power_w = row.number("pn_mech_mw") * 1e6 * share * row.number("scaling", 1.0)
    found.at[bus].draw(complex(_si(power_w), _si(power_w * math.tan(math.acos(cosine)))))


def _unbalanced(found: Injections, row: Row, bus: int) -> None:
    sign = -1.0 if row.table == "asymmetric_sgen" else 1.0
    drawn = sum(_va(row, f"p_{phase}_mw", f"q_{phase}_mvar", row.number("scaling", 1.0)) for phase in "abc")
    found.at[bus].draw(sign * drawn)
    if sign < 0 and drawn.real > 0:
        found.at[bus].converters_w += drawn.real
    found.findings.append(f"{row.table} {row.index}: its three phases are reckoned as balanced")


_READ: dict[str, Callable[[Injections, Row, int], None]] = {
    "load": _load,
    "sgen": _static_generator,
    "gen": _generator,
    "storage": _load,
    "shunt": _shunt,
    "ward": _ward,
    "xward": _extended_ward,
    "motor": _motor,
    "asymmetric_load": _unbalanced,
    "asymmetric_sgen": _unbalanced,
}
KINDS = tuple(_READ)
"""Tables that are read here."""
