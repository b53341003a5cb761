"""Steps that people carry out on the spot, in place of commands that nobody takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from models.network.elements import Network
from models.point import Dbpos, PointName
from models.switching import CrewAct, CrewTask, Purpose, Step

CREW = "Crew"
"""Variable of a point that nobody commands."""


def without_remote(network: Network) -> frozenset[str]:
    """Switches that people operate on the spot."""
    return frozenset(switch.id for switch in network.switches if not switch.remote)


def by_hand(steps: Iterable[Step], manual: Collection[str]) -> tuple[Step, ...]:
    """The same steps, those of switches without remote control by a crew; purposes stay, so rules apply as ever."""
    return tuple(_by_crew(step) if step.element in manual and isinstance(step.value, Dbpos) else step for step in steps)


def _by_crew(step: Step) -> Step:
    act = CrewAct.SWITCH_CLOSED if step.value is Dbpos.ON else CrewAct.SWITCH_OPEN
    text = f"On the spot, by hand: {step.text}"
    return replace(step, point=PointName(step.element, CREW), value=CrewTask(act), text=text)


def lifting(switch: str, why: str) -> Step:
    """An operator removes the tag of the boundary (SAFETY S4); the number is given later."""
    text = f"Remove the tag 'fault isolation' of {switch}: {why}"
    return Step(0, switch, PointName(switch, CREW), CrewTask(CrewAct.LIFT_ISOLATION), Purpose.CREW, text)


def numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(replace(step, number=number) for number, step in enumerate(steps, 1))
