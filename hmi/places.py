"""Where something can be put: the nodes at an element, and the loose ends that cuts have left."""

from __future__ import annotations

from collections.abc import Sequence

from hmi.people import PlacementNote
from hmi.site_model import SiteModel
from models.network.elements import Line

CUT = "cut"


def line_of(model: SiteModel, element: str) -> Line | None:
    return next((line for line in model.network.lines if line.id == element), None)


def nodes_at(model: SiteModel, element: str) -> list[str]:
    """Both ends of a line or switch, all nodes of a station, the node itself; none for anything else."""
    line = line_of(model, element)
    if line is not None:
        return [line.from_node, line.to_node]
    switch = model.switches.get(element)
    if switch is not None:
        return [node for node in (switch.from_node, switch.to_node) if node]
    if element in model.nodes:
        return [element]
    return [node.id for node in model.network.nodes if node.station and node.station == element]


def loose_ends(cut: PlacementNote) -> list[str]:
    """Ids of the nodes at which the conductor hangs where it is cut (substation.placements: `placed/7/end`)."""
    end = f"placed/{cut.id}/end"
    return [end] if cut.other else [end, f"placed/{cut.id}/far_end"]


def cuts_at(model: SiteModel, placements: Sequence[PlacementNote], element: str) -> list[PlacementNote]:
    """Of the line itself, or of lines that end at the nodes of the element."""
    nodes = set(nodes_at(model, element))
    lines = {line.id for line in model.network.lines if element == line.id or nodes & {line.from_node, line.to_node}}
    return [each for each in placements if each.kind == CUT and each.element in lines]


def across(cut: PlacementNote) -> tuple[str, str]:
    """The two nodes that a jumper joins across a cut: where the line hung, and where it hangs now."""
    ends = loose_ends(cut)
    return (cut.other, ends[0]) if cut.other else (ends[0], ends[1])


def places_at(model: SiteModel, placements: Sequence[PlacementNote], element: str) -> list[str]:
    """Every node there at which something can stand, the loose ends of cuts too."""
    loose = [end for cut in cuts_at(model, placements, element) for end in loose_ends(cut)]
    return list(dict.fromkeys((*nodes_at(model, element), *loose)))


def element_of(model: SiteModel, placements: Sequence[PlacementNote], place: str) -> str:
    """What a diagram shows a node by: its station, or the line of the cut whose loose end it is; else itself."""
    node = model.nodes.get(place)
    if node is not None:
        return node.station or place
    cuts = (each for each in placements if each.kind == CUT and place in loose_ends(each))
    return next((cut.element for cut in cuts), place)
