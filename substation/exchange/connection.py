"""One connection of the data interface: the sans-IO session on a WebSocket. Opening, reading, parting."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from models.errors import RemoteProtocolError, RingmainError
from models.wire import messages as m
from models.wire.cose import Chain
from models.wire.keys import VerifyKey
from models.wire.server_session import LoggedIn, ServerSession
from substation.exchange.access import Identity, Right
from substation.exchange.decision import AccessDecision
from substation.exchange.desk import Desk, Line
from substation.exchange.door import Door
from substation.exchange.forwarding import Proof
from substation.exchange.gatekeeper import Admission, LoginRefusedError, Peer
from substation.exchange.prompt import Steps
from substation.exchange.rate import Allowance
from substation.exchange.sender import Sender

MAX_CLOSE_REASON_OCTETS = 123  # RFC 6455 5.5


class OverloadError(RemoteProtocolError):
    """More than the unit serves; the connection ends."""


class Signer(NamedTuple):
    """What verifies the frames of a connection."""

    key: VerifyKey
    chain: Chain
    login: bytes


class Connection:
    """`run` returns when the connection has ended and never raises for what the peer does.

    logged_in: called when its login is proved and is being judged.
    """

    def __init__(
        self, door: Door, socket: ServerConnection, peer: Peer, logged_in: Callable[[], None] = lambda: None
    ) -> None:
        self._door, self._socket, self._peer, self._logged_in = door, socket, peer, logged_in
        self._session = ServerSession(door.key, door.unit, door.gatekeeper.find)
        self._sender = Sender(door, socket, self._session)
        self._who = peer.address
        limits = door.limits
        self._requests = Allowance(limits.requests_per_s, limits.requests_burst, time.monotonic)
        self._subscriptions = Allowance(limits.subscriptions_per_s, limits.subscriptions_burst, time.monotonic)

    async def run(self) -> None:
        try:
            await self._serve()
        except OverloadError as error:
            self._flood(str(error))
            await self.part(m.Code.OVERLOADED, str(error))
        except (RemoteProtocolError, LoginRefusedError) as error:
            self._door.processor.refuse(m.Code.NOT_ALLOWED, self._who, "connection", str(error))
            await self.part(m.Code.NOT_ALLOWED, str(error))
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG and not closed.rcvd_then_sent:
                text = f"a message of more than {self._door.limits.request_octets} octets"
                self._door.processor.refuse(m.Code.NOT_ALLOWED, self._who, "connection", text)
        except RingmainError as error:  # a disk that refuses the register: whoever comes is told, and people are
            self._door.processor.refuse(m.Code.FAILED, self._who, "connection", str(error))
            await self.part(m.Code.FAILED, "the unit cannot let anybody in at present; its event list tells why")

    async def part(self, code: m.Code, text: str) -> None:
        """Tell the peer why, and close."""
        try:
            self._session.goodbye(code, text, self._door.now())
            await self._sender.flush()
        except ConnectionClosed:
            return
        reason = text.encode()[:MAX_CLOSE_REASON_OCTETS].decode(errors="ignore")
        await self._socket.close(CloseCode.POLICY_VIOLATION, reason)

    # -- opening

    async def _serve(self) -> None:
        admission, signer = await self._opened()
        self._door.counts.open += 1
        try:
            await self._converse(admission, signer)
        finally:
            self._door.counts.open -= 1
            admission.leave()

    async def _opened(self) -> tuple[Admission, Signer]:
        """Nothing of the login stays behind but what verifies its signatures: the password is gone."""
        login, frame = await self._login()
        return await self._admitted(login), Signer(login.key, login.chain, b"" if login.user else frame)

    async def _login(self) -> tuple[LoggedIn, bytes]:
        await self._sender.flush()
        try:
            async with asyncio.timeout(self._door.limits.login_s):
                frame = _binary(await self._socket.recv())
        except TimeoutError as error:
            raise RemoteProtocolError(f"no login within {self._door.limits.login_s:g} s") from error
        login = self._session.receive(frame, self._door.now())
        if not isinstance(login, LoggedIn):
            raise RemoteProtocolError("a login is expected")
        return login, frame

    async def _admitted(self, login: LoggedIn) -> Admission:
        counts, limits = self._door.counts, self._door.limits
        if counts.open >= limits.connections:
            raise OverloadError(f"the unit serves {counts.open} connections already")
        by_password = bool(login.user)
        most, kind = (limits.password_logins, "password logins") if by_password else (limits.logins, "logins")
        if counts.judged[by_password] >= most:
            raise OverloadError(f"{most} {kind} are being judged already; try again")
        counts.judged[by_password] += 1
        self._logged_in()  # from here on these bounds hold, not those of silent connections
        try:
            return await self._door.gatekeeper.admit(login, self._peer)
        finally:
            counts.judged[by_password] -= 1

    async def _converse(self, admission: Admission, signer: Signer) -> None:
        identity = _identity(admission)
        self._who = f"{identity} at {self._peer.address}"
        rights = tuple(right.value for right in Right if right in identity.rights)
        self._session.admit(admission.first, identity.name, identity.role.value, rights, self._door.now())
        await self._sender.flush()
        standing = _Standing(admission, identity)
        ended: RingmainError | ConnectionClosed
        async with asyncio.TaskGroup() as group:
            desk = Desk(self._door, Line(self._sender.outbox, self._sender.answer, group, self._is_alive))
            tasks = [group.create_task(self._sender.run())]
            try:
                async with asyncio.timeout(None) as end:
                    tasks.append(group.create_task(self._watch(standing, end)))
                    await self._read(standing, signer, desk)
            except (RingmainError, ConnectionClosed) as error:
                ended = error
            except TimeoutError:
                ended = RemoteProtocolError(standing.lost)
            finally:
                desk.close()
                for task in tasks:
                    task.cancel()
        raise ended

    async def _watch(self, standing: _Standing, end: asyncio.Timeout) -> None:
        """End the reading, whatever it waits for, when the stakeholder's standing has changed."""
        while not standing.lost:
            await asyncio.sleep(self._door.limits.key_check_s)
            with contextlib.suppress(RingmainError):  # of a register that fails the next request is told
                standing.requester()
        end.reschedule(asyncio.get_running_loop().time())

    # -- reading

    async def _read(self, standing: _Standing, signer: Signer, desk: Desk) -> None:
        while True:
            frame = _binary(await self._next())
            requester = standing.requester()
            standing.admission.used()
            requests = self._session.receive(frame, self._door.now())
            if isinstance(requests, tuple):
                proof = Proof(frame, signer.key, signer.chain, signer.login)
                self._sender.gathers = True
                for request in requests:
                    if self._is_allowed(request):
                        desk.take(requester, request, proof)
                self._sender.gathers = False
            if not self._sender.room.is_set():
                await self._sender.send_answers()

    async def _next(self) -> bytes | str:
        """The next message. When none is there yet, what has been answered leaves: many answers share a signature."""
        coming = Steps(self._socket.recv())
        try:
            if not coming.done:
                await self._sender.send_gathered()
            return await coming
        finally:
            coming.close()

    def _is_allowed(self, request: m.Request) -> bool:
        """A flood is answered, counted and told once; nothing of it is served."""
        if not self._requests.take():
            what = f"at most {self._door.limits.requests_per_s:g} requests are served per second"
        elif isinstance(request, m.Event | m.Periodic) and not self._subscriptions.take():
            what = f"at most {self._door.limits.subscriptions_per_s:g} subscriptions are made per second"
        else:
            return True
        self._flood(what)
        self._sender.answer(m.Result(request.id, m.Code.OVERLOADED, what))
        return False

    def _flood(self, why: str) -> None:
        now_ns = self._door.now().utc_ns
        self._door.floods.take(AccessDecision(now_ns, m.Code.OVERLOADED, self._who, "too many requests", why))

    async def _is_alive(self) -> bool:
        """Whether the other end answers a ping; if not, the connection ends."""
        try:
            async with asyncio.timeout(self._door.limits.ping_s):
                await (await self._socket.ping())
        except (TimeoutError, ConnectionClosed):
            self._socket.transport.abort()
            return False
        return True


class _Standing:
    """Who the stakeholder of a connection is: the one that opened it, or the connection ends. lost: why, then."""

    def __init__(self, admission: Admission, opened_as: Identity) -> None:
        self.admission, self._opened_as = admission, opened_as
        self.lost = ""

    def requester(self) -> Identity:
        """At this moment; RemoteProtocolError when it is nobody, or somebody with other rights."""
        try:
            identity = _identity(self.admission)
            if identity is not self._opened_as and identity != self._opened_as:
                raise RemoteProtocolError(f"you are now {identity}: connect again")
        except RemoteProtocolError as error:
            self.lost = str(error)
            raise
        return identity


def _binary(frame: bytes | str) -> bytes:
    if isinstance(frame, str):
        raise RemoteProtocolError("a text message; only binary ones are understood")
    return frame


def _identity(admission: Admission) -> Identity:
    """Who it is at this moment; RemoteProtocolError when it is nobody any more."""
    identity = admission.identity()
    if identity is None:
        raise RemoteProtocolError(admission.why)
    return identity
