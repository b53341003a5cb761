"""Returns to normal as people see them proposed (OP2, SAFETY S24): planned when a repair is reported, and again while
they wait, since loads, positions and readings move on. What people have edited is left to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from models.alarm import Category, Severity
from models.switching import Order, OrderKind, OrderState, Step
from substation.event_list import EventList
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.normal import NOTHING_AWAY, return_to_normal
from substation.mv.return_way import by_then
from substation.mv.vos.judges import Judges
from substation.orders import OrderDesk

AGAIN_S = 60.0
"""So often a return that waits is judged anew, and one that could not be planned is tried again."""
SUFFIX = "-return"


class Returning:
    """`repaired` when a fault is; `run` until cancelled."""

    def __init__(
        self,
        topology: Topology,
        judges: Judges,
        view: Callable[[], ProcessImage],
        desk: OrderDesk,
        events: EventList,
    ) -> None:
        self._topology, self._judges, self._view = topology, judges, view
        self._desk, self._events = desk, events
        self._waiting: dict[str, tuple[Step, ...]] = {}
        self._told: dict[str, str] = {}
        for name, order in desk.unfinished.items():
            if order.kind is OrderKind.RETURN_TO_NORMAL and order.revision == 1 and name.endswith(SUFFIX):
                self._waiting[name.removesuffix(SUFFIX)] = order.steps

    async def repaired(self, order: Order) -> None:
        """Propose the return of what this order has moved."""
        self._waiting[order.id] = ()
        await self.look(order)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            for name in list(self._waiting):
                order = self._desk.get(name)
                if order is None:
                    del self._waiting[name]
                else:
                    await self.look(order)

    async def look(self, order: Order) -> None:
        """Plan the return of an order whose fault is repaired, where that is to be done."""
        current = self._desk.get(order.id + SUFFIX)
        if current is not None and (current.state is not OrderState.PROPOSED or self._edited(order, current)):
            del self._waiting[order.id]  # people have decided, or have made it theirs
            return
        image = self._view()
        if current is not None and not self._refused(image, order, current):
            return
        plan = partial(
            return_to_normal, image, self._topology, order, self._judges, 1 if current is None else current.revision + 1
        )
        found = await asyncio.get_running_loop().run_in_executor(None, plan)
        if isinstance(found, str):
            self._tell(order, found)
            if found == NOTHING_AWAY.format(order=order.id):
                del self._waiting[order.id]
        elif current is None or (found.steps != current.steps and not self._refused(image, order, found)):
            await self._propose(order, found)

    def _edited(self, order: Order, current: Order) -> bool:
        made = self._waiting[order.id]
        return bool(made) and current.steps != made

    def _refused(self, image: ProcessImage, order: Order, planned: Order) -> bool:
        """Whether a rule would refuse one of its steps, once tags and earths are gone."""
        touched = [step.element for step in planned.steps]
        return self._judges.now(by_then(self._topology, image, order, touched, {}), planned) is not None

    async def _propose(self, order: Order, planned: Order) -> None:
        if refusal := await self._desk.propose(planned):
            self._tell(order, refusal)
            return
        self._waiting[order.id] = planned.steps
        if planned.revision > 1:
            self._tell(
                order, f"order {planned.id} is planned anew: a rule refuses a step of revision {planned.revision - 1}"
            )

    def _tell(self, order: Order, text: str) -> None:
        """The same of one order once."""
        if self._told.get(order.id) != text:
            self._told[order.id] = text
            location = order.feeders[0] if order.feeders else order.id
            self._events.tell(Category.AUTOMATION, Severity.MEDIUM, location, text)
