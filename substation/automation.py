"""Between applications and the order desk: publishes what they conclude, proposes their orders, approves by mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.alarm import Category, Severity
from models.errors import LocalProtocolError
from models.switching import Order
from models.wire.cbor import outgoing
from substation.application import Decision, Plain
from substation.control.executor import AUTOMATION, OPTIMISER
from substation.event_list import EventList
from substation.image import Mode
from substation.orders import OrderDesk
from substation.variables.publication import Publication

MOST_TOLD = 10_000


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
        self._told: set[str] = set()

    async def act(self, decision: Decision[Any]) -> None:
        """Results that cannot be shown keep no order from being stopped or proposed; StorageError when one is lost."""
        for variable, value in decision.results.items():
            self._show(variable, value)
        for order_id, reason in decision.abort.items():
            if refusal := await self._desk.abort(order_id, AUTOMATION, reason):
                self._tell_once(order_id, f"order {order_id} is not stopped ({reason}): {refusal}")
        for order in decision.orders:
            await self._propose(order)
        for order_id, revision in decision.approve.items():
            if refusal := await self._desk.approve(order_id, revision, OPTIMISER):
                self._tell_once(order_id, f"order {order_id} is not carried out by itself: {refusal}; people decide")

    def _show(self, variable: str, value: Plain) -> None:
        try:
            self._publication.publish_if_new(variable, outgoing(value, variable))
        except LocalProtocolError as error:
            self._tell_once(variable, str(error))

    async def _propose(self, order: Order) -> None:
        refusal = await self._desk.propose(order)
        if not refusal and not order.kind.needs_person and self.mode_of(order) is Mode.AUTOMATIC:
            refusal = await self._desk.approve(order.id, order.revision, AUTOMATION)
        if refusal:
            where = order.feeders[0] if order.feeders else order.id
            text = f"order {order.id} is not carried out: {refusal}"
            self._events.tell(Category.AUTOMATION, Severity.HIGH, where, text)

    def mode_of(self, order: Order) -> Mode:
        """The lowest effective mode of the order's feeders (transformers have none); MANUAL when it names none."""
        modes = self._modes()
        return min((modes[feeder] for feeder in order.feeders if feeder in modes), default=Mode.MANUAL)

    def _tell_once(self, where: str, text: str) -> None:
        """An application that asks the same again and again makes one line."""
        if text not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(text)
            self._events.tell(Category.AUTOMATION, Severity.LOW, where, text)
