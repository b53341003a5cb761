"""What a crew has done becomes what the rules see: earths, permits, positions (OP4, SAFETY S17)."""

from __future__ import annotations

from collections.abc import Callable

from models.command import Originator, OriginatorCategory
from models.point import Dbpos
from models.switching import CrewAct, CrewTask, Order, Step
from substation.control.numerics import Numerics
from substation.control.pauses import CrewWord
from substation.grid.positions import position_of
from substation.image import ProcessImage
from substation.placements.board import PlacementBoard
from substation.placements.judgement import Faults, not_placeable, not_removable
from substation.placements.placement import Placement, PlacementKind
from substation.tag_board import TagBoard
from substation.tags import TagKind

_POSITIONS = {
    CrewAct.SWITCH_OPEN: (Dbpos.OFF, PlacementKind.POSITION_OPEN),
    CrewAct.SWITCH_CLOSED: (Dbpos.ON, PlacementKind.POSITION_CLOSED),
}


class Crew:
    """`done` is what the executor asks; '' when it is on the boards, else why it cannot be so."""

    def __init__(
        self,
        placements: PlacementBoard,
        tags: TagBoard,
        numerics: Numerics,
        view: Callable[[], ProcessImage],
        faults: Callable[[], Faults],
    ) -> None:
        self._placements, self._tags, self._numerics = placements, tags, numerics
        self._view, self._faults = view, faults

    async def done(self, order: Order, step: Step, word: CrewWord) -> str:
        act = step.value.act if isinstance(step.value, CrewTask) else CrewAct.OTHER
        reference = f"order {order.id} step {step.number}"
        if act is CrewAct.PLACE_EARTH:
            return await self._place(PlacementKind.EARTH, step.element, word, reference)
        if act is CrewAct.REMOVE_EARTH:
            return await self._take_away_earth(step.element)
        if act is CrewAct.ISSUE_PERMIT:
            permit = f"{order.id}/{step.number}, {word.name}"
            await self._tags.place(TagKind.WORK_PERMIT, [step.element], word.told_by, word.at_ns, permit)
            return ""
        if act is CrewAct.RETURN_PERMIT:
            return await self._return_permit(step.element, word)
        if act is CrewAct.LIFT_ISOLATION:
            return await self._lift_isolation(step.element, word)
        return await self._position(act, step.element, word, reference)

    async def _place(self, kind: PlacementKind, element: str, word: CrewWord, reference: str) -> str:
        wanted = Placement(0, kind, element, word.name, word.at_ns, reference=reference)
        placed = await self._placements.place(
            wanted, lambda each: not_placeable(each, self._numerics, self._view(), self._faults())
        )
        return placed if isinstance(placed, str) else ""

    async def _take_away_earth(self, element: str) -> str:
        earths = [
            each for each in self._placements.placements if (each.kind, each.element) == (PlacementKind.EARTH, element)
        ]
        if not earths:
            return f"no earth is placed on {element}"
        for earth in earths:
            removed = await self._placements.remove(
                earth.id, lambda each: not_removable(each, self._numerics, self._view(), self._faults())
            )
            if isinstance(removed, str):
                return removed
        return ""

    async def _return_permit(self, element: str, word: CrewWord) -> str:
        permits = [tag for tag in self._tags.on(element) if tag.kind is TagKind.WORK_PERMIT]
        if not permits:
            return f"{element} bears no work permit"
        for permit in permits:
            who = Originator(OriginatorCategory.STATION_CONTROL, word.told_by)
            if refusal := await self._tags.remove(permit.id, who):
                return refusal
        return ""

    async def _lift_isolation(self, switch: str, word: CrewWord) -> str:
        """S4: in the name of the operator who says it, and only where the switch bounds no fault any more."""
        view, grid = self._view(), self._numerics.grid
        if switch not in grid.switches:
            return f"{switch} is no switch"
        closed = {each.id for each in grid.network.switches if position_of(view, each.id) is not Dbpos.OFF}
        islands = grid.islands(closed & grid.joining)
        beside = frozenset().union(*(islands.nodes(node) for node in grid.sides(grid.switches[switch])))
        for order, zone in self._faults().items():
            for element in zone:
                if grid.nodes_of(element) & beside:
                    return f"S4: {switch} bounds the area of {element}, faulted in order {order}; its tag stays"
        who = Originator(OriginatorCategory.STATION_CONTROL, word.told_by)
        for tag in [each for each in self._tags.on(switch) if each.kind is TagKind.FAULT_ISOLATION]:
            if refusal := await self._tags.remove(tag.id, who):
                return refusal
        return ""

    async def _position(self, act: CrewAct, switch: str, word: CrewWord, reference: str) -> str:
        """The field's word counts where it has one; else the crew's, as a position set by hand."""
        if act not in _POSITIONS:
            return ""
        wanted, kind = _POSITIONS[act]
        position = position_of(self._view(), switch)
        if isinstance(position, Dbpos):
            return "" if position is wanted else f"the field reports {switch} {position.name.lower()}"
        return await self._place(kind, switch, word, f"{reference}, seen by {word.name}")
