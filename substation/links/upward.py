"""The child's end of a direct link: a client of its parent's data interface, made again whenever it breaks."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence

from models.driver import Clock
from models.errors import LinkError, RemoteProtocolError, StorageError
from models.wire.cbor import WireValue
from models.wire.keys import KeyId, SigningKey, VerifyKey
from models.wire.messages import Code
from protocols.exchange.client import Client, RequestError
from substation.links.cancellation import heed_cancellation
from substation.links.conversation import Conversation, Message
from substation.links.engine import Hears, NotSentError, Parcel
from substation.links.mailbox import MAILBOX, MESSAGES, PARCELS
from substation.links.seal import Said, from_content, seal, to_content, unseal

FIRST_RETRY_S, LAST_RETRY_S = 0.5, 10.0
LOOK_S = 1.0
ANSWER_S = 10.0
MAX_MESSAGES, MAX_OCTETS = 200, 128 * 1024
"""Of one write."""

Opener = Callable[[], Client]
"""A client of the parent's data interface, not yet connected."""

Beside = Callable[[Client], Coroutine[object, object, None]]
"""What else uses the client for as long as it lasts; cancelled with the link."""


class Upward:
    """`run` until cancelled. Silence of the parent stops nothing here."""

    def __init__(
        self, unit: str, parent: str, key: SigningKey, opener: Opener, clock: Clock, beside: Beside | None = None
    ) -> None:
        self._unit, self._parent, self._key, self._opener, self._clock = unit, parent, key, opener, clock
        self._beside = beside
        self._session: _Session | None = None

    async def run(self, hears: Hears) -> None:
        retry_s = FIRST_RETRY_S
        while True:
            try:
                async with self._opener() as client:
                    await self._converse(client, hears)
            except* (LinkError, RequestError, RemoteProtocolError) as errors:
                reason = str(_first(errors))
                retry_s = FIRST_RETRY_S if self._session is not None else min(2 * retry_s, LAST_RETRY_S)
                self._session = None
                hears.link(self._parent, False, reason)
            heed_cancellation()
            await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))

    async def deliver(self, parcels: Sequence[Parcel]) -> None:
        """Returns when the parent has them on disk."""
        session = self._open()
        said = Said(self._unit, self._parent, self._clock(), 0, to_content(parcels))
        await session.write(PARCELS, seal(self._key, said))

    def conversation(self) -> Conversation:
        return self._open().conversation

    def _open(self) -> _Session:
        if self._session is None:
            raise NotSentError(f"there is no link to {self._parent}")
        return self._session

    async def _converse(self, client: Client, hears: Hears) -> None:
        if client.unit != self._parent:
            raise LinkError(f"that is unit {client.unit}, not {self._parent}; correct 'url' or 'unit' in [parent]")
        async with asyncio.TaskGroup() as group:
            session = _Session(self._unit, self._parent, client, hears, group)
            try:
                group.create_task(session.send_messages())
                group.create_task(watch(client))
                if self._beside is not None:
                    group.create_task(self._beside(client))
                await self._read(session, client, hears)
            finally:
                session.close(f"the link to {self._parent} is lost")

    async def _read(self, session: _Session, client: Client, hears: Hears) -> None:
        async with await client.event(MAILBOX, self._unit) as mailbox:
            async for notice in mailbox:
                if notice.missed or notice.resumed:
                    raise LinkError("the link was interrupted")
                for instance in notice.instances:
                    if session.take(instance.value):
                        self._session = session
                        hears.link(self._parent, True, "")
        raise LinkError(mailbox.ended or "the parent has ended the link")


class _Session:
    """One link to the parent, until it breaks."""

    def __init__(self, unit: str, parent: str, client: Client, hears: Hears, group: asyncio.TaskGroup) -> None:
        self._unit, self._parent, self._client, self._hears, self._group = unit, parent, client, hears, group
        self._waiting: deque[tuple[Message, asyncio.Future[None]]] = deque()
        self._woken = asyncio.Event()
        self.conversation = Conversation(self._send, lambda body: hears.request(parent, body), group)

    def close(self, reason: str) -> None:
        """The link has broken: nobody waits for it any longer."""
        self.conversation.lost(reason)
        _settle(self._waiting, LinkError(reason))

    async def write(self, variable: str, value: WireValue) -> None:
        """LinkError unless the parent says ok."""
        answer = await self._client.write(variable, self._unit, value, timeout_s=ANSWER_S)
        if answer.code is not Code.OK:
            raise LinkError(f"{self._parent} has not taken it: {answer.text or answer.code.value}")

    async def send_messages(self) -> None:
        """What waits goes together: one round trip, in order."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                taken = self._some()
                try:
                    await self.write(MESSAGES, [message for message, _ in taken])
                except LinkError as error:
                    _settle(taken, error)
                    raise
                _settle(taken, None)

    def _some(self) -> list[tuple[Message, asyncio.Future[None]]]:
        """As many as one frame takes: none is longer than a piece."""
        taken: list[tuple[Message, asyncio.Future[None]]] = []
        octets = 0
        while self._waiting and len(taken) < MAX_MESSAGES and octets < MAX_OCTETS:
            taken.append(self._waiting.popleft())
            body = taken[-1][0].get("body")
            octets += len(body) if isinstance(body, bytes) else 0
        return taken

    async def _send(self, message: Message) -> None:
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, arrived))
        self._woken.set()
        await arrived

    def take(self, message: WireValue) -> bool:
        """True when the link has been opened by it."""
        if not isinstance(message, dict):
            raise RemoteProtocolError(f"{self._parent} sends what is no message")
        match message:
            case {"op": "hello", "ticket": bytes(ticket)}:
                self._group.create_task(self._send({"op": "here", "id": 0, "ticket": ticket}))
                return True
            case {"op": "parcels", "id": int(number), "frame": bytes(frame)}:
                self._group.create_task(self._take_parcels(number, frame))
            case _:
                self.conversation.take(message)
        return False

    async def _take_parcels(self, number: int, frame: bytes) -> None:
        said = unseal(frame, self._parent, self._unit, self._key_of)
        try:
            await self._hears.parcels(self._parent, from_content(said.content))
        except StorageError:
            return  # no receipt: the parent tries again
        await self._send({"op": "receipt", "id": number})

    def _key_of(self, _parent: str, key_id: KeyId) -> VerifyKey | None:
        key = self._client.unit_key
        return key if key is not None and key.key_id == key_id else None


async def watch(client: Client) -> None:
    """A link that is lost is made anew from the start, so that nothing half answered is carried over."""
    while client.connected:
        await asyncio.sleep(LOOK_S)
    raise LinkError("the link is lost")


def _settle(taken: Iterable[tuple[Message, asyncio.Future[None]]], error: LinkError | None) -> None:
    for _, arrived in taken:
        if arrived.done():
            continue
        if error is None:
            arrived.set_result(None)
        else:
            arrived.set_exception(error)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
