"""A management unit: its stores, its data interface, and, where it has field devices, its station."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import StorageError
from models.wire.keys import KeyId, SigningKey, VerifyKey
from protocols.arithmetic.pool import Arithmetic
from substation.audit.log import AuditLog
from substation.audit.witness import KIND, HeadsAbove, HeadsBelow
from substation.config import UnitConfig
from substation.control.database import Database
from substation.data_access import DataAccess
from substation.data_lock import locked
from substation.event_list import EventList
from substation.exchange.key_files import RENEWED, has_lost_its_key, unit_key
from substation.exchange.listener import Listener
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import Route
from substation.field.processes import FieldFactory, FrontEnds
from substation.hierarchy.hierarchy import Hierarchy
from substation.history.settings import CONTROL_FILE
from substation.history.store import History
from substation.image import Image
from substation.lost_control import FORGOTTEN, has_lost_control_file, hold_commands
from substation.maintenance.signatories import Signatories
from substation.maintenance.unit_maintenance import Supervision, UnitMaintenance
from substation.members.group import Group
from substation.neighbour_address import LISTENING
from substation.parts import Parts, Stores
from substation.privacy.opening import UnitSums, unit_sums
from substation.register import PointRegister
from substation.security_desk import SecurityDesk
from substation.site import Site
from substation.stakeholders.market import under_contract
from substation.stakeholders.register import StakeholderRegister
from substation.storage_threads import StorageThreads
from substation.trust.protection import Protection, protected
from substation.unit_links import UnitLinks
from substation.variables.events import EventVariables
from substation.variables.policy_ledger import PolicyLedger
from substation.variables.publication import Publication
from substation.weather_forecast import VARIABLE as WEATHER
from substation.weather_forecast import weather_of

if TYPE_CHECKING:
    from substation.station import Station
    from substation.supply_record import SupplyRecord

log = logging.getLogger(__name__)


class Unit:
    """Opened by `open_unit`; `run` until cancelled. No module globals: several units may live in one process."""

    def __init__(
        self,
        parts: Parts,
        key: SigningKey,
        register: StakeholderRegister,
        audit: AuditLog,
        links: UnitLinks,
        group: Group,
        station: Station | None,
        protection: Protection | None = None,
        supervision: Supervision | None = None,
        sums: UnitSums | None = None,
        *,
        access: DataAccess,
        supply: SupplyRecord | None = None,
    ) -> None:
        config = parts.config
        self.parts, self.station, self.links, self.access = parts, station, links, access
        self._key, self._register, self._sums, self.supply = key, register, sums, supply
        certifier = None if protection is None else protection.store
        self.security = SecurityDesk(
            config.name, register, audit, config.security, parts.events, parts.clock, certifier
        )
        self.security.gatekeeper.acting = under_contract(config.rules.contracts)
        self.protection, self.group = protection, group
        signatories = Signatories(register, certifier, parts.clock)
        self.maintenance = UnitMaintenance(
            parts, self._key, signatories, station, self.security.maintained, supervision
        )
        processor = RequestProcessor(
            self._routes(), parts.clock, self.security.decided, guard=access.guard, disclosure=access.disclosure
        )
        links.below, links.post.changed = group.members.route_to, group.members.link
        self._forwarder = links.forwarder(self.security.gatekeeper, self.security.decided)
        address = config.data_interface
        self.listener = Listener(
            processor,
            self.security.gatekeeper,
            self._key,
            config.name,
            parts.clock,
            address.host,
            address.port,
            tls=None if protection is None else protection.acceptance,
            forwards=self._forwarder,
        )
        self._hierarchy = Hierarchy(
            config, access.declared, links.post, parts.stores.control, group.members.register, parts.events, parts.clock
        )
        links.post.on(KIND, HeadsBelow(parts.stores.control, parts.events, parts.clock).take)
        if station is not None:
            station.gate.commanded = self.security.commanded
            station.people.sessions(self.security.names_present)
            station.northbound.serving.restart = self.maintenance.reset_by_centre
            links.attach(station)
            station.links.watch(group.members.device)
            declared, name = access.declared, config.name
            station.optimising.informed(
                parts.image, lambda: weather_of(declared.present(WEATHER, name)), lambda: station.fdir.cases
            )

    def _routes(self) -> tuple[Route, ...]:
        unit, parts = self.parts.config.name, self.parts
        own = (
            tuple(self.station.routes())
            if self.station is not None
            else (
                Route("Events", unit, EventVariables(unit, parts.events, parts.stores.history)),
                Route("*", unit, parts.publication),
            )
        )
        return (
            *self.security.routes(),
            *self.links.routes(),
            *self.maintenance.routes(),
            *self.group.members.routes(),
            *(self._sums.routes() if self._sums is not None else ()),
            *self.access.routes(parts.publication),
            *(self.supply.routes() if self.supply is not None else ()),
            *own,
        )

    async def run(self) -> None:
        """Until cancelled. ConfigError or LinkError when an address cannot be listened on."""
        parts = self.parts
        parts.events.tell(Category.SYSTEM, Severity.INFORMATION, parts.config.name, "unit started")
        async with asyncio.TaskGroup() as group:
            group.create_task(self.security.run())
            if self.protection is not None and self.protection.acceptance is not None:
                group.create_task(self.protection.acceptance.run())
            group.create_task(self.listener.run())
            group.create_task(parts.stores.history.housekeeping.run())
            group.create_task(self.links.run())
            group.create_task(self._forwarder.run(self.listener.door))
            group.create_task(self.group.members.run())
            group.create_task(self.access.run())
            group.create_task(self._hierarchy.run())
            if (parent := parts.config.parent) is not None:
                group.create_task(HeadsAbove(parent.unit, self.security.audit, self.links.post.send).run())
            if self.station is not None:
                group.create_task(self.station.run())
            if self.supply is not None:
                group.create_task(self.supply.run())
            if self._sums is not None:
                group.create_task(self._sums.run())
            group.create_task(self._tell_addresses())
            group.create_task(self.maintenance.run())

    async def _tell_addresses(self) -> None:
        """Write where we listen, for those who start us with port 0 (LISTENING)."""
        host, port = await self.listener.bound()
        addresses: dict[str, object] = {"data_interface": [host, port]}
        if self.station is not None:
            await self.station.northbound.listening.wait()
            centres = {centre.name: centre.listen.host for centre in self.parts.config.control_centres}
            ports = self.station.northbound.ports
            addresses["control_centres"] = {name: [centres[name], ports[name]] for name in ports}
        target = self.parts.config.data / LISTENING
        half = target.with_suffix(".new")
        try:
            half.write_text(json.dumps(addresses), encoding="utf-8")
            half.replace(target)
        except OSError as error:  # whoever knows the addresses can do without it
            text = f"{target} cannot be written: {error}; free or replace the disk"
            self.parts.events.tell(Category.SYSTEM, Severity.MEDIUM, self.parts.config.name, text)
        self.maintenance.listening.set()


@contextlib.asynccontextmanager
async def open_unit(
    config: UnitConfig,
    site: Site | None,
    clock: Clock = time.time_ns,
    field: FieldFactory = FrontEnds,
    supervision: Supervision | None = None,
    arithmetic: Arithmetic | None = None,
    threads: StorageThreads | None = None,
) -> AsyncIterator[Unit]:
    """Open stores and build the unit; close everything at the end, after what was taken is on the disk.

    StorageError when a store cannot be opened or another unit holds the data directory. threads: shared with the
    other units of this process, and closed by who made them.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(locked(config.data))
        forgotten = has_lost_control_file(config.data)
        (config.data / LISTENING).unlink(missing_ok=True)
        history = await asyncio.to_thread(_open_history, config, threads, clock)
        stack.push_async_callback(_close, history)
        database = await Database.open(config.data / CONTROL_FILE, threads, config.history.key())
        stack.push_async_callback(database.close)
        if forgotten:
            await hold_commands(config.data, database, config.name, clock())
        access = await DataAccess.open(config, history, database, clock)
        stack.push_async_callback(access.close)
        parts = _parts(config, Stores(history, database, threads), site, clock, access.ledger)
        renewed = has_lost_its_key(config.data)
        key, register = unit_key(config.data), StakeholderRegister(config.data, clock)
        if renewed:
            parts.events.tell(Category.SECURITY, Severity.HIGH, config.name, RENEWED)
        stack.callback(register.close)
        if forgotten:
            parts.events.tell(Category.SYSTEM, Severity.HIGH, config.name, FORGOTTEN)
        tls = protected(config.name, config.tls, config.tls_mode, clock, parts.events) if config.tls else None
        trust, context = (None, None) if tls is None else (tls.store, tls.client)
        group = await Group.open(config, key.public, database, parts.publication, parts.events, clock, trust)
        key_of = partial(_key_of, register, group)
        links = await UnitLinks.open(parts, key, config.children.__contains__, key_of, context, group.accompany)
        sums = await stack.enter_async_context(unit_sums(parts, key, links.post, arithmetic))
        station = await _station(parts, site, field) if site else None
        if station is not None:
            stack.push_async_callback(station.close)
        supply = await _supply(parts, station, site) if station and site else None
        audit = await AuditLog.open(config.data, config.name, key, config.audit, clock)
        stack.push_async_callback(audit.close)
        unit = Unit(
            parts, key, register, audit, links, group, station, tls, supervision, sums, access=access, supply=supply
        )
        yield unit


async def _station(parts: Parts, site: Site, field: FieldFactory) -> Station:
    """Loaded where there are field devices: its numerics take seconds and 150 MB."""
    from substation.station import Station

    return await Station.open(parts, site, field)


async def _supply(parts: Parts, station: Station, site: Site) -> SupplyRecord:
    """Loaded with the station, whose numerics it uses."""
    from substation.supply_record import SupplyRecord

    return await SupplyRecord.open(parts, station, site.network)


def _open_history(config: UnitConfig, threads: StorageThreads | None, clock: Clock) -> History:
    """Waits for the disk: not on the loop, where other units live."""
    engine = config.history.open(config.data, config.name, shared=threads is not None)
    return History(engine, threads=threads, clock=clock, keep=config.history.keep_days)


def _parts(config: UnitConfig, stores: Stores, site: Site | None, clock: Clock, ledger: PolicyLedger) -> Parts:
    register = PointRegister(stores.history.handles(site.points) if site else [])
    events = EventList(register, stores.history, clock)
    image = Image(register)
    alarm = partial(events.tell, Category.SYSTEM, Severity.HIGH, config.name)
    good_news = partial(events.tell, Category.SYSTEM, Severity.INFORMATION, config.name)
    stores.history.on_failure = lambda reason: alarm(reason) if reason else good_news("history can be written again")
    stores.history.on_loss = stores.history.housekeeping.on_trouble = image.on_defect = alarm
    return Parts(
        config, stores, events, image, Publication(config.name, clock), clock, ledger.of_point, ledger.restricts
    )


def _key_of(register: StakeholderRegister, group: Group, name: str, key_id: KeyId) -> VerifyKey | None:
    """The key of a neighbour: admitted, and under its name, or of its certificate."""
    identity = register.identity(key_id)
    admitted = register.find(key_id) if identity is not None and identity.name == name else None
    return admitted or group.key_of(name, key_id)


async def _close(history: History) -> None:
    """A full disk does not keep the unit from ending; what is lost then was not acknowledged to the field."""
    try:
        await history.flush()
    except StorageError as error:
        log.error("%s", error)
    finally:
        history.close()
