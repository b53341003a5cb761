"""Who really asks: the stakeholder's own signature is verified at the unit that is meant, not where it was let in.

The unit in between is trusted with nothing but carrying: it can withhold a request, not make one up, change it, send it
to another unit, or send it again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table

from models.driver import Clock
from models.errors import RemoteProtocolError
from models.wire import cose
from models.wire import messages as m
from models.wire.envelope import MAX_SKEW_NS, Envelope, check_time, envelope_of
from models.wire.keys import VerifyKey
from models.wire.login import authentic
from models.wire.server_session import LoggedIn
from substation.control.database import METADATA, Database
from substation.exchange.access import Identity
from substation.exchange.forwarding import Proof
from substation.exchange.gatekeeper import Admission, Gatekeeper, LoginRefusedError, Peer
from substation.exchange.variables import RefusedError
from substation.links.forward_frame import Forwarded, divided
from substation.links.group_commit import GroupCommit

Table(
    "link_seen",
    METADATA,
    Column("key_id", LargeBinary, primary_key=True),
    Column("session", LargeBinary, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("time_ns", BigInteger, nullable=False, index=True),
)
MAX_SESSIONS = 1000
"""Sessions of stakeholders at other units; the one silent for longest goes, and is opened again when needed."""

_SEEN = "INSERT OR IGNORE INTO link_seen VALUES (?, ?, ?, ?)"
_FORGET = "DELETE FROM link_seen WHERE time_ns < ?"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has been proved. request: with the location here. identity: who asks, None when withdrawn."""

    request: m.Request
    requester: Identity
    proof: Proof
    identity: Callable[[], Identity | None]


@dataclass(frozen=True, slots=True)
class _Session:
    key: VerifyKey
    admission: Admission


class Proofs:
    """`await Proofs.open(...)`. Keys and certificates are judged by our own gatekeeper, as at a login here."""

    def __init__(self, unit: str, database: Database, gatekeeper: Gatekeeper, clock: Clock) -> None:
        self._unit, self._gatekeeper, self._clock = unit, gatekeeper, clock
        self._commits = GroupCommit(database)
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()

    async def verify(self, forwarded: Forwarded) -> Asked:
        """RefusedError with the reason; the number is used up on disk when it returns."""
        try:
            return await self._verified(forwarded)
        except (RemoteProtocolError, LoginRefusedError) as error:
            raise RefusedError(m.Code.NOT_ALLOWED, f"{self._unit}: {error}") from error

    def close(self) -> None:
        while self._sessions:
            self._sessions.popitem()[1].admission.leave()

    async def _verified(self, forwarded: Forwarded) -> Asked:
        session = await self._session(forwarded)
        parts = cose.parse(forwarded.frame)
        cose.require_signature(parts, session.key)
        envelope = envelope_of(parts.payload)
        if envelope.session != _envelope(forwarded.login).session:
            raise RemoteProtocolError("the request belongs to another session than the login beside it")
        check_time(envelope, self._clock())
        request = self._meant_for_us(envelope)
        identity = session.admission.identity()
        if identity is None:
            raise RemoteProtocolError(session.admission.why)
        await self._use_up(session.key, envelope)
        session.admission.used()
        proof = Proof(forwarded.frame, session.key, login=forwarded.login)
        return Asked(request, identity, proof, session.admission.identity)

    async def _session(self, forwarded: Forwarded) -> _Session:
        """The same login counts once; its key must have signed."""
        known = self._sessions.get(forwarded.login)
        if known is None:
            key, envelope, chain = authentic(forwarded.login, self._gatekeeper.find)
            login = envelope.message
            if not isinstance(login, m.Login) or login.user:
                raise RemoteProtocolError("only who logs in with a key of its own can ask other units")
            logged_in = LoggedIn(key.key_id, key, login.service, login.device, chain=chain)
            via = Peer(f"through {forwarded.hops[-1]}", encrypted=True, local=False, forwarded=True)
            known = _Session(key, await self._gatekeeper.admit(logged_in, via))
            self._sessions[forwarded.login] = known
            if len(self._sessions) > MAX_SESSIONS:
                self._sessions.popitem(last=False)[1].admission.leave()
        elif known.admission.identity() is None:
            del self._sessions[forwarded.login]
            known.admission.leave()
            return await self._session(forwarded)
        self._sessions.move_to_end(forwarded.login)
        return known

    def _meant_for_us(self, envelope: Envelope) -> m.Request:
        request = envelope.message
        if not isinstance(request, m.Query | m.Event | m.Periodic | m.Write) or not m.is_elsewhere(request):
            raise RemoteProtocolError("that is no request for another unit")
        unit, location = divided(request.location)
        if unit != self._unit:
            raise RemoteProtocolError(f"the request is signed for unit {unit}")
        return replace(request, location=location)

    async def _use_up(self, key: VerifyKey, envelope: Envelope) -> None:
        """Each signed request counts once, also after a restart; what is too old is refused by its time."""
        now_ns = self._clock()
        row = (bytes(key.key_id), envelope.session, envelope.sequence, envelope.time_ns)

        def work(connection: Connection) -> bool:
            connection.exec_driver_sql(_FORGET, (now_ns - 2 * MAX_SKEW_NS,)).close()
            return connection.exec_driver_sql(_SEEN, row).rowcount > 0

        if not await self._commits.run(work):
            raise RemoteProtocolError("this request has been here before: a replay is refused")


def _envelope(frame: bytes) -> Envelope:
    return envelope_of(cose.parse(frame, with_chain=True).payload)
