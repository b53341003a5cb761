"""`ringmain study locate`: where the fault lies, from indicators, protection and the relay's measurement."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.planning import PlanningGrid, PlanningSwitch
from models.network.supplement.model import Sees
from substation.grid.location.evidence import Shown
from substation.grid.location.posterior import SECOND_FAULT
from substation.study.kind import Asked, Result
from substation.study.located_answer import findings, text, values
from substation.study.located_feeder import LocatedFeeder, located_feeder
from substation.study.named_indicators import NamedIndicators, listed
from substation.study.tripped import Measured, Tripped, above, at_sources, switch_named, tripped

CERTAINTY = 0.95
"""Least probability that the fault lies in what is isolated; as `[fdir] certainty` of a running unit."""

_LISTS = {
    "set": (Shown.PASSED, "indicators that show the fault"),
    "reset": (Shown.SILENT, "indicators that show none; those that nobody names count as these"),
    "unknown": (Shown.UNKNOWN, "indicators of which nothing is known"),
    "reverse": (Shown.AGAINST, "directional indicators that show a fault towards the source"),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    for name, (_, words) in _LISTS.items():
        parser.add_argument(f"--{name}", metavar="A,B", help=words)
    parser.add_argument("--trip", metavar="BREAKER", help="breakers or line reclosers that have tripped for good")
    parser.add_argument("--opened", metavar="A,B", help="sectionalisers and reclosers below them, opened for good")
    kinds = [Sees.SHORT_CIRCUIT.value, Sees.EARTH_FAULT.value]
    parser.add_argument("--fault", choices=kinds, default=kinds[0], help="default %(default)s")
    parser.add_argument("--reactance-ohm", type=float, metavar="X", help="to the fault, measured at --trip (RFLO)")
    parser.add_argument("--current-a", type=float, metavar="A", help="fault current, rms, measured at --trip")
    words = "least probability that what is isolated contains the fault, default %(default)g"
    parser.add_argument("--certainty", type=float, default=CERTAINTY, metavar="P", help=words)


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """ConfigError for unknown ids; AlgorithmError for what is not radial."""
    asking = _asking(asked, options)
    feeders = _feeders(asking)
    found = (*_assumed(asking, feeders), *_not_believed(asking, feeders), *findings(feeders))
    return Result({**values(feeders), "trip_assumed": not asking.tripped}, text(feeders), found)


def _assumed(asking: _Asking, feeders: list[LocatedFeeder]) -> list[str]:
    if asking.tripped:
        return []
    names = ", ".join(each.breaker for each in feeders)
    return [f"nobody says what has tripped: {names} is taken, by what the indicators show; --trip says it"]


def _not_believed(asking: _Asking, feeders: list[LocatedFeeder]) -> list[str]:
    """Flags that no breaker that tripped explains."""
    below = {place for each in feeders for place in each.places.place_below}
    below |= {place for switch in asking.tripped for place in above(asking.grid, switch)}
    astray = {name for each in feeders for name in each.located.suspects}
    flags = [each for each in asking.named.indicators if asking.shown[each.id] is Shown.PASSED]
    names = [asking.named.name(each) for each in flags if (each.branch, each.end) not in below]
    left = ", ".join(name for name in names if name not in astray)
    return [f"below no breaker that tripped, so not believed: {left}"] if left else []


@dataclass(frozen=True, slots=True)
class _Asking:
    grid: PlanningGrid
    named: NamedIndicators
    shown: dict[str, Shown]
    tripped: tuple[PlanningSwitch, ...]
    opened: tuple[PlanningSwitch, ...]
    measured: Measured
    certainty: float


def _asking(asked: Asked, options: argparse.Namespace) -> _Asking:
    told = {shown: listed(getattr(options, name)) for name, (shown, _) in _LISTS.items()}
    sees = {Sees(options.fault), Sees.BOTH}
    indicators = tuple(each for each in asked.supplement.indicators if each.sees in sees)
    short = not any("@" in name for names in told.values() for name in names)
    named = NamedIndicators(asked.grid, indicators, short)
    breakers, opened = (
        tuple(switch_named(asked.grid, each) for each in listed(text)) for text in (options.trip, options.opened)
    )
    if not 0 < options.certainty <= 1:
        raise ConfigError("locate", None, f"certainty {options.certainty:g}", "write more than 0, at most 1")
    _refuse_without_evidence(options)
    _refuse_undirected(named, told[Shown.AGAINST])
    _refuse_open(opened, breakers)
    measured = _measured(options, len(breakers) or len(asked.grid.sources))
    return _Asking(asked.grid, named, dict(named.shown(told)), breakers, opened, measured, options.certainty)


def _refuse_without_evidence(options: argparse.Namespace) -> None:
    """Nobody says that anything happened: neither a trip nor a word about an indicator."""
    if all(getattr(options, name) is None for name in ("trip", "opened", *_LISTS)):
        remedy = "tell what the indicators show with --set and --reset, or what has tripped with --trip"
        raise ConfigError("locate", None, "no evidence of a fault", remedy)


def _refuse_undirected(named: NamedIndicators, against: list[str]) -> None:
    for name in against:
        if not named.find(name).directional:
            problem = f"indicator '{name}' is not directional, so it shows no direction"
            raise ConfigError(
                "locate", None, problem, "name it with --set, or state 'directional' in the file of --with"
            )


def _refuse_open(opened: tuple[PlanningSwitch, ...], breakers: tuple[PlanningSwitch, ...]) -> None:
    for each in opened:
        if not each.closed:
            problem = f"'{each.id}' is open in the network file, before the fault"
            raise ConfigError("locate", None, problem, "name what was closed and has opened by itself")
        if each.id in {breaker.id for breaker in breakers}:
            raise ConfigError("locate", None, f"'{each.id}' stands in --trip and in --opened", "name it once")


def _measured(options: argparse.Namespace, breakers: int) -> Measured:
    for name in ("reactance_ohm", "current_a"):
        value = getattr(options, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ConfigError("locate", None, f"{name} is {value:g}", "write what was measured, above 0")
        if value is not None and breakers != 1:
            raise ConfigError("locate", None, f"{name} of which breaker?", "name one breaker with --trip")
    return Measured(options.reactance_ohm, options.current_a)


def _feeders(asking: _Asking) -> list[LocatedFeeder]:
    """Below every breaker that has tripped; where nobody says which, below those whose indicators agree on a fault."""
    if asking.tripped:
        told = tripped(asking.grid, asking.tripped)
        _refuse_elsewhere(asking, told)
        return [_located(asking, each) for each in told]
    every = at_sources(asking.grid)
    _refuse_elsewhere(asking, every)
    seen = [each for each in every if _flags(asking, each) or _opened_below(asking, each)]
    if not seen and len(every) > 1:
        raise ConfigError("locate", None, "no indicator shows a fault", "say with --trip which breaker has tripped")
    found = sorted((_located(asking, each) for each in seen or every), key=lambda each: -each.located.evidence)
    others = [each for each in found[1:] if each.located.evidence + math.log(SECOND_FAULT) > 0]
    return [found[0], *others]


def _refuse_elsewhere(asking: _Asking, told: list[Tripped]) -> None:
    """A device that opened elsewhere had no fault current of these breakers: somebody means another trip."""
    found = {switch.id for each in told for switch in _opened_below(asking, each)}
    for switch in asking.opened:
        if switch.id not in found:
            problem = f"'{switch.id}' lies below none of the breakers that tripped"
            raise ConfigError("locate", None, problem, "name what stands below them, or add its breaker to --trip")


def _opened_below(asking: _Asking, feeder: Tripped) -> list[PlanningSwitch]:
    below = feeder.places.place_below
    return [each for each in asking.opened if any((each.branch, end) in below for end in each.ends)]


def _flags(asking: _Asking, feeder: Tripped) -> set[str]:
    below = feeder.places.place_below
    return {
        asking.named.name(each)
        for each in asking.named.indicators
        if asking.shown[each.id] is Shown.PASSED and (each.branch, each.end) in below
    }


def _located(asking: _Asking, feeder: Tripped) -> LocatedFeeder:
    opened = [each for each in asking.opened if each.id != feeder.switch.id]
    nearness = asking.measured.nearness(asking.grid, feeder)
    return located_feeder(
        asking.grid, feeder.switch.id, feeder.places, asking.named, asking.shown, opened, nearness, asking.certainty
    )
