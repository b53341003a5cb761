"""Whether the grid is in normal operation: only then does an optimisation propose anything (SAFETY S14, S16)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from models.network.elements import SwitchKind
from models.switching import OrderState
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.demand import taps_in_doubt
from substation.placements.placement import on_the_grid
from substation.tags import TagKind

_AT_WORK = frozenset({TagKind.FAULT_ISOLATION, TagKind.LIVE_LINE_WORK, TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH})
"""Tags that say that something is not normal; the others concern one switch, which is then not moved."""
_RUNNING = (OrderState.APPROVED, OrderState.EXECUTING, OrderState.PAUSED, OrderState.BLOCKED)


def abnormal(
    topology: Topology, image: ProcessImage, positions: Positions, beside: Collection[str] = ()
) -> tuple[str, ...]:
    """Every reason in words, none where operation is normal. beside: transformers that may stand beside another one."""
    return (*_happening(image), *_placed(topology, image, positions), *_unknown(topology, image, positions, beside))


def _happening(image: ProcessImage) -> Iterator[str]:
    yield from image.faults
    yield from (f"order {order.id} is under way" for order in image.orders.values() if order.state in _RUNNING)
    if image.open_intents:
        yield f"the outcome of {len(image.open_intents)} commands is not known"


def _placed(topology: Topology, image: ProcessImage, positions: Positions) -> Iterator[str]:
    yield from (f"{tag.element} is tagged '{tag.kind.value}'" for tag in image.tags if tag.kind in _AT_WORK)
    yield from (str(each) for each in on_the_grid(image.placements))
    for number, switch in enumerate(topology.network.switches):
        if switch.kind is SwitchKind.EARTHING_SWITCH and positions.closed[number]:
            yield f"{switch.id} is closed"


def _unknown(topology: Topology, image: ProcessImage, positions: Positions, beside: Collection[str]) -> Iterator[str]:
    yield from (f"S14: {reason}" for reason in positions.doubts.values())
    yield from (f"S16: {reason}" for reason in taps_in_doubt(topology, image).values())
    if positions.doubts:
        return
    tree = topology.tree(positions.closed, beside)
    if not tree.radial:
        yield f"a loop or parallel is closed at {topology.arrays.branch_id(int(tree.extra[0]))}"
    index = topology.arrays.node_index
    dark = [load.id for load in topology.network.loads if tree.root_of[index[load.node]] < 0]
    if dark:
        yield f"{len(dark)} loads are without supply, {dark[0]} among them"
