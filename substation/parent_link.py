"""The link to the unit above: switching orders go up, kept in the outbox until they are acknowledged there."""

from __future__ import annotations

import asyncio

from models.alarm import Category, Severity
from models.errors import LinkError
from models.wire.keys import SigningKey
from models.wire.messages import Code
from protocols.exchange.client import Client, connect
from substation.config import Parent
from substation.event_list import EventList
from substation.order_archive import VARIABLE
from substation.outbox import OrderExport, Outbox

RETRY_S = 2.0
LOOK_S = 1.0
ANSWER_S = 10.0
"""Time of the unit above to let us in, and to answer."""


class ParentLink:
    """`run` until cancelled. Silence of the unit above stops nothing here."""

    def __init__(self, unit: str, parent: Parent, key: SigningKey, outbox: Outbox, events: EventList) -> None:
        self._unit, self._parent, self._key, self._outbox, self._events = unit, parent, key, outbox, events
        self._client: Client | None = None
        self._told = ""

    @property
    def up(self) -> bool:
        return self._client is not None and self._client.connected

    async def run(self) -> None:
        while True:
            try:
                async with connect(self._parent.url, self._key, service="unit", timeout_s=ANSWER_S) as client:
                    self._check(client)
                    self._client = client
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._watch(client))
                        group.create_task(self._outbox.forward(self._deliver))
            except LinkError as error:
                self._tell(Severity.MEDIUM, f"no link to the unit above: {error}; orders wait in the outbox")
            finally:
                self._client = None
            await asyncio.sleep(RETRY_S)

    def _check(self, client: Client) -> None:
        if client.unit != self._parent.unit:
            raise LinkError(f"{self._parent.url} is unit {client.unit}; correct 'url' or 'unit' in [parent]")

    async def _watch(self, client: Client) -> None:
        """The client makes a lost link again by itself; people are told of both."""
        while True:
            if client.connected:
                self._tell(Severity.INFORMATION, "link to the unit above is up")
            else:
                self._tell(Severity.MEDIUM, "link to the unit above is lost; orders wait in the outbox")
            await asyncio.sleep(LOOK_S)

    async def _deliver(self, export: OrderExport) -> bool:
        if self._client is None:
            raise LinkError("no link to the unit above")
        answer = await self._client.write(VARIABLE, self._unit, {"json": export.json, "xml": export.xml})
        if answer.code is Code.OK:
            return True
        self._tell(Severity.MEDIUM, f"the unit above has not taken order {export.order_id}: {answer.text}")
        return False

    def _tell(self, severity: Severity, text: str) -> None:
        if text != self._told:
            self._told = text
            self._events.tell(Category.LINK, severity, self._parent.unit, text)
