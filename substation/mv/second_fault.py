"""A second fault that the first one hid: protection acts right after an order has closed a switch (SAFETY S6).

Fault current takes the nearest fault, so one behind it leaves no indication until voltage comes back to it. A trip
right after a close says where it lies: in what the close has energised. That part counts as faulted from then on, so
nobody's plan feeds it; the indications of this second trip say more, once they have arrived. What is done about it is
for people: there is one attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from models.network.elements import Feeder
from models.point import Dbpos, PointName
from models.switching import Order, Step, StepState
from substation.application import Plain
from substation.grid.arrays import Booleans
from substation.grid.location.located import percent
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.feeder_tree import FeederTree, feeder_tree
from substation.mv.indication import read_indications
from substation.mv.location import locate
from substation.mv.settings import FdirSettings
from substation.mv.witnesses import Evidence

RIGHT_AFTER_S = 3.0
"""So long after a close has been confirmed a trip is still its consequence."""


@dataclass(frozen=True, slots=True)
class SecondFault:
    """switch: whose close energised it, '' where there is none. part: elements that it energised. at_ns: when
    protection acted, ns UTC. place: the likeliest elements by the indications of the second trip; judged: they have
    been asked."""

    switch: str = ""
    part: tuple[str, ...] = ()
    at_ns: int = 0
    place: tuple[str, ...] = ()
    probability: float = 0.0
    judged: bool = False

    def __bool__(self) -> bool:
        return bool(self.switch)

    @property
    def words(self) -> str:
        if not self.switch:
            return ""
        names = ", ".join(self.part[:4]) + (f" and {len(self.part) - 4} more" if len(self.part) > 4 else "")
        return f"a second fault lies in what closing {self.switch} has energised ({names}); it is not closed again"

    @property
    def judged_words(self) -> str:
        """What the indications of the second trip have added."""
        if not self.place:
            return f"of the part behind {self.switch} no indicator says where the second fault lies"
        where = ", ".join(self.place[:4]) + (f" and {len(self.place) - 4} more" if len(self.place) > 4 else "")
        return f"the second fault lies in {where} with {percent(self.probability)}; people isolate it"


class Ordered(Protocol):
    """A case with an order. leases: what it holds. targets: position that it brings each switch to."""

    @property
    def feeder(self) -> str: ...

    @property
    def leases(self) -> tuple[str, ...]: ...

    @property
    def targets(self) -> tuple[tuple[str, bool], ...]: ...

    @property
    def second(self) -> SecondFault: ...


class SecondFaults:
    """One per FDIR."""

    def __init__(self, topology: Topology, settings: FdirSettings) -> None:
        self._topology, self._settings = topology, settings

    def found(
        self, image: ProcessImage, case: Ordered, order: Order | None, acted: Mapping[str, tuple[PointName, ...]]
    ) -> SecondFault:
        """What protection, by bay, says of the close that the order of a case has just made."""
        step = None if order is None else _last_close(order)
        if step is None or not _right_after(step, image.time_ns):
            return SecondFault()
        topology, closed = self._topology, self._closed(image, case, step.element)
        above = {feeder.id for feeder in topology.feeders_of(step.element, topology.tree(closed))}
        above |= {feeder.id for feeder in topology.network.feeders if feeder.breaker == step.element}
        if not any(acted.get(bay) for bay in above):
            return SecondFault()
        part = self._elements(self._energised(closed, step.element).zones)
        return SecondFault(step.element, part, image.time_ns)

    def judged(self, image: ProcessImage, case: Ordered) -> SecondFault:
        """Once the indications of the second trip are complete."""
        found = case.second
        fed = self._energised(self._closed(image, case, found.switch), found.switch)
        fitted = {indicator.switch for indicator in self._topology.network.indicators} - {found.switch}
        switches = [switch for switch in fed.switches if switch.id in fitted]
        since_ns = found.at_ns - round(self._settings.flag_tolerance_s * 1e9)
        shown = read_indications(image, switches, since_ns, frozenset())
        location = locate(self._topology, fed, Evidence(shown), self._settings)
        known = any(not isinstance(each, str) for each in shown.values())
        place = self._elements(location.likeliest) if known else ()
        return replace(found, judged=True, place=place, probability=location.probability)

    def _elements(self, zones: Iterable[int]) -> tuple[str, ...]:
        return tuple(each for zone in sorted(zones) for each in self._topology.zone_elements[zone])

    def _closed(self, image: ProcessImage, case: Ordered, switch: str) -> Booleans:
        """As it was when the close had its effect: what the second trip has opened was closed."""
        closed, index = read_positions(image, self._topology.network).closed.copy(), self._topology.arrays.switch_index
        for feeder in self._topology.network.feeders:
            if feeder.id in case.leases and feeder.id != case.feeder and (feeder.breaker, False) not in case.targets:
                closed[index[feeder.breaker]] = True
        closed[index[switch]] = True
        return closed

    def _energised(self, closed: Booleans, switch: str) -> FeederTree:
        """What hangs on the switch alone."""
        return feeder_tree(self._topology, self._topology.tree(closed), Feeder("", switch, ""))


def _last_close(order: Order) -> Step | None:
    done = (StepState.EXECUTING, StepState.CONFIRMED, StepState.FAILED)
    closes = [step for step in order.steps if step.position is Dbpos.ON and step.state in done]
    return closes[-1] if closes else None


def _right_after(step: Step, now_ns: int) -> bool:
    """It moves, or has arrived just now."""
    return step.confirmed_ns is None or now_ns - step.confirmed_ns <= RIGHT_AFTER_S * 1e9


def second_shown(found: SecondFault) -> dict[str, Plain]:
    return {
        "switch": found.switch,
        "part": list(found.part),
        "place": list(found.place),
        "probability": found.probability if found.place else None,
    }


def dump_second(found: SecondFault) -> Plain:
    return [found.switch, list(found.part), found.at_ns, list(found.place), found.probability, found.judged]


def load_second(plain: Plain) -> SecondFault:
    """ValueError when the data are not those of one; cases of older releases have none."""
    if plain is None:
        return SecondFault()
    if not isinstance(plain, list) or len(plain) != 6:
        raise ValueError("a stored second fault is not readable")
    switch, part, at_ns, place, probability, judged = plain
    if not isinstance(switch, str) or not isinstance(at_ns, int) or not isinstance(probability, int | float):
        raise ValueError("a stored second fault is not readable")
    if not isinstance(part, list) or not isinstance(place, list):
        raise ValueError("a stored second fault is not readable")
    texts = tuple(str(each) for each in part), tuple(str(each) for each in place)
    return SecondFault(switch, texts[0], at_ns, texts[1], float(probability), judged is True)
