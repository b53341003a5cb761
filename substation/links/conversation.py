"""Requests between two neighbours over any way that carries messages in order: asked, answered in parts, ended.

Messages: `{"op": "ask", "id", "body"}` and `{"op": "cancel", "id"}` of the one who asks, `{"op": "part", "id", "body"}`
and `{"op": "end", "id", "error"}` of the other. Ids are the asker's; each side may ask. A part that is too long for one
message goes in several, of which all but the last are `{"op": "piece", "id", "body"}`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from models.errors import LinkError, RemoteProtocolError, RingmainError
from models.plain import PlainFields
from models.wire.cbor import WireValue
from substation.links.engine import NotSentError

log = logging.getLogger("ringmain.links")

MAX_ASKED = 1000
"""Requests under way in one direction: more are refused at once."""
MAX_PARTS = 2000
"""Parts of an answer that wait for a slow reader: beyond, the request ends, and its reader is told."""

PIECE_OCTETS = 48 * 1024
MAX_PART_OCTETS = 16 * 1024 * 1024
"""Of a part that comes in pieces."""

Message = dict[str, WireValue]
Send = Callable[[Message], Awaitable[None]]
"""Hand a message to the link, in order; LinkError when it has not arrived, or nobody knows."""
Answer = Callable[[bytes], AsyncGenerator[bytes, None]]


class _Asked:
    """A request of ours that is under way."""

    def __init__(self) -> None:
        self.parts: deque[bytes] = deque()
        self._pieces: list[bytes] = []
        self._octets = 0
        self.changed = asyncio.Event()
        self.ended: str | None = None

    def end(self, reason: str) -> None:
        """reason: empty when the answer is complete."""
        if self.ended is None:
            self.ended = reason
            self.changed.set()

    def piece(self, piece: bytes) -> None:
        self._octets += len(piece)
        if self._octets > MAX_PART_OCTETS:
            self.end(f"a part of the answer has more than {MAX_PART_OCTETS} octets")
        else:
            self._pieces.append(piece)

    def put(self, last: bytes) -> None:
        part = b"".join((*self._pieces, last))
        self._pieces.clear()
        self._octets = 0
        if len(self.parts) >= MAX_PARTS:
            self.parts.clear()
            self.end("the answer came faster than it was read")
        elif self.ended is None:
            self.parts.append(part)
            self.changed.set()

    async def next(self) -> bytes | None:
        """None: complete. LinkError when it was cut off."""
        while not self.parts:
            if self.ended is not None:
                if self.ended:
                    raise LinkError(self.ended)
                return None
            self.changed.clear()
            await self.changed.wait()
        return self.parts.popleft()


class Conversation:
    """One neighbour on one link. serve: answers its requests. group: owns the tasks that do. `lost` ends all of it."""

    def __init__(self, send: Send, serve: Answer, group: asyncio.TaskGroup) -> None:
        self._send, self._serve, self._group = send, serve, group
        self._asked: dict[int, _Asked] = {}
        self._served: dict[int, asyncio.Task[None]] = {}
        self._lost: str | None = None

    async def ask(self, body: bytes) -> AsyncGenerator[bytes, None]:
        """The neighbour's answers; leaving the iteration early cancels the request there."""
        if self._lost is not None:
            raise NotSentError(self._lost)
        if len(self._asked) >= MAX_ASKED:
            raise NotSentError(f"{MAX_ASKED} requests are under way on this link; wait for an answer")
        number, asked = secrets.randbits(62), _Asked()
        self._asked[number] = asked
        try:
            await self._send({"op": "ask", "id": number, "body": body})
            while (part := await asked.next()) is not None:
                yield part
        finally:
            del self._asked[number]
            if asked.ended is None and self._lost is None:
                self._group.create_task(self._tell({"op": "cancel", "id": number}))

    def take(self, message: WireValue) -> None:
        """A message of the neighbour; RemoteProtocolError when it cannot be read."""
        fields = PlainFields(message, "message of a neighbour")
        operation, number = fields.text("op"), fields.whole("id")
        match operation:
            case "ask":
                self._start(number, _octets(fields))
            case "part":
                if asked := self._asked.get(number):
                    asked.put(_octets(fields))
            case "piece":
                if asked := self._asked.get(number):
                    asked.piece(_octets(fields))
            case "end":
                error = fields.text("error")
                if asked := self._asked.get(number):
                    asked.end(error)
            case "cancel":
                if task := self._served.get(number):
                    task.cancel()
            case _:
                raise RemoteProtocolError(f"message of a neighbour: operation '{operation}' is not known")

    def lost(self, reason: str) -> None:
        """The link has broken: what we asked ends with LinkError, what we serve is given up."""
        self._lost = reason
        for asked in self._asked.values():
            asked.end(reason)
        for task in self._served.values():
            task.cancel()

    def _start(self, number: int, body: bytes) -> None:
        if number in self._served or len(self._served) >= MAX_ASKED:
            self._group.create_task(self._tell({"op": "end", "id": number, "error": "too many requests on this link"}))
            return
        task = self._group.create_task(self._answer(number, body))
        self._served[number] = task
        task.add_done_callback(lambda _: self._served.pop(number, None))

    async def _answer(self, number: int, body: bytes) -> None:
        """One request's defect ends that request, never the link or the unit."""
        error = ""
        try:
            async with aclosing(self._serve(body)) as parts:
                async for part in parts:
                    await self._send_part(number, part)
        except RingmainError as refusal:
            error = str(refusal)
        except Exception:
            log.exception("a neighbour's request")
            error = "a defect of the unit that was asked; see its log"
        await self._tell({"op": "end", "id": number, "error": error})

    async def _send_part(self, number: int, part: bytes) -> None:
        last = max(len(part) - 1, 0) // PIECE_OCTETS * PIECE_OCTETS
        for start in range(0, last, PIECE_OCTETS):
            await self._send({"op": "piece", "id": number, "body": part[start : start + PIECE_OCTETS]})
        await self._send({"op": "part", "id": number, "body": part[last:]})

    async def _tell(self, message: Message) -> None:
        """Of use only while the link lasts."""
        try:
            await self._send(message)
        except LinkError as error:
            log.debug("%s could not be told: %s", message["op"], error)


def _octets(fields: PlainFields) -> bytes:
    body = fields.take("body")
    if not isinstance(body, bytes):
        raise RemoteProtocolError("message of a neighbour: 'body' is not octets")
    return body
