"""The way back to the normal diagram: ordered as VOS orders (GR3), else by topology alone, opening before closing.

Dark parts are fed first; closed before opened where every check of a parallel passes (S8), else with the shortest
outage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.errors import AlgorithmError
from models.network.elements import Switch, SwitchKind
from models.point import Dbpos, PointName, Sample, Value
from models.switching import GroupChange, Order, OrderKind
from substation.grid.arrays import Booleans
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.order import ACTIVE_GROUP
from substation.mv.vos.exchange import Passage
from substation.mv.vos.judges import Judges
from substation.mv.vos.ordering import Ordering, Way
from substation.mv.vos.trial import trial


@dataclass(frozen=True, slots=True)
class Move:
    """One operation on the way. tie: the tie whose opening interrupted what this closing feeds again, '' if none.
    beside: what is closed together with it until it opens, '' if nothing is. why: no parallel was permitted."""

    switch: str
    value: Dbpos
    tie: str = ""
    beside: str = ""
    why: str = ""


def ordered(
    topology: Topology, image: ProcessImage, closed: Booleans, away: Sequence[Switch], judges: Judges
) -> tuple[tuple[Move, ...], Way]:
    """What moves in which order, and how it was found; without moves where the rules leave no way."""
    closings = frozenset(switch.id for switch in away if not switch.normally_open)
    openings = frozenset(switch.id for switch in away if switch.normally_open)
    trying = trial(topology, image, judges, closed, OrderKind.RETURN_TO_NORMAL)
    way = Ordering(trying, closings, openings).best(closed)
    return tuple(move for passage in way.passages for move in _moves(passage)), way


def _moves(passage: Passage) -> Iterator[Move]:
    close, opening = passage.exchange.close, passage.exchange.open
    if not opening:
        yield Move(close, Dbpos.ON)
    elif passage.parallel:
        yield Move(close, Dbpos.ON)
        yield Move(opening, Dbpos.OFF, beside=close)
    else:
        yield Move(opening, Dbpos.OFF, why=passage.why)
        yield Move(close, Dbpos.ON, tie=opening)


def by_then(
    topology: Topology, image: ProcessImage, order: Order, touched: Collection[str], groups: Mapping[str, GroupChange]
) -> ProcessImage:
    """The image as it will be before the first switching: tags and earths removed, reclosing blocked, groups switched.

    What has not been removed by then keeps the approval from passing.
    """
    names = {*touched, *order.zone}
    tags = tuple(
        tag
        for tag in image.tags
        if tag.reference != order.id and not any(name == tag.element or _within(name, tag.element) for name in names)
    )
    placements = tuple(each for each in image.placements if each.element not in names)
    values: dict[PointName, Value] = {}
    values |= {PointName(feeder.id, "RREC1.BlkRec"): True for feeder in topology.network.feeders}
    values |= {PointName(feeder, ACTIVE_GROUP): change.group for feeder, change in groups.items()}
    samples = dict(image.samples)
    for name, value in values.items():
        handle = image.register.handle(name)
        if handle is not None:
            samples[handle] = Sample(handle, value, 0, image.time_ns, image.time_ns)
    return replace(image, tags=tags, placements=placements, samples=samples)


def _within(element: str, place: str) -> bool:
    return element.startswith(f"{place}/")


def by_topology(topology: Topology, closed: Booleans, away: Sequence[Switch]) -> tuple[Move, ...]:
    """All operations, each closing onto a dead part (SAFETY S7). AlgorithmError when no such order is found."""
    closed = closed.copy()
    to_close = [switch for switch in away if not switch.normally_open]
    to_open = [switch for switch in away if switch.normally_open]
    moves: list[Move] = []
    tie = ""
    while to_close or to_open:
        switch = _next_close(topology, closed, to_close)
        if switch is not None:
            to_close.remove(switch)
            moves.append(Move(switch.id, Dbpos.ON, tie))
        else:
            switch = _next_open(topology, closed, to_close, to_open)
            to_open.remove(switch)
            moves.append(Move(switch.id, Dbpos.OFF))
            tie = switch.id
        closed[topology.arrays.switch_index[switch.id]] = not switch.normally_open
    return tuple(moves)


def _next_close(topology: Topology, closed: Booleans, to_close: Sequence[Switch]) -> Switch | None:
    """A switch with one side fed and the other dead; breakers first."""
    root_of = topology.tree(closed).root_of
    ready = [
        switch
        for switch in to_close
        if sorted(root_of[node] >= 0 for node in topology.nodes_of_element[switch.id]) == [False, True]
    ]
    return min(ready, key=lambda switch: switch.kind is not SwitchKind.BREAKER, default=None)


def _next_open(topology: Topology, closed: Booleans, to_close: Sequence[Switch], to_open: Sequence[Switch]) -> Switch:
    """The tie after whose opening something can be closed; any tie once nothing is left to close."""
    for switch in to_open:
        trial_mask = closed.copy()
        trial_mask[topology.arrays.switch_index[switch.id]] = False
        if not to_close or _next_close(topology, trial_mask, to_close) is not None:
            return switch
    names = ", ".join(switch.id for switch in (*to_close, *to_open))
    raise AlgorithmError(f"no order of steps brings {names} back without a loop or parallel; switch them by hand")
