"""Switching orders that an operator composes, for planned outages above all: switching and work of crews (OP4)."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.order_document import crew_act
from models.plain import PlainFields
from models.point import PointName
from models.switching import CrewTask, Order, OrderKind, OrderState, Purpose, Step, StepState, SwitchAction
from models.wire.cbor import WireValue
from substation.control.grid import Grid
from substation.register import PointRegister

MOST_STEPS, MOST_TEXT = 200, 200
RECLOSING = "RREC1.BlkRec"
_PURPOSES = {
    SwitchAction.OPEN: Purpose.SPLIT,
    SwitchAction.CLOSE: Purpose.RETURN,
    SwitchAction.DISABLE_RECLOSING: Purpose.BLOCK_RECLOSING,
    SwitchAction.ENABLE_RECLOSING: Purpose.RELEASE_RECLOSING,
}
_VERBS = {
    SwitchAction.OPEN: "Open",
    SwitchAction.CLOSE: "Close",
    SwitchAction.DISABLE_RECLOSING: "Block reclosing of",
    SwitchAction.ENABLE_RECLOSING: "Release reclosing of",
}
LAST = "the order ends as its steps leave the grid; EN 50110-1 steps by an authorised person"


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes an order from what an operator writes. RemoteProtocolError says what is wrong with it."""

    grid: Grid
    register: PointRegister

    def order(self, identifier: str, revision: int, value: WireValue, author: str, now_ns: int) -> Order:
        """value: `{"title", "steps": [{"element", "action", "text"}]}`; action as in the document of an order, text
        optional."""
        fields = PlainFields(value, "Order.Propose")
        title, steps = fields.text("title").strip()[:MOST_TEXT], fields.objects("steps")
        fields.done()
        if not title or not 0 < len(steps) <= MOST_STEPS:
            raise RemoteProtocolError(f"Order.Propose: an order has a title and 1 to {MOST_STEPS} steps")
        made = tuple(self._step(number, step) for number, step in enumerate(steps, 1))
        return Order(
            id=identifier,
            revision=revision,
            kind=OrderKind.MANUAL,
            title=title,
            created_ns=now_ns,
            state=OrderState.PROPOSED,
            steps=made,
            feeders=self._feeders(made),
            explanation=(f"composed by {author}",),
            remarks=(LAST,),
        )

    def _step(self, number: int, fields: PlainFields) -> Step:
        element, action = fields.text("element"), fields.text("action")
        text = str(fields.take_or_none("text") or "").strip()[:MOST_TEXT]
        fields.done()
        act = crew_act(action)
        if act is not None:
            if not self.grid.knows(element):
                raise RemoteProtocolError(f"Order.Propose: step {number}: the network has no element {element!r}")
            said = text or f"{act.value.capitalize()} {element}"
            return Step(number, element, PointName(element, "Crew"), CrewTask(act), Purpose.CREW, said)
        known = {each.value: each for each in SwitchAction}
        if action not in known:
            raise RemoteProtocolError(f"Order.Propose: step {number}: action {action!r} is unknown")
        wanted = known[action]
        said = text or f"{_VERBS[wanted]} {element}"
        point = self._point(number, element, wanted)
        return Step(number, element, point, wanted.value_commanded, _PURPOSES[wanted], said, StepState.PENDING)

    def _point(self, number: int, element: str, action: SwitchAction) -> PointName:
        switching = action in (SwitchAction.OPEN, SwitchAction.CLOSE)
        point = self.register.position_of(element) if switching else PointName(element, RECLOSING)
        if point is None or self.register.handle(point) is None:
            raise RemoteProtocolError(
                f"Order.Propose: step {number}: {element!r} has no point for '{action.value}'; a crew does it"
            )
        return point

    def _feeders(self, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """Feeders and transformers that a step may work on, now as in the normal diagram (leases, SAFETY S19)."""
        grid = self.grid
        touched = [grid.switches[step.element] for step in steps if step.element in grid.switches]
        found = {each for switch in touched for each in grid.feeders_reaching(grid.normally_closed, switch)}
        found |= {each.id for each in grid.network.feeders for step in steps if step.element == each.id}
        feeders = [each for each in grid.network.feeders if each.id in found]
        return tuple(dict.fromkeys([each.id for each in feeders] + [each.transformer for each in feeders]))
