"""Orders of people: an earth, a permit, both taken back, and perhaps a close at the end."""

from __future__ import annotations

from models.point import Dbpos, PointName
from models.switching import CrewAct, CrewTask, Order, OrderKind, Purpose, Step
from tests.substation.control.world import CB1, order, pos

ACTS = (CrewAct.PLACE_EARTH, CrewAct.ISSUE_PERMIT, CrewAct.RETURN_PERMIT, CrewAct.REMOVE_EARTH)


def outage_of(name: str, element: str, closes: bool) -> Order:
    steps = [
        Step(number, element, PointName(element, "Crew"), CrewTask(act), Purpose.CREW, act.value)
        for number, act in enumerate(ACTS, 1)
    ]
    if closes:
        steps.append(Step(5, CB1, pos(CB1), Dbpos.ON, Purpose.RETURN, "close"))
    return order(id=name, kind=OrderKind.MANUAL, zone=(), tripped=(), steps=tuple(steps))
