"""A sectionaliser has opened in a dead time, reclosing has brought the rest back: where the fault is, what bounds it.

No final trip, so automation must not start (SAFETY S9). The count says that the fault lies behind the sectionaliser,
the indications there in which section; where its position is certain that part is isolated from its feeder, and counts
as faulted for everybody's plans until the sectionaliser is closed again. What people may do for the rest is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.network.elements import Feeder
from models.point import Dbpos
from substation.grid.location.located import percent
from substation.grid.positions import position_of, read_positions
from substation.grid.topology import Topology, Tree
from substation.image import ProcessImage
from substation.mv.feeder_tree import FeederTree, closed_before, feeder_tree
from substation.mv.indication import BETWEEN_PHASES, read_indications
from substation.mv.isolation import isolate
from substation.mv.location import Candidate, Location, locate
from substation.mv.observed import Before
from substation.mv.operable import why_not_open
from substation.mv.order import zone_text
from substation.mv.settings import FdirSettings
from substation.mv.witnesses import Evidence


@dataclass(frozen=True, slots=True)
class Parted:
    """zone: elements of what is isolated, empty where nothing is certain. words: what is concluded, what is left."""

    words: str
    zone: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def parted_fault(
    topology: Topology, image: ProcessImage, feeder: Feeder, switches: Sequence[str], known: Before,
    doubts_before: Iterable[str], settings: FdirSettings,
) -> Parted:  # fmt: skip
    """switches: sectionalisers of the feeder that were closed before the event and are not any more."""
    before = topology.tree(closed_before(topology.network, feeder.breaker, known.open_before, doubts_before))
    switch = _last(topology, before, switches)
    if not switch:
        return Parted("several sectionalisers on different ways have opened: there is more than one fault")
    if position_of(image, switch) is not Dbpos.OFF:
        return Parted(f"S14: {switch} is not open for certain, so nothing counts as isolated")
    fed = feeder_tree(topology, before, Feeder(feeder.id, switch, feeder.transformer))
    location = _located(topology, image, fed, known, settings)
    if not location.likeliest or location.enclosed < settings.certainty:
        return Parted(f"{switch} stands open, but nothing was fed behind it for certain")
    zone = tuple(each for number in sorted(location.zones) for each in topology.zone_elements[number])
    where = f"{zone_text(topology, location.likeliest)} with {percent(location.probability)}"
    words = f"{switch} has counted the fault and stands open: the fault lies in {where}, isolated from {feeder.id}"
    return Parted(f"{words}{_rest(topology, image, fed, location, switch)}", zone, location.candidates)


def _last(topology: Topology, before: Tree, switches: Sequence[str]) -> str:
    """The one that all others stand before; '' where there is none."""
    for switch in switches:
        way = {topology.arrays.branch_id(branch) for branch in before.path(_lower(topology, before, switch))}
        if way.issuperset(switches):
            return switch
    return ""


def _lower(topology: Topology, before: Tree, switch: str) -> int:
    """The end of a switch that is fed through it."""
    branch = topology.switch_branch(switch)
    nodes = topology.nodes_of_element[switch]
    return next((node for node in nodes if before.parent_branch[node] == branch), nodes[-1])


def _located(
    topology: Topology, image: ProcessImage, fed: FeederTree, known: Before, settings: FdirSettings
) -> Location:
    """By the indicators behind the sectionaliser: those before it have their voltage back, and reset."""
    fitted = {indicator.switch for indicator in topology.network.indicators} - {fed.feeder.breaker}
    own = [switch for switch in fed.switches if switch.id in fitted]
    shown = read_indications(image, own, known.since_ns, known.set_before, BETWEEN_PHASES)
    return locate(topology, fed, Evidence(shown), settings)


def _rest(topology: Topology, image: ProcessImage, fed: FeederTree, location: Location, switch: str) -> str:
    """What has to be opened before people feed what is healthy behind the sectionaliser."""
    if fed.zones <= location.zones:
        return ""
    reasons = {each.id: why_not_open(image, each) for each in fed.switches if each.to_node}
    around = isolate(topology, location.zones, read_positions(image, topology.network), reasons)
    opening = " and ".join(each.id for each in around.to_open if each.id != switch)
    return f"; open {opening} before anybody feeds the rest behind it" if opening else ""
