"""Links over NATS: each unit speaks to the server beside it; JetStream carries the parcels (docs/decisions/0011).

The server is not trusted: everything is signed by the unit that says it, numbered and dated, and a parcel leaves the
sender's disk only with the receiver's own receipt. What a server holds back is late, what it repeats is ignored, what
it makes up is refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from hashlib import sha256
from typing import TYPE_CHECKING

from models.driver import Clock
from models.errors import LinkError, RemoteProtocolError, StorageError
from models.wire.cbor import WireValue
from models.wire.envelope import MAX_SKEW_NS
from models.wire.keys import SigningKey
from substation.exchange.variables import Route
from substation.links import nats_names
from substation.links.cancellation import heed_cancellation
from substation.links.conversation import Conversation, Message
from substation.links.engine import Hears, NotSentError, Parcel
from substation.links.seal import KeyOf, Said, from_content, seal, to_content, unseal

if TYPE_CHECKING:  # the library behind it is an extra
    from substation.links.nats_client import NatsClient, NatsStream

log = logging.getLogger("ringmain.links")

HERE_S, SILENCE_S = 5.0, 16.0
RECEIPT_S = 30.0
FETCH_S = 20.0
RETRY_S = 1.0


class _Neighbour:
    """What we know of one of them. boot: which life of it we speak to. heard_s: when it was last heard, 0 = never."""

    def __init__(self) -> None:
        self.number = 0
        self.boot = 0
        self.heard_s = 0.0
        self.conversation: Conversation | None = None
        self.receipts: dict[int, asyncio.Future[None]] = {}
        self.out: NatsStream | None = None
        self.receiver: asyncio.Task[None] | None = None

    def lost(self, reason: str) -> None:
        self.heard_s, self.out = 0.0, None
        if self.conversation is not None:
            self.conversation.lost(reason)
            self.conversation = None
        for receipt in self.receipts.values():
            if not receipt.done():
                receipt.set_exception(LinkError(reason))


class NatsEngine:
    """An `Engine`. is_child, key_of: as for direct links. domain, parent_domain: JetStream domains of the own server
    and of the parent's, where they have any."""

    routes: tuple[Route, ...] = ()

    def __init__(
        self,
        unit: str,
        parent: str,
        key: SigningKey,
        client: Callable[[], NatsClient],
        is_child: Callable[[str], bool],
        key_of: KeyOf,
        clock: Clock,
        domain: str = "",
        parent_domain: str = "",
    ) -> None:
        self._unit, self._parent, self._key, self._make = unit, parent, key, client
        self._is_child, self._key_of, self._clock = is_child, key_of, clock
        self._domain, self._parent_domain = domain, parent_domain
        self._boot = clock()
        self._number = self._boot
        self._neighbours: dict[str, _Neighbour] = {}
        self._client: NatsClient | None = None
        self._hears: Hears | None = None
        self._group: asyncio.TaskGroup | None = None

    async def run(self, hears: Hears) -> None:
        self._hears = hears
        while True:
            try:
                await self._one_connection()
            except* LinkError as errors:
                reason = str(errors.exceptions[0])
                for name in {self._parent, *self._neighbours} - {""}:
                    self._lose(name, reason)
            heed_cancellation()
            await asyncio.sleep(RETRY_S)

    async def deliver(self, neighbour: str, parcels: Sequence[Parcel]) -> None:
        peer = self._reached(neighbour)
        if peer.out is None:
            peer.out = self._stream(neighbour, neighbour, self._unit)
            await peer.out.prepare()
        through = parcels[-1].sequence
        receipt = peer.receipts.setdefault(through, asyncio.get_running_loop().create_future())
        frame = seal(self._key, Said(self._unit, neighbour, self._clock(), 0, to_content(parcels)))
        try:
            await peer.out.publish(frame, sha256(frame).hexdigest()[:32])
            async with asyncio.timeout(RECEIPT_S):
                await receipt
        except TimeoutError as error:
            raise LinkError(f"{neighbour} has not acknowledged within {RECEIPT_S:g} s") from error
        finally:
            peer.receipts.pop(through, None)

    async def ask(self, neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
        conversation = self._reached(neighbour).conversation
        if conversation is None:
            raise NotSentError(f"{neighbour} is not to be heard")
        async with aclosing(conversation.ask(request)) as answers:
            async for answer in answers:
                yield answer

    def _reached(self, name: str) -> _Neighbour:
        peer = self._neighbours.get(name)
        if peer is None or not peer.heard_s:
            raise NotSentError(f"{name} is not to be heard")
        return peer

    # -- the server

    async def _one_connection(self) -> None:
        client = self._make()
        lost = asyncio.Event()

        def changed(up: bool) -> None:
            if not up:
                lost.set()

        await client.connect(changed)
        try:
            async with asyncio.TaskGroup() as group:
                self._client, self._group = client, group
                await client.listen(nats_names.all_talk(self._unit), self._heard)
                if self._parent:
                    self._meet(self._parent)
                group.create_task(self._say_we_are_here())
                await lost.wait()
                raise LinkError("the NATS server is lost")
        finally:
            self._client = self._group = None
            for peer in self._neighbours.values():
                peer.receiver = None
            await client.close()

    def _stream(self, neighbour: str, receiver: str, sender: str) -> NatsStream:
        if self._client is None:
            raise NotSentError("no connection to the NATS server")
        domain = self._parent_domain if neighbour == self._parent else self._domain
        return self._client.stream(receiver, sender, domain)

    async def _say_we_are_here(self) -> None:
        """To every neighbour, and notice who is not heard any more."""
        now_s = asyncio.get_running_loop().time
        while True:
            for name, peer in list(self._neighbours.items()):
                await self._say(name, {"op": "here", "id": self._boot})
                if peer.heard_s and now_s() - peer.heard_s > SILENCE_S:
                    self._lose(name, f"silent for {SILENCE_S:g} s")
            await asyncio.sleep(HERE_S)

    def _meet(self, name: str) -> _Neighbour:
        """Begin to listen to its parcels."""
        peer = self._neighbours.setdefault(name, _Neighbour())
        if peer.receiver is None and self._group is not None:
            peer.receiver = self._group.create_task(self._receive(name))
        return peer

    # -- parcels

    async def _receive(self, name: str) -> None:
        async def used(frame: bytes) -> bool:
            return await self._used(name, frame)

        while True:
            try:
                stream = self._stream(name, self._unit, name)
                await stream.prepare()
                await stream.take(used, FETCH_S)
            except LinkError as error:
                log.info("%s: %s", name, error)
                await asyncio.sleep(RETRY_S)

    async def _used(self, name: str, frame: bytes) -> bool:
        """False: it is to come again. What is not by that neighbour for us never comes again."""
        if self._hears is None:
            return False
        try:
            parcels = from_content(unseal(frame, name, self._unit, self._key_of).content)
        except RemoteProtocolError as error:
            log.warning("parcels of %s refused: %s", name, error)
            return True
        try:
            await self._hears.parcels(name, parcels)
            if parcels:
                await self._say(name, {"op": "receipt", "id": parcels[-1].sequence})
        except (StorageError, LinkError) as error:
            log.info("parcels of %s wait: %s", name, error)
            return False
        return True

    # -- talk

    async def _say(self, name: str, message: Message) -> None:
        if self._client is None:
            raise LinkError("no connection to the NATS server")
        self._number += 1
        said = Said(self._unit, name, self._clock(), self._number, message)
        await self._client.say(nats_names.talk(name, self._unit), seal(self._key, said))

    async def _heard(self, subject: str, frame: bytes) -> None:
        """Whatever is wrong with a message ends here: the server may carry what it likes."""
        try:
            name = nats_names.unit_of(subject.rpartition(".")[2])
            if name != self._parent and not self._is_child(name):
                raise RemoteProtocolError(f"{name} is no neighbour")
            said = unseal(frame, name, self._unit, self._key_of)
            peer = self._meet(name)
            if said.number <= peer.number or abs(said.time_ns - self._clock()) > MAX_SKEW_NS:
                raise RemoteProtocolError("a message that is too old, or has been here before")
            peer.number = said.number
            await self._take(name, peer, said.content)
        except (RemoteProtocolError, LinkError) as error:
            log.warning("message on %s refused: %s", subject, error)

    async def _take(self, name: str, peer: _Neighbour, content: WireValue) -> None:
        match content:
            case {"op": "here", "id": int(boot)}:
                await self._is_here(name, peer, boot)
            case {"op": "receipt", "id": int(through)}:
                if (receipt := peer.receipts.get(through)) and not receipt.done():
                    receipt.set_result(None)
            case _ if peer.conversation is not None:
                peer.conversation.take(content)

    async def _is_here(self, name: str, peer: _Neighbour, boot: int) -> None:
        new = boot != peer.boot or not peer.heard_s
        if new and peer.heard_s:
            self._lose(name, "it has started anew")
        peer.heard_s, peer.boot = asyncio.get_running_loop().time(), boot
        if not new or self._hears is None or self._group is None:
            return
        hears = self._hears

        async def send(message: Message) -> None:
            await self._say(name, message)

        peer.conversation = Conversation(send, lambda body: hears.request(name, body), self._group)
        hears.link(name, True, "")
        await self._say(name, {"op": "here", "id": self._boot})

    def _lose(self, name: str, reason: str) -> None:
        if name in self._neighbours:
            self._neighbours[name].lost(reason)
        if self._hears is not None:
            self._hears.link(name, False, reason)
