"""The parent's end of direct links: variables of the data interface, at each child's name, for that child alone.

| variable | what the child does with it |
|---|---|
| `Link.Parcels` | writes a signed batch; `ok` says that it is on our disk |
| `Link.Messages` | writes an array of messages: requests, answers, receipts |
| `Link.Mailbox` | subscribes: what we have for it |

An instance of the mailbox belongs to the child and its policy admits nobody else, so the processor shows it to no other
subscriber. A subscription counts only when the child has written back the ticket that was sent to it: nobody can take a
child's place by subscribing to its mailbox.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from models.driver import Clock
from models.errors import LinkError, RemoteProtocolError, StorageError
from models.policy import Policy
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.links.conversation import Conversation
from substation.links.engine import Hears, NotSentError, Parcel
from substation.links.seal import KeyOf, Said, from_content, seal, to_content, unseal

PARCELS, MESSAGES, MAILBOX = "Link.Parcels", "Link.Messages", "Link.Mailbox"
MAX_TICKETS = 8
"""Subscriptions of one child that have not been confirmed; the oldest goes."""
RECEIPT_S = 30.0
NOBODY = Policy(())

OK = WriteResult(Code.OK)


class _Link:
    """A child whose mailbox subscription is in force."""

    def __init__(self, subscriber: Subscriber, conversation: Conversation) -> None:
        self.subscriber, self.conversation = subscriber, conversation
        self.receipts: dict[int, asyncio.Future[None]] = {}

    def lost(self, reason: str) -> None:
        self.conversation.lost(reason)
        for receipt in self.receipts.values():
            if not receipt.done():
                receipt.set_exception(LinkError(reason))


class Mailboxes:
    """The provider of the variables above. is_child: whom this unit takes."""

    def __init__(
        self, unit: str, key: SigningKey, is_child: Callable[[str], bool], key_of: KeyOf, clock: Clock
    ) -> None:
        self._unit, self._key, self._is_child, self._key_of, self._clock = unit, key, is_child, key_of, clock
        self._hears: Hears | None = None
        self._group: asyncio.TaskGroup | None = None
        self._tickets: dict[str, dict[bytes, Subscriber]] = {}
        self._links: dict[str, _Link] = {}

    def open(self, hears: Hears, group: asyncio.TaskGroup) -> None:
        """From now on links are taken. group: owns what serves the children's requests."""
        self._hears, self._group = hears, group

    # -- for the engine

    async def deliver(self, child: str, parcels: list[Parcel]) -> None:
        """Returns when the child has them on disk."""
        link = self._link(child)
        said = Said(self._unit, child, self._clock(), 0, to_content(parcels))
        through = parcels[-1].sequence
        receipt = link.receipts.setdefault(through, asyncio.get_running_loop().create_future())
        try:
            self._push(link.subscriber, child, {"op": "parcels", "id": through, "frame": seal(self._key, said)})
            async with asyncio.timeout(RECEIPT_S):
                await receipt
        except TimeoutError as error:
            raise LinkError(f"{child} has not acknowledged within {RECEIPT_S:g} s") from error
        finally:
            link.receipts.pop(through, None)

    def conversation(self, child: str) -> Conversation:
        """NotSentError when the child has no link."""
        return self._link(child).conversation

    def _link(self, child: str) -> _Link:
        link = self._links.get(child)
        if link is None:
            raise NotSentError(f"{child} has no link to this unit")
        return link

    # -- provider

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is for links between units")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        child, ticket = selection.location, secrets.token_bytes(16)
        if selection.variable != MAILBOX or not self._is_child(child):
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"there is no {selection.variable} at {child}")
        tickets = self._tickets.setdefault(child, {})
        while len(tickets) >= MAX_TICKETS:
            del tickets[next(iter(tickets))]
        tickets[ticket] = subscriber
        self._push(subscriber, child, {"op": "hello", "id": 0, "ticket": ticket})

        def cancel() -> None:
            tickets.pop(ticket, None)
            self._parted(child, subscriber)

        return cancel

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if requester.name != location or not self._is_child(location):
            raise RefusedError(Code.NOT_ALLOWED, f"{requester.name} may not write {variable} of {location}")
        if self._hears is None:
            raise RefusedError(Code.FAILED, "the unit is starting or ending")
        try:
            if variable == PARCELS:
                return await self._take_parcels(self._hears, location, value)
            if variable == MESSAGES and isinstance(value, list):
                for message in value:
                    self._take_message(location, message)
                return OK
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        raise RefusedError(Code.BAD_REQUEST, f"{variable} is not written like this")

    async def _take_parcels(self, hears: Hears, child: str, value: WireValue) -> WriteResult:
        if not isinstance(value, bytes):
            raise RemoteProtocolError(f"{PARCELS} takes a signed batch")
        parcels = from_content(unseal(value, child, self._unit, self._key_of).content)
        try:
            await hears.parcels(child, parcels)
        except (LinkError, StorageError) as error:
            return WriteResult(Code.FAILED, str(error))
        return OK

    def _take_message(self, child: str, message: WireValue) -> None:
        operation = message.get("op") if isinstance(message, dict) else None
        number = message.get("id") if isinstance(message, dict) else None
        if operation == "here" and isinstance(message, dict):
            self._confirmed(child, message.get("ticket"))
            return
        link = self._links.get(child)
        if link is None:
            raise RemoteProtocolError(f"{child} has not opened its mailbox")
        if operation == "receipt" and isinstance(number, int):
            if (receipt := link.receipts.get(number)) and not receipt.done():
                receipt.set_result(None)
        else:
            link.conversation.take(message)

    # -- links

    def _confirmed(self, child: str, ticket: WireValue) -> None:
        subscriber = self._tickets.get(child, {}).pop(ticket, None) if isinstance(ticket, bytes) else None
        if subscriber is None or self._hears is None or self._group is None:
            raise RemoteProtocolError("this ticket is not known: open the mailbox again")
        if child in self._links:
            self._links.pop(child).lost("the child has opened another link")
        hears = self._hears

        async def send(message: dict[str, WireValue]) -> None:
            self._push(subscriber, child, message)

        conversation = Conversation(send, lambda body: hears.request(child, body), self._group)
        self._links[child] = _Link(subscriber, conversation)
        hears.link(child, True, "")

    def _parted(self, child: str, subscriber: Subscriber) -> None:
        link = self._links.get(child)
        if link is None or link.subscriber is not subscriber:
            return  # it never was in force, or another one has taken its place
        del self._links[child]
        link.lost(f"the link of {child} is lost")
        if self._hears is not None:
            self._hears.link(child, False, "its connection has ended")

    def _push(self, subscriber: Subscriber, child: str, message: dict[str, WireValue]) -> None:
        subscriber.events([Instance(MAILBOX, child, message, self._clock(), owner=child, policy=NOBODY)])
