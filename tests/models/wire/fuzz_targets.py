"""What is attacked, and what it may answer: RemoteProtocolError or ConditionError, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import cbor2

from models.errors import RemoteProtocolError
from models.wire import cose
from models.wire import messages as m
from models.wire.condition import Term
from models.wire.condition_grammar import ConditionError, parse
from models.wire.envelope import envelope_of, session_id
from models.wire.happenings import Closed
from models.wire.instance import Instance
from models.wire.keys import SigningKey, VerifyKey
from models.wire.message_codec import from_map, to_map
from models.wire.server_session import LoggedIn, ServerSession
from models.wire.session import ClientSession, State
from tests.cases.wire.make_vectors import CLIENT, FRAMES, UNIT
from tests.models.wire import mutations
from tests.models.wire.authority import authority_certificate, certificate
from tests.models.wire.pair import START

PASSED, REFUSED = "passed", "refused"
ROW = Instance("MMXU1.TotW", "ST103/K1/E01", 1.5, 5)
CHAIN = (certificate(CLIENT.public, "Olga"), authority_certificate())
CONDITIONS = (
    "value > 3 and quality == good",
    'time >= "2026-03-01T12:00:00Z" and value.category == "security"',
    'location like "OBR1/*" or not (quality.old_data and value != 2.5)',
)
MAPS = [to_map(message) for *_, messages in FRAMES for message in messages]
REQUESTS = [item for item in MAPS if isinstance(from_map(item), m.Request)]
ANSWERS = [item for item in MAPS if isinstance(from_map(item), m.Reply | m.Goodbye)]


def find(key_id: bytes) -> VerifyKey | None:
    return CLIENT.public if key_id == CLIENT.key_id else None


def signed(
    key: SigningKey,
    session: bytes,
    sequence: int,
    message: object,
    chain: cose.Chain = (),
    time_ns: int = START.utc_ns,
) -> bytes:
    payload = {"session": session, "sequence": sequence, "time": time_ns, "message": message}
    return cose.sign(key, cbor2.dumps(payload), chain=chain)


@dataclass
class Outcome:
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, target: str, result: str) -> None:
        self.counts[target, result] = self.counts.get((target, result), 0) + 1


class UnsignedFrames:
    """Spoiled octets before every signature: frame parser, verification, hello, login."""

    def __init__(self) -> None:
        self._frames = [signed(key, session, number, _plain(each)) for _, key, session, number, each in FRAMES]
        self._frames += [
            signed(CLIENT, b"", 0, to_map(m.Login(1, UNIT.key_id, bytes(32))), CHAIN),
            signed(
                CLIENT,
                b"",
                0,
                to_map(m.Login(1, UNIT.key_id, bytes(32), user="a", password="b", key=CLIENT.public.raw)),
            ),
        ]

    def attack(self, rng: random.Random) -> str:
        frame = mutations.octets(rng, rng.choice(self._frames), rng.choice(self._frames))
        if rng.random() < 0.5:
            return _server_told(ServerSession(UNIT, "OBR", find), frame)
        client = ClientSession(CLIENT)
        client.connected()
        return _client_told(client, frame)


class SignedLogins:
    """Spoiled logins with a right signature: by an admitted key, by a certificate's, by a fresh one."""

    def __init__(self) -> None:
        self._server = ServerSession(UNIT, "OBR", find)

    def attack(self, rng: random.Random) -> str:
        login = m.Login(1, UNIT.key_id, bytes(32), "hmi", "x", *rng.choice(((), ("Olga", "pw", CLIENT.public.raw))))
        session = session_id(self._server._challenge, login.nonce, UNIT.key_id, CLIENT.key_id)  # noqa: SLF001
        chain: cose.Chain = rng.choice(((), CHAIN, CHAIN[:1], (mutations.octets(rng, CHAIN[0], CHAIN[1]),)))
        frame = signed(CLIENT, session, 0, mutations.values(rng, to_map(login)), chain)
        result = _server_told(self._server, frame)
        if result == PASSED:
            self._server = ServerSession(UNIT, "OBR", find)
        return result


class SignedRequests:
    """An open session of the server: spoiled values, octets and batches behind a right signature."""

    def __init__(self) -> None:
        self._server = ServerSession(UNIT, "OBR", find)
        self._session = session_id(self._server._challenge, bytes(32), UNIT.key_id, CLIENT.key_id)  # noqa: SLF001
        self._server.receive(signed(CLIENT, self._session, 0, to_map(m.Login(1, UNIT.key_id, bytes(32)))), START)
        self._server.admit(2**32, "Olga", "OPERATOR", (), START)

    def attack(self, rng: random.Random) -> str:
        number = self._server._channel._receive_next  # type: ignore[union-attr]  # noqa: SLF001
        return _server_told(self._server, _spoiled(rng, CLIENT, self._session, number, REQUESTS))


class SignedAnswers:
    """A client whose unit goes mad."""

    def __init__(self) -> None:
        self._client = ClientSession(CLIENT, unit_key=UNIT.public, random_octets=bytes)
        self._session = session_id(bytes(32), bytes(32), UNIT.key_id, CLIENT.key_id)
        self._open()

    def _open(self) -> None:
        self._client.connected()
        opening: tuple[m.Message, ...] = (m.Hello(1, "OBR", UNIT.public.raw, bytes(32)), m.Welcome(2**32, "O", "R"))
        for session, message in zip((b"", self._session), opening, strict=True):
            self._client.receive(signed(UNIT, session, 0, to_map(message)), START)
            self._client.outgoing(START)
        for _ in range(3):
            self._client.query("a", "b", now=START)
            self._client.event("a", "b")

    def attack(self, rng: random.Random) -> str:
        if self._client.state is not State.OPEN:
            self._client = ClientSession(CLIENT, unit_key=UNIT.public, random_octets=bytes)
            self._open()
        number = self._client._channel._receive_next  # type: ignore[union-attr]  # noqa: SLF001
        return _client_told(self._client, _spoiled(rng, UNIT, self._session, number, ANSWERS))


class Maps:
    """The codec of messages and envelopes, without signatures."""

    def attack(self, rng: random.Random) -> str:
        item = mutations.values(rng, rng.choice(MAPS))
        envelope = cbor2.dumps({"session": b"", "sequence": 1, "time": 2, "message": rng.choice((item, [item, item]))})
        if rng.random() < 0.4:
            envelope = mutations.octets(rng, envelope, envelope)
        return _told(lambda: envelope_of(envelope))


class Conditions:
    """The parser of conditions, and what it makes of an instance."""

    def attack(self, rng: random.Random) -> str:
        try:
            term: Term = parse(mutations.condition(rng, rng.choice(CONDITIONS)))
        except ConditionError as error:
            if error.position < 1:
                raise ValueError("a condition's error without a place") from error
            return REFUSED
        term.holds(ROW)
        term.time_range()
        return PASSED


TARGETS: tuple[tuple[type, float], ...] = (
    (UnsignedFrames, 0.35),
    (SignedLogins, 0.1),
    (SignedRequests, 0.25),
    (SignedAnswers, 0.1),
    (Maps, 0.1),
    (Conditions, 0.1),
)
"""What is attacked, and with which share of the frames."""


def _plain(messages: tuple[m.Message, ...]) -> object:
    maps = [to_map(message) for message in messages]
    return maps[0] if len(maps) == 1 else maps


def _spoiled(rng: random.Random, key: SigningKey, session: bytes, number: int, maps: list[dict[str, object]]) -> bytes:
    message: object = mutations.values(rng, rng.choice(maps))
    if rng.random() < 0.2:
        message = [message, *rng.choices(maps, k=rng.choice((1, 2, 70)))]
    payload: object = {"session": session, "sequence": number, "time": START.utc_ns, "message": message}
    if rng.random() < 0.1:
        payload = mutations.values(rng, payload)
    octets = cbor2.dumps(payload)
    if rng.random() < 0.3:
        octets = mutations.octets(rng, octets, octets)
    return cose.sign(key, octets)


def _told(work: Callable[[], object]) -> str:
    try:
        work()
    except RemoteProtocolError as error:
        if len(str(error)) > 400 or "\n" in str(error):
            raise ValueError(f"not one clear line: {error}") from error
        return REFUSED
    return PASSED


def _server_told(server: ServerSession, frame: bytes) -> str:
    def receive() -> None:
        received = server.receive(frame, START)
        if not isinstance(received, LoggedIn) and not all(isinstance(each, m.Request) for each in received):
            raise ValueError("something else than requests got through")

    return _told(receive)


def _client_told(client: ClientSession, frame: bytes) -> str:
    happened = client.receive(frame, START)
    return REFUSED if any(isinstance(each, Closed) for each in happened) else PASSED
