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
from substation.study.tripped import Measured, Tripped, at_sources, switch_named, tripped

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
    return Result(values(feeders), text(feeders), findings(feeders))


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
    measured = _measured(options, len(breakers) or len(asked.grid.sources))
    return _Asking(asked.grid, named, dict(named.shown(told)), breakers, opened, measured, options.certainty)


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
        return [_located(asking, each) for each in tripped(asking.grid, asking.tripped)]
    every = at_sources(asking.grid)
    seen = [each for each in every if _flags(asking, each)]
    if not seen and len(every) > 1:
        raise ConfigError("locate", None, "no indicator shows a fault", "say with --trip which breaker has tripped")
    found = sorted((_located(asking, each) for each in seen or every), key=lambda each: -each.located.evidence)
    others = [each for each in found[1:] if each.located.evidence + math.log(SECOND_FAULT) > 0]
    return [found[0], *others]


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
