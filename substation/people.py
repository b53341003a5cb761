"""What people do at the gate beside commanding: what they put on the grid, and who has control (SAFETY S17, S18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial

from models.alarm import Category, Severity
from models.command import Originator
from substation.authority.agreeing import Agreement
from substation.authority.authority import without_control
from substation.authority.board import AuthorityBoard
from substation.authority.four_eyes import Weighty
from substation.authority.holder_watch import HolderWatch
from substation.authority.second_operators import SecondOperators
from substation.control.executor import SequenceExecutor
from substation.control.gate import Gate
from substation.control.numerics import Numerics
from substation.crew import Crew
from substation.exchange.access import Identity, Right
from substation.exchange.variables import Route
from substation.manual_orders import Composer
from substation.orders import OrderDesk
from substation.parts import Parts
from substation.placements.board import PlacementBoard
from substation.placements.placement import Placement
from substation.tag_board import TagBoard
from substation.variables.authority import TAKE_OVER, AuthorityWrites, SecondOperatorWrites
from substation.variables.orders import OrderWrites
from substation.variables.placements import PlacementWrites
from substation.variables.showing import EnergisationShow, Showing


class People:
    """`await People.open(parts)`, `attach` once the gate is made, `routes`, then `run` until cancelled."""

    def __init__(self, parts: Parts, placements: PlacementBoard, authority: AuthorityBoard) -> None:
        self._parts, self.placements, self.authority = parts, placements, authority
        self._unit, self._rules = parts.config.name, parts.config.rules
        self.seconds = SecondOperators(self._rules.second_operator.within_s, parts.clock)
        self._watch = HolderWatch(authority, self._rules.authority.free_after_s)

    @classmethod
    async def open(cls, parts: Parts) -> People:
        placements = await PlacementBoard.open(parts.stores.control)
        return cls(parts, placements, await AuthorityBoard.open(parts.stores.control, parts.clock))

    def sessions(self, present: Callable[[], Collection[str]]) -> None:
        """Names of those who have a session at the unit now."""
        self._watch.present = present

    def attach(
        self, gate: Gate, numerics: Numerics, desk: OrderDesk, executor: SequenceExecutor, tags: TagBoard
    ) -> None:
        """What the gate, the rules and running orders ask."""
        executor.crew.done = Crew(self.placements, tags, numerics, gate.careful_view, lambda: desk.faults).done
        executor.waiting_settings = self._rules.waiting
        self._gate, self._numerics, self._desk = gate, numerics, desk
        gate.placed = lambda: self.placements.placements
        register = self._parts.image.register
        self._parts.image.subscribe(lambda samples: self.placements.take(samples, register))
        self.placements.withdrawn = self._withdrawn
        gate.authority = lambda: self.authority.present
        self.authority.tell = partial(self._tell, self._unit)
        self.authority.taken_over = desk.take_over_all
        self.seconds.tell = self._tell_people

    def show(self, showing: Showing, energisation: EnergisationShow, wake: Callable[[], None]) -> None:
        """wake: who plans looks again when the grid is another one."""

        def changed() -> None:
            showing.placements(self.placements.placements)
            energisation.again()
            wake()

        def holder_changed() -> None:
            showing.authority(self.authority.present)

        def waiting_changed() -> None:
            showing.waiting(self.seconds.waiting)

        self.placements.changed = changed
        showing.placements(self.placements.placements)
        self.authority.changed, self.seconds.changed = holder_changed, waiting_changed
        holder_changed()
        waiting_changed()

    def _withdrawn(self, placement: Placement) -> None:
        text = f"{placement} withdrawn: the field reports the position again"
        self._parts.events.tell(Category.PROCESS, Severity.LOW, placement.element, text)

    def _tell(self, location: str, text: str) -> None:
        self._parts.events.tell(Category.SYSTEM, Severity.INFORMATION, location, text)

    def _tell_people(self, location: str, text: str) -> None:
        self._parts.events.tell(Category.COMMAND, Severity.MEDIUM, location, text)

    async def agree(self, what: Weighty, who: Identity, text: str, location: str, right: Right) -> Agreement:
        """A second operator's word, where unit.toml wants one for this."""
        if not self._rules.second_operator.wants(what):
            return Agreement()
        return await self.seconds.agree(who, text, location, right)

    def may_approve(self, who: Originator) -> str:
        """Why this person may not have an order carried out now; '' when they may: control is asked of people."""
        return without_control(who, self.authority.present, self._rules.authority.required, of_order=False)

    def order_writes(self) -> OrderWrites:
        """What people say of orders; approved by who has control, with a second operator where unit.toml wants one."""
        composer = Composer(self._numerics.grid, self._parts.image.register)
        return OrderWrites(self._unit, self._desk, self.agree, self.may_approve, composer, self._parts.clock)

    def routes(self) -> tuple[Route, ...]:
        parts, unit = self._parts, self._unit
        view, faults = self._gate.careful_view, lambda: self._desk.faults
        placing = PlacementWrites(self.placements, self._numerics, view, faults, parts.clock, self._tell, self.agree)
        centres = frozenset(centre.name for centre in parts.config.control_centres)
        control = AuthorityWrites(unit, self.authority, centres, self.agree)
        return (
            Route("Placement.*", "*", placing, write=Right.OPERATE),
            Route(TAKE_OVER, unit, control, write=Right.APPROVE),
            Route("Authority.*", unit, control, write=Right.OPERATE),
            Route("SecondOperator.*", unit, SecondOperatorWrites(unit, self.seconds), write=Right.OPERATE),
        )

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.placements.run())
            group.create_task(self._watch.run())
