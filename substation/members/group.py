"""A unit's place in the hierarchy: its own members, and its membership in the group of the unit above."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import ConfigError
from models.wire.cbor import WireValue
from models.wire.keys import KeyId, VerifyKey
from protocols.exchange.client import Client
from protocols.tls.certificate import read
from protocols.tls.files import read_chain
from protocols.tls.security_event import CertificateRefusedError
from substation.config import UnitConfig
from substation.control.database import Database
from substation.event_list import EventList
from substation.members.admission import Verifier
from substation.members.members import Members
from substation.members.membership import Membership, Reply
from substation.members.profile import profile_of
from substation.trust.settings import TlsSettings
from substation.variables.publication import Publication

ANSWER_S = 10.0


class Group:
    """`await Group.open(...)`; `members` for those who route, `accompany` beside each link to the parent."""

    def __init__(self, members: Members, membership: Membership | None) -> None:
        self.members, self._membership = members, membership
        if membership is not None:
            members.register.watch(membership.changed)

    @classmethod
    async def open(
        cls,
        config: UnitConfig,
        key: VerifyKey,
        database: Database,
        publication: Publication,
        events: EventList,
        clock: Clock,
        trust: Verifier | None = None,
    ) -> Group:
        """key: the unit's own public key. trust: None where no authority is trusted. StorageError."""
        members = await Members.open(config.name, config.members, database, publication, events, clock, trust)
        if config.parent is None:
            return cls(members, None)
        parent = config.parent.unit

        def tell(severity: Severity, text: str) -> None:
            events.tell(Category.LINK, severity, parent, text)

        served: Callable[[], frozenset[str]] = lambda: members.register.served  # noqa: E731
        chain: Callable[[], tuple[bytes, ...]] = lambda: own_chain(config.tls, key)  # noqa: E731
        membership = Membership(profile_of(config, parent), config.data, served, chain, tell)
        members.register.set_above(frozenset({parent}))
        membership.above = members.register.set_above
        return cls(members, membership)

    async def accompany(self, client: Client) -> None:
        """Be a member of the parent's group while this link lasts; leave when the unit is told to stop."""
        if self._membership is None:
            return

        async def write(variable: str, location: str, value: WireValue) -> Reply:
            return await client.write(variable, location, value, timeout_s=ANSWER_S)

        try:
            await self._membership.run(write)
        except asyncio.CancelledError:
            if client.connected:
                await self._membership.leave(write)
            raise

    def key_of(self, child: str, key_id: KeyId) -> VerifyKey | None:
        """The key of a member that has joined with a certificate."""
        return self.members.key_of(child, key_id)


def own_chain(tls: TlsSettings | None, key: VerifyKey) -> tuple[bytes, ...]:
    """The unit's certificates, when they are of its signing key; empty otherwise."""
    if tls is None:
        return ()
    try:
        chain = read_chain(tls.certificate)
    except ConfigError:  # told already by who uses it for TLS
        return ()
    return chain if _is_of(chain[0], key) else ()


def _is_of(certificate: bytes, key: VerifyKey) -> bool:
    try:
        return read(certificate).key().raw == key.raw
    except CertificateRefusedError:
        return False
