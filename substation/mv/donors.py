"""Which feeders may take over load: alive beyond doubt, quiet, released for automation, not busy otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from models.network.elements import Feeder
from models.point import Dbpos
from substation.grid.positions import Positions
from substation.grid.topology import Topology, Tree
from substation.image import Missing, Mode, ProcessImage
from substation.mv.demand import taps_in_doubt
from substation.mv.feeder_tree import topology_below
from substation.mv.indication import SHORT_CIRCUIT
from substation.mv.operable import tags_on
from substation.mv.protection import view_bay
from substation.mv.reading import bay_of, exists, flag
from substation.tags import TagKind


@dataclass(frozen=True, slots=True)
class DonorSearch:
    """What donors are judged by. tree: what is fed now over certainly closed switches. busy: leases of other orders, by
    feeder or transformer, with the order's id. in_fault: feeders with a case of their own. explained: bays whose
    indications belong to a fault that is isolated already."""

    topology: Topology
    image: ProcessImage
    positions: Positions
    tree: Tree
    busy: Mapping[str, str]
    in_fault: Collection[str]
    explained: Collection[str] = ()


def why_no_donor(search: DonorSearch, feeder: Feeder) -> str:
    """'' when the feeder may take over load, else the reason in words."""
    image = search.image
    if image.modes.get(feeder.id, Mode.DISABLED) is Mode.DISABLED:
        return f"automation is disabled on {feeder.id}"
    for resource in (feeder.id, transformer_of(search.topology, search.tree, feeder)):
        if resource in search.busy:
            return f"{resource} is held by order {search.busy[resource]}"
    if feeder.id in search.in_fault:
        return f"{feeder.id} has a fault of its own"
    view = view_bay(image, feeder)
    if view.breaker is not Dbpos.ON:
        return view.breaker if isinstance(view.breaker, str) else f"{feeder.breaker} is open"
    if view.picked_up:
        return f"the protection of {feeder.id} has picked up"
    return view.local or reclosing_in_doubt(image, feeder.id) or _grid_in_doubt(search, feeder)


def why_none_donates(search: DonorSearch, feeders: Sequence[Feeder]) -> str:
    """The same for all feeders on a way: line reclosers and the feeder around them; '' when each of them may."""
    return next((reason for feeder in feeders if (reason := why_no_donor(search, feeder))), "")


def feeders_at(topology: Topology, switch: str, live: Tree) -> dict[str, None]:
    """Feeders that reach a switch from either side, now and in the released normal diagram: the reclosing of all of
    them is blocked before it closes (SAFETY S6)."""
    ids = [topology.network.nodes[node].id for node in topology.nodes_of_element[switch]]
    trees = (live, topology.normal_tree)
    return {feeder.id: None for tree in trees for node in ids for feeder in topology.feeders_of(node, tree)}


def transformer_of(topology: Topology, tree: Tree, feeder: Feeder) -> str:
    """The transformer that feeds the feeder's busbar in this tree; its normal one where nothing does."""
    arrays = topology.arrays
    for node in topology.nodes_of_element[feeder.breaker]:
        for branch in reversed(tree.path(node)):
            if arrays.first_transformer <= branch < arrays.first_switch:
                return arrays.branch_id(branch)
    return feeder.transformer


def reclosing_in_doubt(image: ProcessImage, bay: str) -> str:
    """Why reclosing cannot be blocked there (SAFETY S6); '' when it can, or is not fitted."""
    if not exists(image, bay, "RREC1.BlkRec"):
        return ""
    blocked = flag(image, bay, "RREC1.BlkRec")
    return f"whether reclosing is blocked is not known: {blocked.reason}" if isinstance(blocked, Missing) else ""


def _grid_in_doubt(search: DonorSearch, feeder: Feeder) -> str:
    """Doubtful switches, indications and tags within the donor."""
    topology, image = search.topology, search.image
    nodes = frozenset(topology_below(topology, search.tree, feeder))
    for switch, reason in search.positions.doubts.items():
        if nodes.intersection(topology.nodes_of_element[switch]):
            return reason
    for indicator in topology.network.indicators:
        known = bay_of(indicator.switch) in search.explained
        if not known and nodes.intersection(topology.nodes_of_element[indicator.switch]):
            for variable in SHORT_CIRCUIT:
                if flag(image, bay_of(indicator.switch), variable) is True:
                    return f"{bay_of(indicator.switch)} shows a fault on {feeder.id}"
    for tag in image.tags:
        if tag.kind is TagKind.LIVE_LINE_WORK and nodes.intersection(topology.nodes_of_element.get(tag.element, ())):
            return f"{tag.element} is tagged '{tag.kind.value}' by {tag.holder}"
    transformer = transformer_of(topology, search.tree, feeder)
    return taps_in_doubt(topology, image).get(transformer, "")


def forbidden_zones(topology: Topology, image: ProcessImage) -> Mapping[int, str]:
    """Zones that nobody may energise because of a tag in them, with the reason (SAFETY S4, S17)."""
    found: dict[int, str] = {}
    for element, nodes in topology.nodes_of_element.items():
        if len({int(topology.zone_of_node[node]) for node in nodes}) != 1:
            continue
        for tag in tags_on(image, element):
            if tag.kind.forbids_closing:
                found[int(topology.zone_of_node[nodes[0]])] = f"{element} is tagged '{tag.kind.value}' by {tag.holder}"
    return found
