"""The asyncio client of the data interface, around the sans-IO session of models.wire.

    async with connect("ws://127.0.0.1:8104", key) as unit:
        for instance in await unit.query("MMXU1.TotW", "ST103/*", condition="quality == good"):
            print(instance.location, instance.value)
        async with await unit.event("CSWI1.Pos", "*") as changes:
            async for notice in changes:
                print(notice.instances, notice.missed)

The link is made again with back-off for as long as the client lives; subscriptions survive it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Callable
from types import TracebackType

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from models.errors import LinkError, RingmainError
from models.policy import Policy
from models.wire import messages as m
from models.wire.cbor import WireValue
from models.wire.cose import Chain
from models.wire.happenings import Answered, Closed, Happening, Noted, Notified, Opened, Resumed
from models.wire.instance import Instance
from models.wire.instant import Instant
from models.wire.keys import SigningKey, VerifyKey
from models.wire.session import DEFAULT_TIMEOUT_S, ClientSession
from protocols.exchange.address import Address
from protocols.exchange.subscription import Subscription

log = logging.getLogger("ringmain.exchange")

FIRST_BACK_OFF_S, LAST_BACK_OFF_S = 0.1, 5.0
TICK_S = 0.1


class RequestError(RingmainError):
    """The request was not served. code and cause (AddCause of IEC 61850-7-2) for programs, the text for people."""

    def __init__(self, answer: Answered) -> None:
        self.code, self.cause = answer.code, answer.cause
        super().__init__(f"{answer.code.value}: {answer.text}" if answer.text else answer.code.value)


def now() -> Instant:
    """This machine's clocks."""
    return Instant(time.time_ns(), time.monotonic_ns())


def connect(
    url: str,
    key: SigningKey | None = None,
    *,
    unit_key: VerifyKey | None = None,
    certificate_chain: Chain = (),
    user: str = "",
    password: str = "",
    service: str = "",
    device: str = "",
    tls: ssl.SSLContext | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    clock: Callable[[], Instant] = now,
) -> Client:
    """A client to be used with `async with`; LinkError there when the first login does not succeed in time.

    key, or user and password. certificate_chain: of the key, DER, where the unit does not know the key but its
    authority. unit_key: the public key that the unit must have; without it the first one seen is kept. service, device:
    who asks, for the owner's policies (D3.2 'source'). tls: for wss addresses; None there trusts what the machine does.
    A password travels over TLS or on this machine only: LinkError otherwise.
    """
    address = Address(url, tls)
    address.require_safe(password)
    session = ClientSession(
        key,
        unit_key=unit_key,
        certificate_chain=certificate_chain,
        user=user,
        password=password,
        service=service,
        device=device,
        timeout_s=timeout_s,
    )
    return Client(address, session, timeout_s, clock)


class Client:
    """One unit's data interface. All calls belong to the loop that entered it."""

    def __init__(
        self, address: Address, session: ClientSession, timeout_s: float, clock: Callable[[], Instant]
    ) -> None:
        self._address, self._url, self._session = address, address.url, session
        self._timeout_s, self._clock = timeout_s, clock
        self._socket: ClientConnection | None = None
        self._sending = asyncio.Event()
        self._asked = asyncio.Event()
        self._answers: dict[int, asyncio.Future[Answered]] = {}
        self._subscriptions: dict[int, Subscription] = {}
        self._opened = asyncio.Event()
        self._problem = "no connection yet"
        self._refused = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None
        self.unit = ""
        self.welcome: m.Welcome | None = None

    async def __aenter__(self) -> Client:
        self._runner = asyncio.create_task(self._run(), name=f"data interface {self._url}")
        try:
            await self._first_login()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def connected(self) -> bool:
        """Whether a session is open right now."""
        return self._opened.is_set()

    @property
    def unit_key(self) -> VerifyKey | None:
        """The key that the unit has shown, or that it must have."""
        return self._session.unit_key

    async def query(
        self,
        variable: str,
        location: str,
        condition: str = "",
        function: m.Function | str | None = None,
        count: int | None = None,
        timeout_s: float | None = None,
        *,
        across: bool = False,
    ) -> list[Instance]:
        """DI3. across: the function is applied to all locations together.

        RequestError when it is refused or late; ConditionError when the condition cannot be read.
        """
        aggregation = m.Function(function) if isinstance(function, str) else function
        identifier = self._session.query(
            variable, location, condition, aggregation, count, across=across, now=self._clock(), timeout_s=timeout_s
        )
        return list(_good(await self._answer(identifier)).instances)

    async def write(
        self,
        variable: str,
        location: str,
        value: WireValue,
        policy: Policy | None = None,
        timeout_s: float | None = None,
    ) -> Answered:
        """DI2. Every outcome is a result with code, text and cause, a refusal too."""
        identifier = self._session.write(variable, location, value, policy, now=self._clock(), timeout_s=timeout_s)
        return await self._answer(identifier)

    async def event(self, variable: str, location: str, condition: str = "", *, initial: bool = True) -> Subscription:
        """DI4. RequestError when it is refused."""
        return await self._subscribed(self._session.event(variable, location, condition, initial=initial))

    async def periodic(self, variable: str, location: str, period_ms: int) -> Subscription:
        """DI5. RequestError when it is refused."""
        return await self._subscribed(self._session.periodic(variable, location, period_ms))

    # -- requests

    async def _answer(self, identifier: int) -> Answered:
        if self._runner is None or self._runner.done():
            raise LinkError(f"{self._url}: {self._problem}")
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._answers[identifier] = future
        self._sending.set()
        self._asked.set()
        try:
            return await future
        finally:
            self._answers.pop(identifier, None)

    async def _subscribed(self, identifier: int) -> Subscription:
        subscription = Subscription(identifier, self._unsubscribe)
        self._subscriptions[identifier] = subscription
        try:
            _good(await self._answer(identifier))
        except BaseException:
            self._subscriptions.pop(identifier, None)
            if self._session.is_subscribed(identifier):  # the caller gave up waiting
                self._session.unsubscribe(identifier, now=self._clock())
                self._sending.set()
            raise
        return subscription

    async def _unsubscribe(self, identifier: int) -> None:
        self._subscriptions.pop(identifier, None)
        if self._runner is not None and not self._runner.done():
            await self._answer(self._session.unsubscribe(identifier, now=self._clock()))

    # -- the link

    async def _first_login(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._opened, self._refused)]
        try:
            await asyncio.wait(waits, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not self._opened.is_set():
            raise LinkError(f"{self._url}: {self._problem}")

    async def _stop(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _run(self) -> None:
        back_off_s = FIRST_BACK_OFF_S
        try:
            while not self._session.is_refused:
                was_open = await self._one_link()
                back_off_s = FIRST_BACK_OFF_S if was_open else min(2 * back_off_s, LAST_BACK_OFF_S)
                await self._pause(back_off_s * random.uniform(0.5, 1.0))
        finally:
            self._end_all(self._problem if self._session.is_refused else "the client has ended")

    def _end_all(self, reason: str) -> None:
        for subscription in self._subscriptions.values():
            subscription.end(reason)
        for future in self._answers.values():
            if not future.done():
                future.set_exception(LinkError(f"{self._url}: {reason}"))

    async def _pause(self, seconds: float) -> None:
        """Wait for the next attempt, and see to the time-outs meanwhile."""
        until_ns = self._clock().monotonic_ns + round(seconds * 1e9)
        while (left_ns := until_ns - self._clock().monotonic_ns) > 0:
            self._take(self._session.tick(self._clock()))
            await self._until_asked(left_ns / 1e9)

    async def _until_asked(self, longest_s: float) -> None:
        """A tick when something has a deadline; else until somebody asks for something."""
        if self._session.waits:
            await asyncio.sleep(min(TICK_S, longest_s))
            return
        self._asked.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._asked.wait()

    async def _one_link(self) -> bool:
        """Returns when the link has ended: whether it ever was open."""
        try:
            self._socket = await self._address.open(self._timeout_s)
        except LinkError as error:
            self._problem = str(error)
            return False
        async with self._socket as socket:
            return await self._converse(socket)

    async def _converse(self, socket: ClientConnection) -> bool:
        self._session.connected()
        try:
            async with asyncio.TaskGroup() as group:
                children = [group.create_task(self._send(socket)), group.create_task(self._tick())]
                await self._receive(socket)
                for child in children:
                    child.cancel()
        except* ConnectionClosed:
            pass
        finally:
            was_open = self._opened.is_set()
            self._opened.clear()
            self._take(self._session.disconnected(self._clock(), "the link is lost"))
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # the group swallows it when a child has failed at the same time
        return was_open

    async def _receive(self, socket: ClientConnection) -> None:
        while True:  # unlike `async for` it leaves no generator behind, to be ended when nobody waits for it
            frame = await socket.recv()
            if isinstance(frame, str):
                self._problem = "the unit sent a text message"
                return
            if self._take(self._session.receive(frame, self._clock())):
                return
            self._sending.set()
            if self._session.waits:
                self._asked.set()

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            await self._sending.wait()
            self._sending.clear()
            for frame in self._session.outgoing(self._clock()):
                await socket.send(frame)

    async def _tick(self) -> None:
        """See to time-outs and repetitions while there are any: hundreds of idle clients of a process cost nothing."""
        while True:
            await self._asked.wait()
            await asyncio.sleep(TICK_S)
            self._take(self._session.tick(self._clock()))
            self._sending.set()  # what is to be repeated
            if not self._session.waits:
                self._asked.clear()

    # -- what the session tells

    def _take(self, happenings: list[Happening]) -> bool:
        """True when the link must be closed."""
        closed = False
        for happening in happenings:
            match happening:
                case Opened(unit, welcome):
                    self.unit, self.welcome = unit, welcome
                    self._opened.set()
                case Answered():
                    self._answered(happening)
                case Notified(identifier, instances, missed) if identifier in self._subscriptions:
                    self._subscriptions[identifier].put(instances, missed)
                case Noted(identifier, text) if identifier in self._subscriptions:
                    self._subscriptions[identifier].note = text
                case Resumed(identifier) if identifier in self._subscriptions:
                    self._subscriptions[identifier].resumed()
                case Closed(text, code):
                    log.info("%s: %s", self._url, text)
                    self._problem, closed = text, True
                    if code is not None:
                        self._refused.set()
        return closed

    def _answered(self, answer: Answered) -> None:
        future = self._answers.pop(answer.id, None)
        if future is not None and not future.done():
            future.set_result(answer)
        elif answer.id in self._subscriptions:  # refused when it was made again after a lost link, or later
            self._subscriptions.pop(answer.id).end(answer.text or answer.code.value)


def _good(answer: Answered) -> Answered:
    if answer.code is not m.Code.OK:
        raise RequestError(answer)
    return answer
