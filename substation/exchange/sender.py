"""What leaves a connection: answers at once, several under one signature; notifications in rounds; both bounded."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from models.errors import LocalProtocolError
from models.wire import messages as m
from models.wire.server_session import ServerSession
from substation.exchange.door import Door
from substation.exchange.outbox import Outbox
from substation.exchange.prompt import within

log = logging.getLogger("ringmain.exchange")


class Sender:
    """`run` until cancelled or the peer has gone. room: cleared while too many answers wait for a slow peer.

    The reader sends what it has answered at once itself, before it waits for more: `gathers` while it serves.
    """

    def __init__(self, door: Door, socket: ServerConnection, session: ServerSession) -> None:
        self._door, self._socket, self._session = door, socket, session
        self._wake = asyncio.Event()
        self._answers: deque[m.Reply] = deque()
        self._order = asyncio.Lock()
        self.gathers = False
        self.room = asyncio.Event()
        self.room.set()
        self.outbox = Outbox(self._wake.set, door.limits.events, door.limits.latest)

    def answer(self, reply: m.Reply) -> None:
        self._answers.append(reply)
        if len(self._answers) >= self._door.limits.answers:
            self.room.clear()  # reading stops until the peer takes its answers
        if not self.gathers:
            self._wake.set()

    async def send_answers(self) -> None:
        """All that wait. Whoever signs sends before anybody else signs, so that numbers leave in order."""
        async with self._order:
            while self._answers:
                await self._send_together()

    async def send_gathered(self) -> None:
        """One answer leaves at once; where there are several, more may follow: the next turn of the loop sends all."""
        if len(self._answers) == 1:
            await self.send_answers()
        elif self._answers:
            self._wake.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        next_round_s = loop.time()
        try:
            while True:
                await self._wait(None if self.outbox.empty() else next_round_s)
                await self.send_answers()
                if self.outbox.empty() or loop.time() < next_round_s:
                    continue
                async with self._order:
                    if notify := self.outbox.take():
                        await self._reply((notify,))
                if self.outbox.empty():
                    next_round_s = loop.time() + self._door.limits.pause_s
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the connection
        finally:
            self.room.set()

    async def flush(self) -> None:
        """Hand everything signed to the socket; a peer that takes nothing for too long is cut off."""
        for frame in self._session.outgoing(self._door.now()):
            try:
                await within(self._door.limits.send_s, self._socket.send(frame))
            except TimeoutError:
                self._socket.transport.abort()

    async def _wait(self, until_s: float | None) -> None:
        if until_s is None:
            await self._wake.wait()
        elif not self._wake.is_set():
            try:
                async with asyncio.timeout_at(until_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
        self._wake.clear()

    async def _send_together(self) -> None:
        """As many as fit into one frame."""
        together = [self._answers.popleft()]
        size = len(together[0].instances)
        while self._answers and len(together) < m.MAX_MESSAGES:
            size += len(self._answers[0].instances)
            if size > m.MAX_INSTANCES:
                break
            together.append(self._answers.popleft())
        if len(self._answers) < self._door.limits.answers:
            self.room.set()
        await self._reply(tuple(together))

    async def _reply(self, replies: tuple[m.Reply, ...]) -> None:
        now = self._door.now()
        try:
            self._session.reply_all(replies, now)
        except LocalProtocolError:
            for reply in replies:
                self._reply_alone(reply)
        await self.flush()

    def _reply_alone(self, reply: m.Reply) -> None:
        now = self._door.now()
        try:
            self._session.reply(reply, now)
        except LocalProtocolError as error:
            log.exception("an answer cannot travel")
            self._session.reply(m.Result(reply.id, m.Code.FAILED, str(error)[:1000]), now)
