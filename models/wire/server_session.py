"""The server's session of the data interface, without I/O: one object per connection, the counterpart of ClientSession.

Hello goes out at once; a verified login comes back as `LoggedIn`; the owner then reserves sequence numbers for that key
on disk and calls `admit`; requests follow. A RemoteProtocolError from `receive` ends this connection and no other.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from models.errors import LocalProtocolError, RemoteProtocolError
from models.wire import messages as m
from models.wire.channel import Channel
from models.wire.cose import MAX_CHAIN_OCTETS, Chain, FindKey
from models.wire.envelope import Envelope, check_time, seal, session_id
from models.wire.instant import Instant
from models.wire.keys import KeyId, SigningKey, VerifyKey
from models.wire.login import authentic


class State(Enum):
    GREETED = "greeted"  # hello is out, waiting for the login
    VERIFIED = "verified"  # the login is authentic, waiting for `admit`
    OPEN = "open"
    ENDED = "ended"


EXPECTED: dict[State, tuple[type[m.Message], ...]] = {
    State.GREETED: (m.Login,),
    State.VERIFIED: (),
    State.OPEN: (m.Query, m.Event, m.Periodic, m.Write, m.Unsubscribe),
    State.ENDED: (),
}
MAX_LOGIN_OCTETS = 4096 + MAX_CHAIN_OCTETS


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The client has proved that it holds this key, now; whether it is let in is for others to decide.

    service, device: what it says it is. user, password: of a password login. chain: certificates in DER that came
    along, the first one's key being `key` unless that is an admitted one; nobody has judged them yet.
    """

    key_id: KeyId
    key: VerifyKey
    service: str
    device: str
    user: str = ""
    password: str = field(default="", repr=False)
    chain: Chain = ()


class ServerSession:
    """key: the unit's. unit: its name. find: admitted keys, asked once at the login."""

    def __init__(
        self, key: SigningKey, unit: str, find: FindKey, random_octets: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._key, self._find = key, find
        self._challenge = random_octets(m.CHALLENGE_OCTETS)
        self._channel: Channel | None = None
        self._state = State.GREETED
        self._hello: m.Hello | None = m.Hello(m.VERSION, unit, key.public.raw, self._challenge)
        self._frames: deque[bytes] = deque()

    @property
    def state(self) -> State:
        return self._state

    def receive(self, frame: bytes, now: Instant) -> LoggedIn | tuple[m.Request, ...]:
        """The verified content of one frame; RemoteProtocolError for everything else."""
        if self._state is State.GREETED:
            return self._log_in(frame, now)
        messages = self._open(frame, now)
        requests = tuple(each for each in messages if isinstance(each, m.Request) and self._expect(each))
        if len(requests) != len(messages):
            raise RemoteProtocolError("a request is expected")
        if len(requests) > 1 and any(m.is_elsewhere(request) for request in requests):
            raise RemoteProtocolError("a request for another unit travels alone in its frame")
        return requests

    def admit(self, first: int, name: str, role: str, rights: tuple[str, ...], now: Instant) -> None:
        """Open the session. first: start of a block of numbers that this key has never used, already stored on disk."""
        if self._state is not State.VERIFIED or self._channel is None:
            raise LocalProtocolError("admit belongs to a login that has just been verified")
        self._state = State.OPEN
        self._seal((m.Welcome(first, name, role, rights),), now)
        self._channel.restart_receiving(first)

    def reply(self, message: m.Reply, now: Instant) -> None:
        """Sign an answer; LocalProtocolError (and nothing leaves) when it cannot travel or the session is not open."""
        self.reply_all((message,), now)

    def reply_all(self, messages: tuple[m.Reply, ...], now: Instant) -> None:
        """Sign up to MAX_MESSAGES answers together; errors as for `reply`."""
        if self._state is not State.OPEN:
            raise LocalProtocolError("an answer needs an open session")
        self._seal(messages, now)

    def goodbye(self, code: m.Code, text: str, now: Instant) -> None:
        """The last message; afterwards nothing is received."""
        if self._state is not State.ENDED:
            self._state = State.ENDED
            self._seal((m.Goodbye(code, text[:1000]),), now)

    def outgoing(self, now: Instant) -> list[bytes]:
        """Frames that must leave now, in this order."""
        if self._hello is not None:
            hello, self._hello = self._hello, None
            self._frames.appendleft(seal(self._key, Envelope(b"", 0, now.utc_ns, (hello,))))
        frames = list(self._frames)
        self._frames.clear()
        return frames

    def _seal(self, messages: tuple[m.Message, ...], now: Instant) -> None:
        if self._channel is None:
            self._frames.append(seal(self._key, Envelope(b"", 0, now.utc_ns, messages)))
        else:
            self._frames.append(self._channel.seal(messages, now.utc_ns))

    def _expect(self, message: m.Message) -> m.Message:
        if not isinstance(message, EXPECTED[self._state]):
            raise RemoteProtocolError(f"{type(message).__name__} is not expected in state {self._state.value}")
        return message

    def _open(self, frame: bytes, now: Instant) -> tuple[m.Message, ...]:
        if self._channel is None:
            raise RemoteProtocolError("a message before the login")
        return self._channel.open(frame, now.utc_ns)

    def _log_in(self, frame: bytes, now: Instant) -> LoggedIn:
        if len(frame) > MAX_LOGIN_OCTETS:
            raise RemoteProtocolError(f"a login has at most {MAX_LOGIN_OCTETS} octets")
        key, envelope, chain = authentic(frame, self._find)
        login = self._expect(envelope.message)
        if not isinstance(login, m.Login):
            raise RemoteProtocolError("a login is expected")
        if login.version != m.VERSION:
            raise RemoteProtocolError(f"version {login.version} is not spoken here, but {m.VERSION}")
        if login.unit != self._key.key_id:
            raise RemoteProtocolError("the login is meant for another unit")
        session = session_id(self._challenge, login.nonce, self._key.key_id, key.key_id)
        if envelope.session != session or envelope.sequence != 0:
            raise RemoteProtocolError("the login does not answer this challenge: a replay is refused")
        check_time(envelope, now.utc_ns)
        self._channel = Channel(self._key, key, session, receive_next=1)
        self._state = State.VERIFIED
        return LoggedIn(key.key_id, key, login.service, login.device, login.user, login.password, chain)
