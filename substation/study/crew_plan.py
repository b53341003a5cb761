"""What a crew would add to a restoration: devices without remote control isolate closer, or feed from elsewhere.

Three plans are made with them: isolation by hand alone, restoration by hand alone, both. Of those that leave least
without supply, the one with the fewest operations by hand is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from models.errors import AlgorithmError
from models.network.planning import PlanningGrid
from substation.study.kind import Asked, Json
from substation.study.restored_answer import Restored, plan_steps, unserved_w

LEAST_W = 1.0
"""For less nobody is sent out."""

Planner = Callable[[Asked, bool], Restored]
"""A plan on this grid; True: the fault is cut off by hand too."""


@dataclass(frozen=True, slots=True)
class CrewPlan:
    """by_hand: (device, "open" or "close"), isolation first."""

    restored: Restored
    by_hand: tuple[tuple[str, str], ...]


def crew_plan(asked: Asked, alone: Restored, plan: Planner) -> CrewPlan | None:
    """None where a crew brings back nothing. alone: the plan of remote control."""
    if unserved_w(alone) < LEAST_W or not _manual(asked.grid):
        return None
    every = replace(asked, grid=_operable(asked.grid))
    found = [each for each in (_made(asked, plan, grid, isolates) for grid, isolates in (
        (asked, True), (every, False), (every, True))) if each is not None]  # fmt: skip
    helping = [each for each in found if unserved_w(each.restored) <= unserved_w(alone) - LEAST_W and each.by_hand]
    return min(helping, key=lambda each: (round(unserved_w(each.restored)), len(each.by_hand)), default=None)


def _made(asked: Asked, plan: Planner, on: Asked, isolates: bool) -> CrewPlan | None:
    """None where the power flow of its end state has no solution."""
    try:
        restored = plan(on, isolates)
    except AlgorithmError:
        return None
    return CrewPlan(restored, tuple(_by_hand(asked.grid, restored)))


def _manual(grid: PlanningGrid) -> bool:
    moved = any(not branch.remote and (branch.opened_by or branch.closed_by) for branch in grid.branches)
    return moved or any(not switch.remote for switch in grid.switches)


def _operable(grid: PlanningGrid) -> PlanningGrid:
    """As if a crew stood at every device."""
    return replace(grid, branches=tuple(replace(branch, remote=True) for branch in grid.branches))


def _by_hand(grid: PlanningGrid, restored: Restored) -> Iterator[tuple[str, str]]:
    manual = {switch.id for switch in grid.switches if not switch.remote}
    yield from ((device, "open") for device in restored.out.to_open if device in manual)
    for closes, do in ((False, "open"), (True, "close")):
        for number in restored.moved(closes):
            branch = grid.branches[number]
            if not branch.remote:
                yield branch.closed_by if closes else branch.opened_by, do


def crew_values(alone: Restored, crew: CrewPlan | None) -> dict[str, Json]:
    """Keys beside those of the plan of remote control."""
    return {
        "crew": [] if crew is None else [{"switch": switch, "do": do} for switch, do in crew.by_hand],
        "crew_unserved_kw": round(unserved_w(alone if crew is None else crew.restored) / 1e3, 6),
        "crew_steps": [] if crew is None else _steps(crew),
    }


def _steps(crew: CrewPlan) -> list[dict[str, Json]]:
    hand = set(crew.by_hand)
    return [
        {**step, "by_hand": True, "text": f"by hand: {step['text']}"}
        if (step["switch"], step["do"]) in hand
        else {**step, "by_hand": False}
        for step in plan_steps(crew.restored)
    ]


def crew_text(alone: Restored, crew: CrewPlan | None) -> tuple[str, ...]:
    if crew is None:
        return ()
    more_w, left_w = unserved_w(alone) - unserved_w(crew.restored), unserved_w(crew.restored)
    words = ", ".join(f"{do} {switch}" for switch, do in crew.by_hand)
    lines = [f"with a crew {more_w / 1e3:.1f} kW more come back and {left_w / 1e3:.1f} kW do not; by hand: {words}"]
    return (*lines, *(f"{number}. {step['text']}" for number, step in enumerate(_steps(crew), 1)))
