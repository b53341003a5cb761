"""Which stations are primary ones, which have a transformer whose taps change on load, which generators a limit."""

from __future__ import annotations

from collections import defaultdict

from models.network.elements import Generator, Load, Network

_GENERATION_SHARE = 0.5
"""Where generators reach this share of the peak load, the voltage would rise too far without a tap changer."""

_LIMITED_W = 100e3
"""Rated power from which a grid operator may ask for less (section 9 of the German EEG names it)."""


def primary_stations(network: Network) -> frozenset[str]:
    """Stations of the feeders' bays; a line recloser stands in a feeder, not in a primary substation."""
    return frozenset(_station(feeder.id) for feeder in network.feeders if not feeder.within)


def tap_changing_loads(network: Network) -> tuple[Load, ...]:
    """Loads whose transformer has a tap changer, in the network's order."""
    generation_w: dict[str, float] = defaultdict(float)
    for generator in network.generators:
        generation_w[_station(generator.id)] += generator.rated_power_w
    return tuple(
        load
        for load in network.loads
        if load.active_power_w > 0.0 and generation_w[_station(load.id)] >= _GENERATION_SHARE * load.active_power_w
    )


def limited_generators(network: Network) -> dict[str, tuple[Generator, ...]]:
    """By bay: the generators that share one limit."""
    bays: dict[str, list[Generator]] = defaultdict(list)
    for generator in network.generators:
        bays[generator.id.rpartition("/")[0]].append(generator)
    return {
        bay: tuple(members)
        for bay, members in bays.items()
        if sum(each.rated_power_w for each in members) >= _LIMITED_W
    }


def _station(path: str) -> str:
    return path.partition("/")[0]
