"""Does something at the very moment when a step of an order reaches a state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from models.switching import Order, StepState
from tests.virtual.world import Plant

Act = Callable[[Plant], Awaitable[None] | None]


class StepWatch:
    """Once, at the first order of this plant. `done` tells whether it has happened."""

    def __init__(self, plant: Plant, number: int, state: StepState, act: Act) -> None:
        self._plant, self._number, self._state, self._act = plant, number, state, act
        self.done = False
        plant.station.desk.watch(self._take)

    def _take(self, order: Order) -> None:
        step = next((each for each in order.steps if each.number == self._number), None)
        if not self.done and step is not None and step.state is self._state:
            self.done = True
            work = self._act(self._plant)
            if work is not None:
                self._plant.keep(work)
