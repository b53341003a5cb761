"""A management unit: its stores, its data interface, and, where it has field devices, its station."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from functools import partial

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import StorageError
from models.wire.cbor import WireValue
from substation.config import UnitConfig
from substation.control.database import Database
from substation.data_lock import locked
from substation.event_list import EventList
from substation.exchange.access import Right
from substation.exchange.decision import AccessDecision
from substation.exchange.key_files import unit_key
from substation.exchange.key_register import KeyRegister
from substation.exchange.listener import Listener
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import Route
from substation.field.processes import FieldFactory, FrontEnds
from substation.history.store import History
from substation.image import Image
from substation.order_archive import VARIABLE, OrderArchive
from substation.outbox import Outbox
from substation.parent_link import ParentLink
from substation.register import PointRegister
from substation.site import Site
from substation.station import Parts, Station, Stores
from substation.variables.events import EventVariables
from substation.variables.publication import Publication

log = logging.getLogger(__name__)

LISTENING = "listening.json"
"""Where a unit tells in its data directory on which ports it listens."""


class Unit:
    """Opened by `open_unit`; `run` until cancelled. No module globals: several units may live in one process."""

    def __init__(self, parts: Parts, archive: OrderArchive, outbox: Outbox, station: Station | None) -> None:
        config = parts.config
        self.parts, self.station = parts, station
        self._outbox = outbox
        self._key = unit_key(config.data)
        self._register = KeyRegister(config.data)
        self._parent = (
            ParentLink(config.name, config.parent, self._key, outbox, parts.events) if config.parent else None
        )
        processor = RequestProcessor(self._routes(archive), parts.clock, self._decided)
        address = config.data_interface
        self.listener = Listener(
            processor, self._register, self._key, config.name, parts.clock, address.host, address.port
        )
        if station is not None:
            station.desk.watch(outbox.wake)
            station.facts_above = self._facts_above

    def _routes(self, archive: OrderArchive) -> tuple[Route, ...]:
        unit, parts = self.parts.config.name, self.parts
        own = (
            tuple(self.station.routes())
            if self.station is not None
            else (
                Route("Events", unit, EventVariables(unit, parts.events, parts.stores.history)),
                Route("*", unit, parts.publication),
            )
        )
        return (Route(VARIABLE, "*", archive, write=Right.READ), *own)

    def _facts_above(self) -> dict[str, WireValue]:
        if self._parent is None or self.parts.config.parent is None:
            return {}
        return {"parent": {self.parts.config.parent.unit: self._parent.up}}

    def _decided(self, decision: AccessDecision) -> None:
        if decision.granted:
            return
        text = f"{decision.who}: {decision.what} refused: {decision.why}"
        self.parts.events.tell(Category.SECURITY, Severity.LOW, self.parts.config.name, text)

    async def run(self) -> None:
        """Until cancelled. ConfigError or LinkError when an address cannot be listened on."""
        parts = self.parts
        parts.events.tell(Category.SYSTEM, Severity.INFORMATION, parts.config.name, "unit started")
        async with asyncio.TaskGroup() as group:
            group.create_task(self.listener.run())
            group.create_task(self._outbox.file())
            if self._parent is not None:
                group.create_task(self._parent.run())
            if self.station is not None:
                group.create_task(self.station.run())
            group.create_task(self._tell_addresses())

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

    def close(self) -> None:
        self._register.close()


@contextlib.asynccontextmanager
async def open_unit(
    config: UnitConfig, site: Site | None, clock: Clock = time.time_ns, field: FieldFactory = FrontEnds
) -> AsyncIterator[Unit]:
    """Open stores and build the unit; close everything at the end, after what was taken is on the disk.

    StorageError when a store cannot be opened or another unit holds the data directory.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(locked(config.data))
        (config.data / LISTENING).unlink(missing_ok=True)
        history = History(config.data / "history.sqlite")
        stack.push_async_callback(_close, history)
        database = await Database.open(config.data / "control.sqlite")
        stack.push_async_callback(database.close)
        parts = _parts(config, Stores(history, database), site, clock)
        outbox = await Outbox.open(database, config.data / "outbox", clock)
        archive = await OrderArchive.open(config.children, database, parts.publication, clock)
        station = await Station.open(parts, site, field) if site else None
        unit = Unit(parts, archive, outbox, station)
        stack.callback(unit.close)
        yield unit


def _parts(config: UnitConfig, stores: Stores, site: Site | None, clock: Clock) -> Parts:
    register = PointRegister(stores.history.handles(site.points) if site else [])
    events = EventList(register, stores.history, clock)
    image = Image(register)
    alarm = partial(events.tell, Category.SYSTEM, Severity.HIGH, config.name)
    good_news = partial(events.tell, Category.SYSTEM, Severity.INFORMATION, config.name)
    stores.history.on_failure = lambda reason: alarm(reason) if reason else good_news("history can be written again")
    stores.history.on_loss = image.on_defect = alarm
    return Parts(config, stores, events, image, Publication(config.name, clock), clock)


async def _close(history: History) -> None:
    """A full disk does not keep the unit from ending; what is lost then was not acknowledged to the field."""
    try:
        await history.flush()
    except StorageError as error:
        log.error("%s", error)
    finally:
        history.close()
