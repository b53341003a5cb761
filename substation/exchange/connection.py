"""One connection of the data interface: the sans-IO session on a WebSocket. Opening, reading, sending, parting."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import messages as m
from models.wire.server_session import LoggedIn, ServerSession
from substation.exchange.access import Identity, Right
from substation.exchange.desk import Desk
from substation.exchange.door import Door
from substation.exchange.outbox import Outbox

log = logging.getLogger("ringmain.exchange")

POLICY_VIOLATION = 1008  # close code of RFC 6455 7.4.1
MAX_CLOSE_REASON_OCTETS = 123  # RFC 6455 5.5


class Connection:
    """`run` returns when the connection has ended and never raises for what the peer does."""

    def __init__(self, door: Door, socket: ServerConnection) -> None:
        self._door, self._socket = door, socket
        self._session = ServerSession(door.key, door.unit, door.register.find)
        self._who = "{}:{}".format(*socket.remote_address[:2])
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._answers: deque[m.Reply] = deque()
        self._outbox = Outbox(self._wake.set, door.limits.events, door.limits.latest)

    async def run(self) -> None:
        try:
            await self._converse(await self._log_in())
        except RemoteProtocolError as error:
            self._door.processor.refuse(m.Code.NOT_ALLOWED, self._who, "connection", str(error))
            await self.part(m.Code.NOT_ALLOWED, str(error))
        except ConnectionClosed:
            pass

    async def part(self, code: m.Code, text: str) -> None:
        """Tell the peer why, and close."""
        try:
            self._session.goodbye(code, text, self._door.now())
            await self._flush()
        except ConnectionClosed:
            return
        await self._socket.close(POLICY_VIOLATION, text.encode()[:MAX_CLOSE_REASON_OCTETS].decode(errors="ignore"))

    async def _log_in(self) -> LoggedIn:
        await self._flush()
        frame = await self._frame(self._door.limits.login_s)
        if frame is None:
            raise RemoteProtocolError(f"no login within {self._door.limits.login_s:g} s")
        login = self._session.receive(frame, self._door.now())
        if not isinstance(login, LoggedIn):
            raise RemoteProtocolError("a login is expected")
        # On disk before anything is done for this connection, so that a restart never accepts a number again.
        first = await asyncio.to_thread(self._door.register.reserve, login.key_id)
        identity = self._requester(login)
        self._who = f"{identity} at {self._who}"
        rights = tuple(right.value for right in Right if right in identity.rights)
        self._session.admit(first, identity.name, identity.role.value, rights, self._door.now())
        await self._flush()
        return login

    async def _converse(self, login: LoggedIn) -> None:
        ended: RemoteProtocolError | ConnectionClosed
        async with asyncio.TaskGroup() as group:
            desk = Desk(self._door, self._outbox, self._answer, group)
            sender = group.create_task(self._send())
            try:
                await self._read(login, desk)
            except (RemoteProtocolError, ConnectionClosed) as error:
                ended = error
            finally:
                desk.close()
                sender.cancel()
        raise ended

    def _requester(self, login: LoggedIn) -> Identity:
        """Who holds the key at this moment; RemoteProtocolError when it has been withdrawn."""
        identity = self._door.register.identity(login.key_id)
        if identity is None:
            raise RemoteProtocolError("the key has been withdrawn")
        return replace(identity, service=login.service, device=login.device)

    async def _read(self, login: LoggedIn, desk: Desk) -> None:
        opened_as = self._requester(login)
        while True:
            frame = await self._frame(self._door.limits.key_check_s)
            requester = self._requester(login)
            if requester != opened_as:
                raise RemoteProtocolError(f"you are now {requester}: connect again")
            if frame is None:
                continue
            request = self._session.receive(frame, self._door.now())
            if not isinstance(request, LoggedIn):
                desk.take(requester, request)
            await self._room.wait()

    async def _frame(self, timeout_s: float) -> bytes | None:
        try:
            async with asyncio.timeout(timeout_s):
                frame = await self._socket.recv()
        except TimeoutError:
            return None
        if isinstance(frame, str):
            raise RemoteProtocolError("a text message; only binary ones are understood")
        return frame

    def _answer(self, reply: m.Reply) -> None:
        self._answers.append(reply)
        if len(self._answers) >= self._door.limits.answers:
            self._room.clear()  # reading stops until the peer takes its answers
        self._wake.set()

    async def _send(self) -> None:
        """Answers at once; notifications in rounds, so that many changes share a signature."""
        loop = asyncio.get_running_loop()
        next_round_s = loop.time()
        try:
            while True:
                await self._wait(None if self._outbox.empty() else next_round_s)
                await self._send_answers()
                if self._outbox.empty() or loop.time() < next_round_s:
                    continue
                if notify := self._outbox.take():
                    await self._reply(notify)
                if self._outbox.empty():
                    next_round_s = loop.time() + self._door.limits.pause_s
        except ConnectionClosed:
            pass  # the reader sees it too, and ends the connection
        finally:
            self._room.set()

    async def _wait(self, until_s: float | None) -> None:
        try:
            async with asyncio.timeout_at(until_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _send_answers(self) -> None:
        while self._answers:
            await self._reply(self._answers.popleft())
            if len(self._answers) < self._door.limits.answers:
                self._room.set()

    async def _reply(self, reply: m.Reply) -> None:
        now = self._door.now()
        try:
            self._session.reply(reply, now)
        except LocalProtocolError as error:
            log.exception("an answer cannot travel")
            self._session.reply(m.Result(reply.id, m.Code.FAILED, str(error)[:1000]), now)
        await self._flush()

    async def _flush(self) -> None:
        """Hand everything signed to the socket; a peer that takes nothing for too long is cut off."""
        for frame in self._session.outgoing(self._door.now()):
            try:
                async with asyncio.timeout(self._door.limits.send_s):
                    await self._socket.send(frame)
            except TimeoutError:
                self._socket.transport.abort()
