"""`ringmain study locate`: where the fault lies, from indicators, protection and the relay's measurement."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.planning import PlanningGrid, PlanningSwitch
from models.network.supplement.model import Sees
from substation.grid.location.distance import Nearness, by_current, by_reactance, together
from substation.grid.location.evidence import Shown
from substation.grid.location.located import percent
from substation.grid.location.radial_places import RadialPlaces, radial_places
from substation.study.kind import Asked, Json, Result
from substation.study.located_feeder import LocatedFeeder, located_feeder
from substation.study.named_indicators import NamedIndicators, listed

CERTAINTY = 0.95
"""Least probability that the fault lies in what is isolated; as `[fdir] certainty` of a running unit."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", metavar="A,B", dest="set_", help="indicators that show the fault")
    parser.add_argument("--reset", metavar="C,D", help="indicators that do not; those that nobody names count as these")
    parser.add_argument("--unknown", metavar="E,F", help="indicators of which nothing is known")
    parser.add_argument("--reverse", metavar="G,H", help="directional indicators that show a fault towards the source")
    parser.add_argument("--trip", metavar="BREAKER,...", help="breakers or line reclosers that have tripped for good")
    parser.add_argument("--opened", metavar="I,J", help="sectionalisers and reclosers below that opened for good")
    parser.add_argument("--fault", choices=[Sees.SHORT_CIRCUIT.value, Sees.EARTH_FAULT.value], help="kind of the fault",
                        default=Sees.SHORT_CIRCUIT.value)  # fmt: skip
    parser.add_argument("--reactance-ohm", type=float, metavar="X", help="reactance to the fault (RFLO), one breaker")
    parser.add_argument("--current-a", type=float, metavar="A", help="fault current at the relay, rms, one breaker")
    parser.add_argument("--certainty", type=float, default=CERTAINTY, metavar="P",
                        help="least probability that what is isolated contains the fault, default %(default)g")  # fmt: skip


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """ConfigError for unknown ids; AlgorithmError for what is not radial."""
    question = _question(asked, options)
    feeders = _feeders(question)
    return Result(_values(feeders, question), _text(feeders, question), _findings(asked, question))


@dataclass(frozen=True, slots=True)
class _Asking:
    grid: PlanningGrid
    named: NamedIndicators
    shown: dict[str, Shown]
    tripped: tuple[PlanningSwitch, ...]
    opened: tuple[PlanningSwitch, ...]
    reactance_ohm: float | None
    current_a: float | None
    certainty: float


def _question(asked: Asked, options: argparse.Namespace) -> _Asking:
    told = {
        Shown.PASSED: listed(options.set_),
        Shown.SILENT: listed(options.reset),
        Shown.UNKNOWN: listed(options.unknown),
        Shown.AGAINST: listed(options.reverse),
    }
    sees = {Sees(options.fault), Sees.BOTH}
    indicators = tuple(each for each in asked.supplement.indicators if each.sees in sees)
    named = NamedIndicators(asked.grid, indicators, not any("@" in name for names in told.values() for name in names))
    if not 0 < options.certainty <= 1:
        raise ConfigError("locate", None, f"certainty {options.certainty:g}", "write more than 0, at most 1")
    for name in ("reactance_ohm", "current_a"):
        value = getattr(options, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ConfigError("locate", None, f"{name} is {value:g}", "write what was measured, above 0")
    return _Asking(
        asked.grid,
        named,
        dict(named.shown(told)),
        tuple(_switch(asked.grid, each) for each in listed(options.trip)),
        tuple(_switch(asked.grid, each) for each in listed(options.opened)),
        options.reactance_ohm,
        options.current_a,
        options.certainty,
    )


def _switch(grid: PlanningGrid, name: str) -> PlanningSwitch:
    """A device by its id, or by its branch where it is the only one, or the only device at a source's bus."""
    found = [each for each in grid.switches if each.id == name]
    found = found or [each for each in grid.switches if grid.branches[each.branch].id == name]
    buses = {source.bus for source in grid.sources if source.id == name}
    found = found or [each for each in grid.switches if each.closed and buses.intersection(each.ends)]
    if len(found) != 1:
        problem = f"'{name}' names {'no' if not found else 'more than one'} breaker or switch"
        raise ConfigError("locate", None, problem, "write the id of its switch")
    return found[0]


def _feeders(asking: _Asking) -> list[LocatedFeeder]:
    """Below every breaker that has tripped; where nobody says which, below those whose indicators agree on a fault."""
    if asking.tripped:
        return [_located(asking, each, _below(asking, each)) for each in asking.tripped]
    breakers = _at_sources(asking.grid)
    if not breakers:
        raise ConfigError(asking.grid.name, None, "no closed branch at a source", "close one, or name --trip")
    trees = [(each, radial_places(asking.grid, end)) for each, end in breakers]
    seen = [(each, places) for each, places in trees if _flags(asking, places)]
    if not seen and len(trees) > 1:
        raise ConfigError("locate", None, "no indicator shows a fault", "say with --trip which breaker has tripped")
    located = [_located(asking, each, places) for each, places in seen or trees]
    sure = [each for each in located if _flags(asking, each.places) - set(each.located.suspects)]
    return sure or located


def _flags(asking: _Asking, places: RadialPlaces) -> set[str]:
    return {
        asking.named.name(each)
        for each in asking.named.indicators
        if asking.shown[each.id] is Shown.PASSED and (each.branch, each.end) in places.place_below
    }


def _at_sources(grid: PlanningGrid) -> list[tuple[PlanningSwitch, tuple[int, int]]]:
    """A breaker at each source: the device of every closed branch there, with the end at which it stands."""
    fed = {source.bus for source in grid.sources}
    return [
        (switch, (switch.branch, end))
        for switch in grid.switches
        for end in switch.ends
        if end in fed and grid.branches[switch.branch].closed
    ]


def _below(asking: _Asking, switch: PlanningSwitch) -> RadialPlaces:
    """What a switch has fed: seen from the source, behind its first end."""
    from substation.grid.location.radial_places import below

    for _, breaker in _at_sources(asking.grid):
        tree = radial_places(asking.grid, breaker)
        entered = [tree.place_below[switch.branch, end] for end in switch.ends if (switch.branch, end) in tree.entered]
        if entered:
            return below(tree, min(entered))
    raise ConfigError(
        "locate", None, f"'{switch.id}' is fed by no source", "name a breaker or recloser that was closed"
    )


def _located(asking: _Asking, switch: PlanningSwitch, places: RadialPlaces) -> LocatedFeeder:
    return located_feeder(
        asking.grid,
        switch.id,
        places,
        asking.named,
        asking.shown,
        [each for each in asking.opened if each.id != switch.id],
        _nearness(asking, places),
        asking.certainty,
    )


def _nearness(asking: _Asking, places: RadialPlaces) -> Nearness | None:
    if len(asking.tripped) > 1 and (asking.reactance_ohm or asking.current_a):
        raise ConfigError("locate", None, "several breakers, one measurement", "name the breaker of the relay alone")
    found = []
    if asking.reactance_ohm is not None:
        found.append(by_reactance(places.impedance_ohm, asking.reactance_ohm))
    if asking.current_a is not None:
        voltage_v, source_ohm = _behind(asking.grid, places)
        found.append(by_current(places.impedance_ohm, asking.current_a, voltage_v, source_ohm))
    return None if not found else found[0] if len(found) == 1 else together(*found)
