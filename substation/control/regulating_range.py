"""Between which values a point may be regulated (SAFETY S16): from network and SCL, never from what is asked for."""

from __future__ import annotations

from typing import NamedTuple

from models.network.elements import CapacitorBank, Generator, Network, Transformer
from models.point import Cdc, PointSpec

TAP_CHANGERS = (Cdc.BSC, Cdc.ISC)
WATT, VAR, PERCENT, VOLT = "W", "var", "%", "V"


class Range(NamedTuple):
    """Both ends are allowed; in the unit of the point."""

    least: float
    greatest: float


def transformer_at(location: str, network: Network) -> Transformer | None:
    return next((each for each in network.transformers if each.id == location), None)


def bank_at(location: str, network: Network) -> CapacitorBank | None:
    return next((each for each in network.capacitors if each.id == location), None)


def generators_at(location: str, network: Network) -> tuple[Generator, ...]:
    """Those of this bay, or the one of this name."""
    return tuple(each for each in network.generators if location in (each.id, each.id.rpartition("/")[0]))


def range_of(spec: PointSpec, network: Network) -> Range | None:
    """Positions of the tap changer, steps of the capacitor bank, voltages, ratings of the generators, 0 to 100 %;
    within what the device allows.

    Where the network knows nothing, both limits of the device (minVal, maxVal of its SCL); None where nobody knows.
    """
    known, limits = _of_network(spec, network), spec.limits
    if limits is None:
        return known
    if known is None:
        return None if limits.least is None or limits.greatest is None else Range(limits.least, limits.greatest)
    least = known.least if limits.least is None else max(known.least, limits.least)
    greatest = known.greatest if limits.greatest is None else min(known.greatest, limits.greatest)
    return Range(least, greatest)


def _of_network(spec: PointSpec, network: Network) -> Range | None:
    location = spec.name.location
    if spec.cdc in TAP_CHANGERS:
        return _positions(location, network)
    if spec.unit == PERCENT:
        return Range(0.0, 100.0)
    if spec.unit == VOLT:
        return _voltages(transformer_at(location, network), network)
    generators = generators_at(location, network)
    if spec.unit not in (WATT, VAR) or not generators:
        return None
    rated = sum(each.rated_power_w for each in generators)
    return Range(-rated if spec.unit == VAR else 0.0, rated)


def _positions(location: str, network: Network) -> Range | None:
    bank, transformer = bank_at(location, network), transformer_at(location, network)
    if bank is not None:
        return Range(0, bank.steps)
    return None if transformer is None else Range(transformer.tap_min, transformer.tap_max)


def _voltages(transformer: Transformer | None, network: Network) -> Range | None:
    """A set-point within the limits of the network behind the transformer."""
    if transformer is None or network.topology_only:
        return None
    nominal_v = next(node.nominal_voltage_v for node in network.nodes if node.id == transformer.lv_node)
    return Range(network.limits.voltage_min_pu * nominal_v, network.limits.voltage_max_pu * nominal_v)
