"""What is observed of a tripped feeder, and where that puts the fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from models.network.elements import Switch
from models.point import Dbpos
from substation.grid.location.located import percent
from substation.grid.positions import position_of
from substation.grid.topology import Topology, Tree
from substation.image import ProcessImage
from substation.mv.earth.tripping import trips_earth_faults
from substation.mv.feeder_tree import FeederTree
from substation.mv.indication import BETWEEN_PHASES, EITHER, Indication, battery_low, read_indications
from substation.mv.location import Location, locate
from substation.mv.measured_distance import measured_nearness
from substation.mv.order import zone_text
from substation.mv.reading import bay_of, exists, station_of
from substation.mv.settings import FdirSettings
from substation.mv.witnesses import Evidence

Shown = Mapping[str, Indication | str]


class Before(Protocol):
    """What is known from before the event. since_ns: earliest time tag that belongs to it. set_before: switches whose
    indicator was not clear when it began. open_before: switches certainly open then."""

    @property
    def since_ns(self) -> int: ...

    @property
    def set_before(self) -> frozenset[str]: ...

    @property
    def open_before(self) -> tuple[str, ...]: ...


def located(
    topology: Topology, image: ProcessImage, before: Tree, tree: FeederTree, known: Before, settings: FdirSettings,
    frozen: Shown | None = None,
) -> tuple[Location, Shown]:  # fmt: skip
    """The location, and the readings it rests on. before: what was fed before the fault. frozen: readings of an earlier
    location; only what has been set since then is taken besides."""
    # That of a line recloser that tripped says nothing more, and resets by the voltage on its side of the source.
    fitted = {indicator.switch for indicator in topology.network.indicators} - {tree.feeder.breaker}
    switches = [switch for switch in tree.switches if switch.id in fitted]
    sides = EITHER if trips_earth_faults(topology, tree.feeder) else BETWEEN_PHASES
    shown = read_indications(image, switches, known.since_ns, known.set_before, sides)
    if frozen is not None:
        shown = {switch: _joined(frozen.get(switch, now), now) for switch, now in shown.items()}
    low = {station: battery_low(image, station) for station in {station_of(switch) for switch in switches}}
    evidence = Evidence(
        shown,
        frozenset(switch.id for switch in switches if low[station_of(switch)]),
        _opened(image, tree, known.open_before),
        measured_nearness(image, topology, before, tree, known.since_ns),
    )
    location = locate(topology, tree, evidence, settings)
    return _unless_battery_low(topology, location, switches, low, settings), shown


def _joined(earlier: Indication | str, now: Indication | str) -> Indication | str:
    """A flag that came late counts; one that has gone since then was still there."""
    came = now in (Indication.FORWARD, Indication.REVERSE) and earlier not in (Indication.FORWARD, Indication.REVERSE)
    return now if came else earlier


def _opened(image: ProcessImage, tree: FeederTree, open_before: tuple[str, ...]) -> tuple[str, ...]:
    """Sectionalisers and line reclosers of the feeder that were closed before and have opened by themselves."""
    own = [each for each in tree.switches if each.id != tree.feeder.breaker and each.id not in open_before]
    return tuple(each.id for each in own if _opens_itself(image, each) and position_of(image, each.id) is Dbpos.OFF)


def _opens_itself(image: ProcessImage, switch: Switch) -> bool:
    return switch.sectionaliser_counts > 0 or exists(image, bay_of(switch.id), "PTRC1.Tr")


def _unless_battery_low(
    topology: Topology, location: Location, switches: list[Switch], low: Mapping[str, str], settings: FdirSettings
) -> Location:
    """Beside the located zones the silence of a station with a low battery is no evidence."""
    beside = {station_of(each) for each in switches if _touches(topology, each.id, location.likeliest)}
    reasons = tuple(f"{low[station]}, so its silence is no evidence" for station in sorted(beside) if low[station])
    if not reasons or location.doubt:
        return location
    not_counted = (*location.not_counted, *reasons)
    return replace(location, not_counted=not_counted, doubt="" if settings.doubtful_indicators else reasons[0])


def _touches(topology: Topology, switch: str, zones: frozenset[int]) -> bool:
    return any(int(topology.zone_of_node[node]) in zones for node in topology.nodes_of_element[switch])


def location_lines(topology: Topology, location: Location) -> tuple[str, ...]:
    """Why the fault is held to be there, line by line."""
    where, likely = zone_text(topology, location.likeliest), percent(location.probability)
    if len(location.apart) > 1:
        where = places_text(topology, location)
        lines = [f"two faults at once, with {percent(location.two)}: no single one sets indicators on both ways"]
        return (*lines, f"the faults lie in {where} with {likely}", *_overlooked(topology, location))
    if location.zones == location.likeliest and not location.suspects and not location.not_counted:
        agree = f"the indicators agree on {where} and on nothing else"
        return (agree, f"the fault lies there with {likely}", *_overlooked(topology, location))
    return (f"the fault lies in {where} with {likely}", *_overlooked(topology, location))


def places_text(topology: Topology, location: Location) -> str:
    """Where the fault lies, or the two of them."""
    return " and in ".join(zone_text(topology, zones) for zones in location.apart or (location.likeliest,))


def _overlooked(topology: Topology, location: Location) -> list[str]:
    lines = [location.measured] if location.measured else []
    lines += [f"{device} is not believed: it contradicts that" for device in location.suspects]
    lines += [f"not counted: {reason}" for reason in location.not_counted]
    if location.zones != location.likeliest:
        area, certain = zone_text(topology, location.zones), percent(location.enclosed)
        lines.append(f"so {area} is isolated, in which the fault lies with {certain}")
    return lines
