"""A client and a server session joined by passing bytes: no sockets, and the time is ours."""

from __future__ import annotations

from models.wire.happenings import Happening
from models.wire.instant import Instant
from models.wire.keys import SigningKey, VerifyKey
from models.wire.messages import Request
from models.wire.server_session import LoggedIn, ServerSession
from models.wire.session import ClientSession

UNIT = SigningKey.from_seed(bytes([7]) * 32)
CLIENT = SigningKey.from_seed(bytes([8]) * 32)
START = Instant(1_772_366_400_000_000_000, 1_000_000_000)


def later(seconds: float) -> Instant:
    return Instant(START.utc_ns + round(seconds * 1e9), START.monotonic_ns + round(seconds * 1e9))


def find(key_id: bytes) -> VerifyKey | None:
    return CLIENT.public if key_id == CLIENT.key_id else None


class Pair:
    """Everything that leaves the client is kept in `recorded`."""

    def __init__(self, client: ClientSession | None = None, first: int = 2**32) -> None:
        self.client = client or ClientSession(CLIENT, unit_key=UNIT.public)
        self.server = ServerSession(UNIT, "OBR", find)
        self.first = first
        self.recorded: list[bytes] = []
        self.happenings: list[Happening] = []

    def open(self) -> None:
        self.client.connected()
        self.to_client()
        (login,) = self.to_server()
        assert isinstance(login, LoggedIn)
        self.server.admit(self.first, "Olga", "OPERATOR", ("read",), START)
        self.to_client()

    def to_client(self, now: Instant = START) -> list[Happening]:
        told = [part for frame in self.server.outgoing(now) for part in self.client.receive(frame, now)]
        self.happenings += told
        return told

    def to_server(self, now: Instant = START) -> list[LoggedIn | Request]:
        frames = self.client.outgoing(now)
        self.recorded += frames
        received = [self.server.receive(frame, now) for frame in frames]
        return [part for parts in received for part in (parts if isinstance(parts, tuple) else (parts,))]

    def relink(self) -> None:
        """A new connection for the same client."""
        self.server = ServerSession(UNIT, "OBR", find)
        self.first += 2**32
        self.open()
