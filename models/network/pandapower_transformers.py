"""Transformers of pandapower's tables as branches: T elements as pi elements, three windings as a star.

Conventions are those of pandapower's power flow: taps move the rated voltage of their side; the short-circuit voltages
of three windings are of pairs (vk_hv: high to medium, vk_mv: medium to low, vk_lv: high to low voltage), each on the
smaller power of its pair; no-load losses belong to the high-voltage winding.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass

from models.network.pandapower_rows import Row
from models.network.planning import PlanningBranch

_SIDES = ("hv", "mv", "lv")


@dataclass(frozen=True, slots=True)
class Ends:
    """Positions of both buses in the grid, and their nominal voltages."""

    from_bus: int
    to_bus: int
    from_kv: float
    to_kv: float


@dataclass(frozen=True, slots=True)
class _Windings:
    """high_kv, low_kv: rated voltages at the present tap; rated_*: off it. resistance, reactance: of the short circuit,
    iron: conductance, magnetising: whole admittance, all per unit of sn_mva and low_kv."""

    name: str
    high_kv: float
    low_kv: float
    rated_high_kv: float
    rated_low_kv: float
    sn_mva: float
    impedance: complex
    no_load: complex
    shift_degree: float
    df: float = 1.0


def two_windings(row: Row, ends: Ends, findings: list[str]) -> PlanningBranch:
    """ConfigError names the transformer whose data make no sense, or whose taps shift the phase."""
    high_kv, low_kv = row.above_zero("vn_hv_kv"), row.above_zero("vn_lv_kv")
    parallel = row.above_zero("parallel", 1.0)
    rated_mva = row.above_zero("sn_mva")
    windings = _Windings(
        row.id,
        high_kv * _tapped(row, "hv", findings),
        low_kv * _tapped(row, "lv", findings, say=False),
        high_kv,
        low_kv,
        rated_mva * parallel,
        _short_circuit(row, "vkr_percent", "vk_percent"),
        _no_load(row, rated_mva),
        row.number("shift_degree", 0.0),
        row.above_zero("df", 1.0),
    )
    return _branch(windings, ends)


def three_windings(
    row: Row, star: int, outer: dict[str, tuple[int, float]], findings: list[str]
) -> list[PlanningBranch]:
    """Branches 'trafo3w:0/hv', '/mv', '/lv' to an inner bus (position `star`, of the nominal voltage of the high side).

    outer: position and nominal voltage in kV of the bus at each side.
    """
    rated_kv = {side: row.above_zero(f"vn_{side}_kv") for side in _SIDES}
    rated_mva = {side: row.above_zero(f"sn_{side}_mva") for side in _SIDES}
    high_kv, star_kv = rated_kv["hv"], outer["hv"][1]
    legs = []
    for side, impedance in zip(_SIDES, _star(row, rated_mva), strict=True):
        at, nominal_kv = outer[side]
        tapped_kv = rated_kv[side] * _tapped(row, side, findings, say=side == "hv")
        first = side == "hv"
        windings = _Windings(
            f"{row.id}/{side}",
            tapped_kv if first else high_kv,
            high_kv if first else tapped_kv,
            rated_kv[side] if first else high_kv,
            high_kv if first else rated_kv[side],
            rated_mva[side],
            impedance * rated_mva[side] / rated_mva["hv"],
            _no_load(row, rated_mva["hv"]) if first else 0j,
            0.0 if first else row.number(f"shift_{side}_degree", 0.0),
        )
        legs.append(
            _branch(windings, Ends(at, star, nominal_kv, star_kv) if first else Ends(star, at, star_kv, nominal_kv))
        )
    return legs


def _star(row: Row, rated_mva: dict[str, float]) -> Iterator[complex]:
    """Impedances of the three legs, per unit of the high-voltage winding's power."""
    pairs = (("hv", "hv", "mv"), ("mv", "mv", "lv"), ("lv", "hv", "lv"))
    between = [
        _short_circuit(row, f"vkr_{name}_percent", f"vk_{name}_percent")
        * rated_mva["hv"]
        / min(rated_mva[one], rated_mva[other])
        for name, one, other in pairs
    ]
    high_medium, medium_low, high_low = between
    yield (high_medium + high_low - medium_low) / 2
    yield (high_medium + medium_low - high_low) / 2
    yield (medium_low + high_low - high_medium) / 2


def _short_circuit(row: Row, active: str, whole: str) -> complex:
    resistance, magnitude = row.number(active) / 100, row.above_zero(whole) / 100
    if not 0 <= resistance <= magnitude:
        raise row.error(f"{active} is {resistance * 100:g}", f"write a number from 0 to {whole}")
    return complex(resistance, math.sqrt(magnitude**2 - resistance**2))


def _no_load(row: Row, rated_mva: float) -> complex:
    iron = row.at_least(0.0, "pfe_kw", 0.0) / 1e3 / rated_mva
    return complex(iron, -math.sqrt(max((row.at_least(0.0, "i0_percent", 0.0) / 100) ** 2 - iron**2, 0.0)))


def _branch(windings: _Windings, ends: Ends) -> PlanningBranch:
    """The T element as pi element; at the to side, whose rated voltage its own taps move."""
    high_kv, low_kv = windings.high_kv, windings.low_kv
    base_ohm = low_kv**2 / windings.sn_mva
    quarter = 1 + windings.impedance * windings.no_load / 4
    series, shunt = windings.impedance * quarter * base_ohm, windings.no_load / quarter / base_ohm
    turns = high_kv / low_kv * ends.to_kv / ends.from_kv
    # the tighter of both windings, seen from the to side
    tighter = min(1 / windings.rated_low_kv, high_kv / low_kv / windings.rated_high_kv)
    return PlanningBranch(
        id=windings.name,
        from_bus=ends.from_bus,
        to_bus=ends.to_bus,
        resistance_ohm=_si(series.real),
        reactance_ohm=_si(series.imag),
        closed=True,
        susceptance_s=_si(shunt.imag),
        ratio=cmath.rect(turns, math.radians(windings.shift_degree)),
        rated_a=_si(windings.sn_mva / math.sqrt(3) * tighter * windings.df * 1e3),
        opened_by=windings.name,
        closed_by=windings.name,
        transformer=True,
        conductance_s=_si(shunt.real),
    )


def _si(value: float) -> float:
    return float(f"{value:.12g}")


def _tapped(row: Row, side: str, findings: list[str], say: bool = True) -> float:
    """What the present taps make of the rated voltage of this side, as a factor. Phase shifters off their neutral
    position are refused."""
    factor = 1.0
    for changer in ("tap", "tap2"):
        neutral = row.number(f"{changer}_neutral", 0.0)
        steps = row.number(f"{changer}_pos", neutral) - neutral
        kind = row.text(f"{changer}_changer_type") or ("" if f"{changer}_changer_type" in row.cells else "Ratio")
        if steps and not kind and say:
            ignored = "states no kind of tap changer: its tap position changes nothing, as in pandapower"
            findings.append(f"{row.id} {ignored}")
        if not steps or not kind:
            continue
        plain = not row.number(f"{changer}_step_degree", 0.0) and not row.truth("tap_dependency_table", False)
        if not plain or kind not in ("Ratio", "Symmetrical") or row.truth("tap_at_star_point", False):
            problem = "shifts the phase by its taps, has them in a table, or at its star point"
            raise row.error(problem, "set its tap changer to the neutral position")
        if row.text(f"{changer}_side") == side:
            factor *= 1 + steps * row.number(f"{changer}_step_percent", 0.0) / 100
    if not factor > 0:
        raise row.error(f"its taps make a voltage of {factor:g} times the rated one", "correct the tap positions")
    return factor
