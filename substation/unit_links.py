"""What a unit has to do with its neighbours: links, parcels, and the switching orders that travel."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from models.errors import ConfigError
from models.wire.cbor import WireValue
from models.wire.instant import Instant
from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.config import Parent
from substation.exchange.access import Right
from substation.exchange.decision import AccessDecision
from substation.exchange.gatekeeper import Gatekeeper
from substation.exchange.variables import Route
from substation.hierarchy.arrival import UP
from substation.links.companion import accompany
from substation.links.direct import DirectEngine
from substation.links.forward_proof import Proofs
from substation.links.forwarder import Forwarder, Neighbourhood, Next
from substation.links.mailbox import Mailboxes
from substation.links.nats_engine import NatsEngine
from substation.links.parcel_store import Letter
from substation.links.post import Post
from substation.links.seal import KeyOf
from substation.links.settings import EngineKind
from substation.links.upward import ANSWER_S, Beside, Opener, Upward
from substation.members.group import own_chain
from substation.neighbour_address import address_of
from substation.order_archive import OrderArchive
from substation.order_edits import EDIT, OrderEdits
from substation.order_parcel import ORDER, REFUSAL, REVISION, pack_order
from substation.order_revisions import OrderRevisions
from substation.outbox import OrderExport, Outbox
from substation.parts import Parts

if TYPE_CHECKING:
    from substation.station import Station


class UnitLinks:
    """`await UnitLinks.open(...)`, `routes` for the data interface, then `run` until cancelled."""

    def __init__(
        self,
        parts: Parts,
        engine: DirectEngine | NatsEngine,
        post: Post,
        archive: OrderArchive,
        outbox: Outbox,
        around: Around,
    ) -> None:
        self._parts, self._engine, self.post, self._archive, self._outbox = parts, engine, post, archive, outbox
        self._around = around
        self.below: Next = _child_of(parts.config.children)
        self._edits = OrderEdits(archive, post.send, parts.events, parts.publication)
        post.on(ORDER, archive.take)
        post.on(REFUSAL, self._edits.refused)

    @classmethod
    async def open(
        cls,
        parts: Parts,
        key: SigningKey,
        is_child: Callable[[str], bool],
        key_of: KeyOf,
        tls: ssl.SSLContext | None = None,
        beside: Beside | None = None,
    ) -> UnitLinks:
        """is_child: whom this unit takes. key_of: keys of its neighbours. tls: for a parent at a wss address.

        beside: what else uses the link to the parent. StorageError when the disk refuses.
        """
        config, database = parts.config, parts.stores.control
        opener = None if config.parent is None else _opener(parts, config.parent, key, tls)
        around = Around(is_child, key_of, opener, beside)
        engine = _engine(parts, key, around)
        post = await Post.open(database, engine, parts.events, parts.clock, config.links.waiting_octets)
        if config.parent is not None:
            await post.redirect((ORDER, UP), (config.parent.unit, *config.children), config.parent.unit)
        archive = await OrderArchive.open(database, parts.publication, parts.clock)
        outbox = await Outbox.open(database, config.data / "outbox", parts.clock)
        return cls(parts, engine, post, archive, outbox, around)

    def attach(self, station: Station) -> None:
        """Orders of the station travel up, and edited ones come down to it."""
        station.desk.watch(self._outbox.wake)
        station.facts_above = self._facts_above
        if self._parts.config.parent is not None:
            register = self._parts.image.register
            self.post.on(REVISION, OrderRevisions(self._parts.config.parent.unit, station.desk, register).take)

    def forwarder(self, gatekeeper: Gatekeeper, tell: Callable[[AccessDecision], None]) -> Forwarder:
        """For requests to and from other units; `below` may be set anew while it runs."""
        config, parts = self._parts.config, self._parts
        parent = "" if config.parent is None else config.parent.unit
        around = Neighbourhood(config.name, parent, lambda unit: self.below(unit))
        proofs = Proofs(config.name, parts.stores.control, gatekeeper, parts.clock)
        forwarder = Forwarder(around, self.post, proofs, parts.clock, tell)
        self.post.serve = forwarder.serve
        return forwarder

    def routes(self) -> tuple[Route, ...]:
        """Whoever may operate may edit an order: approving it is another right, at the unit that carries it out."""
        return (*self._engine.routes, Route(EDIT, "*/orders/*", self._edits, write=Right.OPERATE))

    async def run(self) -> None:
        parent = self._parts.config.parent
        async with asyncio.TaskGroup() as group:
            group.create_task(self.post.run())
            group.create_task(self._outbox.file())
            if parent is not None:
                group.create_task(self._outbox.forward(self._to(parent.unit)))
                around, direct = self._around, isinstance(self._engine, DirectEngine)
                if around.opener is not None and around.beside is not None and not direct:
                    group.create_task(accompany(parent.unit, around.opener, around.beside))

    def _to(self, parent: str) -> Callable[[Sequence[OrderExport], Callable[[Connection], None]], Awaitable[None]]:
        async def hand_over(exports: Sequence[OrderExport], mark: Callable[[Connection], None]) -> None:
            letters = [Letter(parent, ORDER, pack_order(export.json, export.xml)) for export in exports]
            await self.post.send(*letters, within=mark)

        return hand_over

    def _facts_above(self) -> dict[str, WireValue]:
        parent = self._parts.config.parent
        return {} if parent is None else {"parent": {parent.unit: self.post.up(parent.unit)}}


def _child_of(children: Collection[str]) -> Next:
    """Without group management a unit knows the way to its children alone."""
    return lambda unit: unit if unit in children else None


@dataclass(frozen=True, slots=True)
class Around:
    """What the engine must know of the neighbours. is_child: whom this unit takes. key_of: their keys.

    opener: of a client of the parent's data interface, None at the top. beside: what else uses that client.
    """

    is_child: Callable[[str], bool]
    key_of: KeyOf
    opener: Opener | None
    beside: Beside | None


def _engine(parts: Parts, key: SigningKey, around: Around) -> DirectEngine | NatsEngine:
    kind = parts.config.links.engine
    return _ENGINES[kind](parts, key, around)


def _direct(parts: Parts, key: SigningKey, around: Around) -> DirectEngine:
    unit, parent = parts.config.name, parts.config.parent
    mailboxes = Mailboxes(unit, key, around.is_child, around.key_of, parts.clock)
    if parent is None or around.opener is None:
        return DirectEngine(mailboxes)
    upward = Upward(unit, parent.unit, key, around.opener, parts.clock, around.beside)
    return DirectEngine(mailboxes, parent.unit, upward)


def _nats(parts: Parts, key: SigningKey, around: Around) -> NatsEngine:
    config, links = parts.config, parts.config.links
    parent = "" if config.parent is None else config.parent.unit
    try:
        from substation.links.nats_client import NatsClient  # the library is an extra, and of this engine alone
    except ModuleNotFoundError as error:
        raise ConfigError(
            str(config.file), None, "[links] engine 'nats' needs nats-py", "install the extra 'nats'"
        ) from error
    client = partial(NatsClient, config.name, links.nats, key, links.ca)
    return NatsEngine(
        config.name,
        parent,
        key,
        client,
        around.is_child,
        around.key_of,
        parts.clock,
        links.domain,
        links.parent_domain,
    )


_ENGINES: dict[EngineKind, Callable[[Parts, SigningKey, Around], DirectEngine | NatsEngine]] = {
    EngineKind.DIRECT: _direct,
    EngineKind.NATS: _nats,
}


def _opener(parts: Parts, parent: Parent, key: SigningKey, tls: ssl.SSLContext | None) -> Callable[[], Client]:
    context = tls if parent.url.startswith("wss:") else None
    return lambda: connect(
        address_of(parent.url, parent.data),
        key,
        certificate_chain=own_chain(parts.config.tls, key.public),
        service="link",
        clock=lambda: Instant(parts.clock(), time.monotonic_ns()),
        tls=context,
        timeout_s=ANSWER_S,
    )
