"""What people do at the gate beside commanding: what they put on the grid, and who has control (SAFETY S17, S18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from models.alarm import Category, Severity
from substation.control.gate import Gate
from substation.control.numerics import Numerics
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.orders import OrderDesk
from substation.parts import Parts
from substation.placements.board import PlacementBoard
from substation.placements.placement import Placement
from substation.variables.placements import PlacementWrites
from substation.variables.showing import EnergisationShow, Showing


class People:
    """`await People.open(parts)`, `attach` once the gate is made, `routes`, then `run` until cancelled."""

    def __init__(self, parts: Parts, placements: PlacementBoard) -> None:
        self._parts, self.placements = parts, placements

    @classmethod
    async def open(cls, parts: Parts) -> People:
        return cls(parts, await PlacementBoard.open(parts.stores.control))

    def attach(self, gate: Gate, numerics: Numerics, desk: OrderDesk) -> None:
        """What the gate and the rules ask."""
        self._gate, self._numerics, self._desk = gate, numerics, desk
        gate.placed = lambda: self.placements.placements
        register = self._parts.image.register
        self._parts.image.subscribe(lambda samples: self.placements.take(samples, register))
        self.placements.withdrawn = self._withdrawn

    def show(self, showing: Showing, energisation: EnergisationShow, wake: Callable[[], None]) -> None:
        """wake: who plans looks again when the grid is another one."""

        def changed() -> None:
            showing.placements(self.placements.placements)
            energisation.again()
            wake()

        self.placements.changed = changed
        showing.placements(self.placements.placements)

    def _withdrawn(self, placement: Placement) -> None:
        text = f"{placement} withdrawn: the field reports the position again"
        self._parts.events.tell(Category.PROCESS, Severity.LOW, placement.element, text)

    def _tell(self, location: str, text: str) -> None:
        self._parts.events.tell(Category.SYSTEM, Severity.INFORMATION, location, text)

    def routes(self) -> tuple[Route, ...]:
        placing = PlacementWrites(
            self.placements, self._numerics, self._gate.view, lambda: self._desk.faults, self._parts.clock, self._tell
        )
        return (Route("Placement.*", "*", placing, write=Right.OPERATE),)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.placements.run())
