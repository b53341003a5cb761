"""The client's session of the data interface, without I/O: the Qt HMI and the asyncio client both use this object.

Life of a link: `connected()`, then `receive(frame, now)` for every frame that arrives and `outgoing(now)` for what must
leave after every call, `tick(now)` a few times a second, `disconnected(now)` when it breaks. The session outlives its
links: subscriptions are made again at the next one, unanswered queries are asked again until they time out, writes that
have left are never repeated.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from models.errors import LocalProtocolError, RemoteProtocolError
from models.policy import Policy
from models.wire import messages as m
from models.wire.cbor import WireValue
from models.wire.channel import Channel
from models.wire.cose import Chain, UnknownKeyError
from models.wire.envelope import Envelope, check_time, key_in_hello, seal, session_id, unseal
from models.wire.happenings import Answered, Closed, Happening, Noted, Notified, Opened, Resumed
from models.wire.instant import Instant
from models.wire.keys import SigningKey, VerifyKey
from models.wire.pending import Pending
from models.wire.request_check import checked
from models.wire.subscriptions import FIRST_BACK_OFF_NS, Subscriptions


class State(Enum):
    OFFLINE = "offline"
    GREETING = "greeting"  # link up, waiting for hello
    LOGIN = "login"  # login sent, waiting for welcome
    OPEN = "open"
    ENDED = "ended"  # refused or broken: the owner closes the link


EXPECTED: dict[State, tuple[type[m.Message], ...]] = {
    State.OFFLINE: (),
    State.GREETING: (m.Hello,),
    State.LOGIN: (m.Welcome, m.Goodbye),
    State.OPEN: (m.Notify, m.Result, m.Goodbye),
    State.ENDED: (),
}

DEFAULT_TIMEOUT_S = 10.0
SHARING = 16
"""Requests that share a frame at most: even the longest ones stay below what a unit reads."""


class ClientSession:
    """key: the stakeholder's; None with a password, then a fresh one signs. certificate_chain: of the key, in DER.

    unit_key: the unit's public key; without it the key of the first hello is kept. The password is kept for further
    links until the unit refuses it: it is never tried twice, since units lock those who guess.
    """

    def __init__(
        self,
        key: SigningKey | None,
        *,
        unit_key: VerifyKey | None = None,
        certificate_chain: Chain = (),
        user: str = "",
        password: str = "",
        service: str = "",
        device: str = "",
        timeout_s: float = DEFAULT_TIMEOUT_S,
        random_octets: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if (key is None) != bool(user and password):
            raise LocalProtocolError("a session needs either a key or user and password")
        self._key, self._unit_key = key or SigningKey.generate(), unit_key
        self._chain, self._user, self._password = certificate_chain, user, password
        self._service, self._device = service, device
        self._timeout_s = timeout_s
        self._random_octets = random_octets
        self._state = State.OFFLINE
        self._unit = ""
        self._channel: Channel | None = None
        self._frames: deque[bytes] = deque()
        self._queue: deque[m.Request] = deque()
        self._pending = Pending()
        self._subscriptions = Subscriptions()
        self._again: list[tuple[int, m.Query]] = []  # monotonic ns; queries that a link behind the unit has lost
        self._last_id = 0

    @property
    def state(self) -> State:
        return self._state

    @property
    def is_refused(self) -> bool:
        """The unit does not take the password: another link would only be refused again."""
        return bool(self._user and not self._password)

    @property
    def unit_key(self) -> VerifyKey | None:
        """The key of the unit, once told or seen."""
        return self._unit_key

    def is_subscribed(self, identifier: int) -> bool:
        """Whether the subscription is in force, or will be at the next link."""
        return identifier in self._subscriptions

    # -- requests: each returns its id; the answer comes as a happening

    def query(
        self,
        variable: str,
        location: str,
        condition: str = "",
        function: m.Function | None = None,
        count: int | None = None,
        *,
        across: bool = False,
        now: Instant,
        timeout_s: float | None = None,
    ) -> int:
        """DI3. ConditionError at once for a condition that cannot be read."""
        request = m.Query(self._new_id(), variable, location, condition, function, count, across)
        return self._ask(request, now, timeout_s)

    def event(self, variable: str, location: str, condition: str = "", *, initial: bool = True) -> int:
        """DI4. The id is the subscription's; it stays in force over lost links until `unsubscribe`."""
        return self._subscribe(m.Event(self._new_id(), variable, location, condition, initial))

    def periodic(self, variable: str, location: str, period_ms: int) -> int:
        """DI5. The id is the subscription's."""
        return self._subscribe(m.Periodic(self._new_id(), variable, location, period_ms))

    def write(
        self,
        variable: str,
        location: str,
        value: WireValue,
        policy: Policy | None = None,
        *,
        now: Instant,
        timeout_s: float | None = None,
    ) -> int:
        """DI2. Without an open session it ends at once as NOT_SENT: an old command must not leave later."""
        request = m.Write(self._new_id(), variable, location, value, policy)
        if self._state is State.OPEN:
            return self._ask(request, now, timeout_s)
        checked(request)
        self._pending.refuse(Answered(request.id, m.Code.NOT_SENT, "no link to the unit: nothing has been sent"))
        return request.id

    def unsubscribe(self, subscription: int, *, now: Instant) -> int:
        """DI6. LocalProtocolError when there is no such subscription."""
        if subscription not in self._subscriptions:
            raise LocalProtocolError(f"{subscription} is not a subscription of this session")
        known = self._state is State.OPEN and not self._subscriptions.is_waiting(subscription)
        self._subscriptions.drop(subscription)
        request = m.Unsubscribe(self._new_id(), subscription)
        if known:
            return self._ask(request, now, None)
        self._pending.drop(subscription)
        self._pending.refuse(Answered(request.id, m.Code.OK))
        return request.id

    # -- the link

    def connected(self) -> None:
        """A new link is up."""
        self._state = State.GREETING
        self._channel = None
        self._frames.clear()

    def disconnected(self, now: Instant, reason: str = "the link is lost") -> list[Happening]:
        """The link is gone: writes that have left end as UNKNOWN, queries and subscriptions wait for the next link."""
        was, self._state = self._state, State.OFFLINE
        self._channel = None
        self._frames.clear()
        self._queue.clear()
        lost: list[Happening] = list(self._pending.link_lost())
        if was is not State.ENDED and was is not State.OFFLINE:
            lost.append(Closed(reason))
        return lost + self.tick(now)

    def receive(self, frame: bytes, now: Instant) -> list[Happening]:
        """Take one frame. Never raises for what the peer does: a broken protocol gives Closed; then close the link."""
        happenings: list[Happening] = []
        try:
            for message in self._open(frame, now):
                if not isinstance(message, EXPECTED[self._state]):
                    raise RemoteProtocolError(f"{type(message).__name__} is not expected in state {self._state.value}")
                happenings += self._take(message, now)
        except RemoteProtocolError as error:
            self._state = State.ENDED
            happenings.append(Closed(str(error)))
        return happenings + self._pending.refused()

    def outgoing(self, now: Instant) -> list[bytes]:
        """Frames that must leave now, each as one binary WebSocket message, in this order."""
        if self._state is State.OPEN and self._channel is not None:
            while self._queue:
                requests = self._together()
                self._frames.append(self._channel.seal(requests, now.utc_ns))
                for request in requests:
                    self._pending.sent(request.id)
        frames = list(self._frames)
        self._frames.clear()
        return frames

    @property
    def waits(self) -> bool:
        """Whether time alone may bring something: a late answer, an attempt that is due. Else `tick` can be spared."""
        return bool(self._pending) or bool(self._again) or self._subscriptions.any_waiting()

    def tick(self, now: Instant) -> list[Happening]:
        """Requests whose time is over, and those that ended without the wire."""
        overdue = self._pending.overdue(now.monotonic_ns)
        late = {answer.id for answer in overdue}
        self._queue = deque(request for request in self._queue if request.id not in late)
        for identifier in late:
            self._subscriptions.drop(identifier)
        self._ask_again(now)
        return [*self._pending.refused(), *overdue]

    # -- inside

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _ask(self, request: m.Request, now: Instant, timeout_s: float | None) -> int:
        checked(request)
        seconds = self._timeout_s if timeout_s is None else timeout_s
        self._pending.add(request, now.monotonic_ns + round(seconds * 1e9))
        self._enqueue(request)
        return request.id

    def _subscribe(self, request: m.Subscription) -> int:
        checked(request)
        self._subscriptions.add(request)
        self._pending.add(request, None)
        self._enqueue(request)
        return request.id

    def _enqueue(self, request: m.Request) -> None:
        if self._state is State.OPEN:  # else `_opened` sends whatever waits by then
            self._queue.append(request)

    def _together(self) -> tuple[m.Request, ...]:
        """The next requests that share a signature."""
        requests = [self._queue.popleft()]
        while self._queue and len(requests) < SHARING and _shares(requests[0]) and _shares(self._queue[0]):
            requests.append(self._queue.popleft())
        return tuple(requests)

    def _ask_again(self, now: Instant) -> None:
        """What a link behind the unit has lost, when its time has come; without our own link `_opened` sends all."""
        if self._state is not State.OPEN:
            return
        self._queue.extend(self._subscriptions.due(now.monotonic_ns))
        due = [query for due_ns, query in self._again if due_ns <= now.monotonic_ns]
        self._again = [(due_ns, query) for due_ns, query in self._again if due_ns > now.monotonic_ns]
        self._queue.extend(query for query in due if self._pending.query(query.id))

    def _open(self, frame: bytes, now: Instant) -> tuple[m.Message, ...]:
        if self._channel is not None:
            return self._channel.open(frame, now.utc_ns)
        key = self._unit_key or key_in_hello(frame)
        try:
            _, envelope = unseal(frame, lambda key_id: key if key_id == key.key_id else None)
        except UnknownKeyError as error:
            shown, expected = error.key_id.hex()[:16], key.key_id.hex()[:16]
            text = f"the unit shows key {shown}, not {expected}: another unit, or one that has been set up anew"
            raise RemoteProtocolError(text) from error
        check_time(envelope, now.utc_ns)
        self._unit_key = key
        return envelope.messages

    def _take(self, message: m.Message, now: Instant) -> list[Happening]:
        match message:
            case m.Hello():
                self._log_in(message, now)
            case m.Welcome():
                return self._opened(message)
            case m.Goodbye(code, text):
                if self._state is State.LOGIN and code is m.Code.NOT_ALLOWED:
                    self._password = ""
                self._state = State.ENDED
                return [Closed(text, code)]
            case m.Notify():
                return self._notified(message)
            case m.Result():
                return self._result(message, now)
        return []

    def _log_in(self, hello: m.Hello, now: Instant) -> None:
        unit_key = VerifyKey(hello.key)
        if hello.version != m.VERSION:
            raise RemoteProtocolError(f"the unit speaks version {hello.version}, we speak {m.VERSION}")
        nonce = self._random_octets(m.NONCE_OCTETS)
        login = m.Login(m.VERSION, unit_key.key_id, nonce, self._service, self._device)
        if self._user:
            login = replace(login, user=self._user, password=self._password, key=self._key.public.raw)
        # The login is bound to the challenge by the session id: only a client that has just seen it can make it.
        session = session_id(hello.challenge, nonce, unit_key.key_id, self._key.key_id)
        self._frames.append(seal(self._key, Envelope(session, 0, now.utc_ns, (login,)), self._chain))
        self._channel = Channel(self._key, unit_key, session)
        self._unit = hello.unit
        self._state = State.LOGIN

    def _opened(self, welcome: m.Welcome) -> list[Happening]:
        if self._channel is not None:
            self._channel.restart_sending(welcome.first)
        self._state = State.OPEN
        self._again.clear()
        self._queue.extend(self._subscriptions.at_new_link(self._pending.ids()))
        self._queue.extend(self._pending.queries())
        return [Opened(self._unit, welcome)]

    def _notified(self, notify: m.Notify) -> list[Happening]:
        if self._pending.collect(notify):
            return []
        if notify.id in self._subscriptions:
            self._subscriptions.seen(notify.id, notify.cursor)
            return [Notified(notify.id, notify.instances, notify.missed)]
        return []  # its time-out or its unsubscribe was faster

    def _result(self, result: m.Result, now: Instant) -> list[Happening]:
        if result.code is m.Code.LOST and self._is_to_repeat(result.id, now):
            return []
        subscribed = result.id in self._subscriptions
        if subscribed and result.code is m.Code.OK:
            return self._in_force(result)
        if subscribed:
            self._subscriptions.drop(result.id)
        answer = self._pending.answer(result)
        if answer is not None:
            return [answer]
        return [Answered(result.id, result.code, result.text, result.cause)] if subscribed else []

    def _in_force(self, result: m.Result) -> list[Happening]:
        """A subscription begins, goes on after a lost link, or is told what is kept back from it."""
        self._subscriptions.seen(result.id, result.cursor)
        if self._subscriptions.is_resuming(result.id):
            self._subscriptions.resumed(result.id)
            return [Resumed(result.id)]
        answer = self._pending.answer(result)
        if answer is not None:
            return [answer]
        return [Noted(result.id, result.text)] if result.text else []

    def _is_to_repeat(self, identifier: int, now: Instant) -> bool:
        """A link behind the unit broke. Subscriptions that were in force and queries are asked again, nothing else."""
        query = self._pending.query(identifier)
        if query is not None:
            self._again.append((now.monotonic_ns + FIRST_BACK_OFF_NS, query))
        elif identifier in self._subscriptions and identifier not in self._pending.ids():
            self._subscriptions.lost(identifier, now.monotonic_ns)
        else:
            return False
        return True


def _shares(request: m.Request) -> bool:
    """Whether it may share a frame: it is small, and no other unit wants to see its signature."""
    is_large = isinstance(request, m.Write) and isinstance(request.value, (str, bytes, list, dict))
    return not is_large and not m.is_elsewhere(request)
