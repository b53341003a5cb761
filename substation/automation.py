"""Between applications and the order desk: publishes what they conclude, proposes their orders, approves by mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.alarm import Category, Severity
from models.switching import Order
from models.wire.cbor import outgoing
from substation.application import Decision
from substation.control.executor import AUTOMATION
from substation.event_list import EventList
from substation.image import Mode
from substation.orders import OrderDesk
from substation.variables.publication import Publication


class Automation:
    """`act` carries out a decision. modes: effective mode per feeder; an order is under the lowest of its feeders'."""

    def __init__(
        self,
        desk: OrderDesk,
        modes: Callable[[], Mapping[str, Mode]],
        publication: Publication,
        events: EventList,
    ) -> None:
        self._desk, self._modes, self._publication, self._events = desk, modes, publication, events

    async def act(self, decision: Decision[Any]) -> None:
        for variable, value in decision.results.items():
            self._publication.publish_if_new(variable, outgoing(value, variable))
        for order_id, reason in decision.abort.items():
            await self._desk.abort(order_id, AUTOMATION, reason)
        for order in decision.orders:
            await self._propose(order)

    async def _propose(self, order: Order) -> None:
        refusal = await self._desk.propose(order)
        if not refusal and self.mode_of(order) is Mode.AUTOMATIC:
            refusal = await self._desk.approve(order.id, order.revision, AUTOMATION)
        if refusal:
            where = order.feeders[0] if order.feeders else order.id
            text = f"order {order.id} is not carried out: {refusal}"
            self._events.tell(Category.AUTOMATION, Severity.HIGH, where, text)

    def mode_of(self, order: Order) -> Mode:
        """The lowest effective mode of the order's feeders; MANUAL when it names none."""
        modes = self._modes()
        return min((modes[feeder] for feeder in order.feeders if feeder in modes), default=Mode.MANUAL)
