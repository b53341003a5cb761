"""Location below one tripped breaker of a planning grid: evidence in, zone and isolation with their ids out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.network.planning import PlanningGrid, PlanningSwitch
from substation.grid.location.area import Area, smallest_area
from substation.grid.location.distance import Nearness
from substation.grid.location.evidence import Shown, Witness
from substation.grid.location.located import Located, Question, locate_on_tree
from substation.grid.location.radial_places import RadialPlaces
from substation.grid.location.reliability import RATES, DeviceKind, Health
from substation.grid.location.sections import Places
from substation.study.named_indicators import NamedIndicators


@dataclass(frozen=True, slots=True)
class LocatedFeeder:
    """breaker: id of what has tripped. area: to be isolated, around all that has to be enclosed.

    nearness: of what the relay measured, None where it measured nothing.
    """

    grid: PlanningGrid
    breaker: str
    places: RadialPlaces
    named: NamedIndicators
    located: Located
    area: Area
    nearness: Nearness | None

    @property
    def nearest(self) -> tuple[str, ...]:
        """Elements within the located section that fit best what the relay measured; empty when it measured nothing."""
        if self.nearness is None:
            return ()
        inside = self.located.places
        most = max(self.nearness.likelihood[place] for place in inside)
        return self.elements(place for place in inside if self.nearness.likelihood[place] == most)

    def boundary(self, places: Iterable[int]) -> tuple[str, ...]:
        """Indicators around these places; the breaker where they reach up to it and no indicator stands beside it."""
        inside = set(places)
        at = {place for place, above in enumerate(self.places.parent) if (place in inside) != (above in inside)}
        below = self.places.place_below
        found = {
            below[each.branch, each.end]: self.named.name(each)
            for each in self.named.indicators
            if below.get((each.branch, each.end)) in at
        }
        if 0 in inside:
            found.setdefault(0, self.breaker)
        return tuple(found[place] for place in sorted(found))

    def elements(self, places: Iterable[int]) -> tuple[str, ...]:
        """Ids of the branches in these places, then of the buses, as 'bus ID' where the id is a mere number."""
        numbers = sorted(places)
        branches = [self.places.branch[place] for place in numbers]
        buses = [self.places.bus[place] for place in numbers]
        return (
            *(self.grid.branches[each].id for each in branches if each is not None),
            *(_bus(self.grid.buses[each].id) for each in buses if each is not None),
        )


def _bus(name: str) -> str:
    return f"bus {name}" if name.isdigit() else name


def located_feeder(
    grid: PlanningGrid,
    breaker: str,
    places: RadialPlaces,
    named: NamedIndicators,
    shown: Mapping[str, Shown],
    opened: Iterable[PlanningSwitch],
    nearness: Nearness | None,
    certainty: float,
) -> LocatedFeeder:
    """shown: by indicator id. opened: reclosers and sectionalisers that have opened for good in this event."""
    witnesses = [*_indicators(places, named, shown), *_protection(places, opened)]
    weight = (1.0,) * len(places.parent)
    prior = Places(places.parent, weight)
    if nearness is not None:
        prior = Places(places.parent, weight, nearness.likelihood, nearness.far)
    located = locate_on_tree(Question(prior, witnesses, _astray(grid, places, named, shown)), certainty)
    area = smallest_area(places.parent, _operable(grid, places), located.enclosed)
    return LocatedFeeder(grid, breaker, places, named, located, area, nearness)


def _indicators(places: RadialPlaces, named: NamedIndicators, shown: Mapping[str, Shown]) -> list[Witness]:
    below, found = places.place_below, []
    for each in named.indicators:
        place = below.get((each.branch, each.end))
        if place is not None:
            kind = DeviceKind.DIRECTIONAL if each.directional else DeviceKind.NON_DIRECTIONAL
            rates = RATES[kind, Health.SUPERVISED]
            name, infeed = named.name(each), places.infeed[place]
            found.append(Witness(name, place, shown[each.id], rates, each.directional, infeed))
    return found


def _protection(places: RadialPlaces, opened: Iterable[PlanningSwitch]) -> list[Witness]:
    """A device that opened by itself has seen the fault below it."""
    rates, below = RATES[DeviceKind.PROTECTION, Health.SUPERVISED], places.place_below
    found = []
    for switch in opened:
        entered = [below[switch.branch, end] for end in switch.ends if (switch.branch, end) in below]
        if entered:
            found.append(Witness(switch.id, min(entered), Shown.PASSED, rates))
    return found


def _astray(
    grid: PlanningGrid, places: RadialPlaces, named: NamedIndicators, shown: Mapping[str, Shown]
) -> tuple[str, ...]:
    """Indicators on open branches of this feeder that show a fault: none can flow there."""
    buses, below = {each for each in places.bus if each is not None}, places.place_below
    return tuple(
        named.name(each)
        for each in named.indicators
        if shown[each.id] is Shown.PASSED
        and (each.branch, each.end) not in below
        and {grid.branches[each.branch].from_bus, grid.branches[each.branch].to_bus} & buses
    )


def _operable(grid: PlanningGrid, places: RadialPlaces) -> Mapping[int, str]:
    below = places.place_below
    return {
        below[switch.branch, end]: switch.id
        for switch in grid.switches
        if switch.closed and switch.remote
        for end in switch.ends
        if below.get((switch.branch, end), 0) > 0
    }
