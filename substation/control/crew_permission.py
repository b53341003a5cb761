"""Whether the rules let a crew operate a switch now: those of a command from here, but for who may command from afar.

An order that the unit plans instructs nobody to do what its gate would refuse. Orders that an operator composes are the
operator's own words to the crew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.command import Originator
from models.point import Dbpos
from models.switching import CrewTask, Order, OrderKind, Step
from substation.control.request import Refusal, Request
from substation.grid.positions import position_of
from substation.image import ProcessImage

REMOTE_ONLY = frozenset({"S18"})
"""Who has control at the device, station and unit: a crew stands in front of it, and was sent by who approved."""


def crew_request(step: Step, originator: Originator, order: Order) -> Request | None:
    """What the step would ask of the gate; None for one that moves no switch, or that an operator has composed."""
    position = step.position if isinstance(step.value, CrewTask) else None
    if position is None or order.kind is OrderKind.MANUAL:
        return None
    return Request(step.point, position, originator, order.id, step.purpose)


def on_the_spot(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Those of them that bind a crew."""
    return tuple(each for each in refusals if each.rule not in REMOTE_ONLY)


class CrewPermission:
    """begin: asked before the crew is instructed; meanwhile: while it is under way, '' once the switch has moved."""

    def __init__(self, refusals: Callable[[Request], tuple[Refusal, ...]], view: Callable[[], ProcessImage]) -> None:
        self._refusals, self._view = refusals, view

    def begin(self, order: Order, step: Step, who: Originator) -> str:
        request = crew_request(step, who, order)
        if request is None:
            return ""
        if request.closes and position_of(self._view(), step.element) is Dbpos.ON:
            return f"{step.element} is closed already; somebody else has acted"
        return self._forbidden(request, step)

    def meanwhile(self, order: Order, step: Step, who: Originator) -> str:
        request = crew_request(step, who, order)
        return "" if request is None else self._forbidden(request, step)

    def _forbidden(self, request: Request, step: Step) -> str:
        if position_of(self._view(), step.element) is step.position:
            return ""
        return "; ".join(str(each) for each in on_the_spot(self._refusals(request)))
