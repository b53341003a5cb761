"""The part of a unit that has field devices: image, gate, orders, automation, control centres. One per site."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from models.alarm import Category, Severity
from models.command import Originator
from models.point import Cdc, Sample
from models.switching import Order
from models.wire.cbor import WireValue
from substation.acquisition import Acquisition
from substation.automation import Automation
from substation.clock.synchronisation import Synchronisation
from substation.commissioning.desk import Desk
from substation.commissioning.writes import routes as commissioning_routes
from substation.control.executor import SequenceExecutor, originator_of
from substation.control.gate import Gate
from substation.control.intents import Intent
from substation.control.interlocking import Interlocking
from substation.control.journal import Journal
from substation.control.leases import Leases
from substation.control.numerics import Numerics
from substation.control.rehearsal import Objection, rehearse
from substation.control.trip_board import TripBoard
from substation.cycle import Cycle
from substation.differing_watch import DifferingWatch
from substation.energisation import EnergisationView
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.fdir_settings import fdir_settings
from substation.field.processes import FieldFactory
from substation.gate_timers import gate_timers
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.link_board import LinkBoard
from substation.modes import Modes
from substation.mv.case import WATCHING, Case
from substation.mv.earth.application import EarthFaults
from substation.mv.earth.case import EarthFaultState
from substation.mv.fdir import Fdir, FdirState
from substation.northbound.buffers import Buffers
from substation.northbound.commands import CentreCommands
from substation.northbound.northbound import Northbound
from substation.northbound.serving import Serving
from substation.optimising import Optimising, open_faults
from substation.order_store import OrderStore
from substation.orders import OrderDesk
from substation.parts import Parts
from substation.people import People
from substation.planned_orders import judged, judges
from substation.records.settings import FOLDER
from substation.records.store import RecordStore
from substation.records.trips import RecordTrips
from substation.returning import Returning
from substation.site import Site
from substation.switching_watch import SwitchingWatch
from substation.tag_board import TagBoard
from substation.trust.station_files import station_files
from substation.variables.commands import SERVICES, CommandVariables
from substation.variables.events import EventVariables
from substation.variables.hindrances import VARIABLE as INTERLOCKING
from substation.variables.hindrances import Hindrances
from substation.variables.intents import IntentWrites
from substation.variables.modes import ModeWrites
from substation.variables.orders import DECISIONS
from substation.variables.points import PointVariables
from substation.variables.record_content import RecordContent
from substation.variables.records import RecordShow
from substation.variables.showing import EnergisationShow, Showing, StatusShow, model_of
from substation.variables.tags import TagWrites
from substation.variables.trips import TripWrites
from substation.variables.voltage_control import voltage_control_routes
from substation.voltage_control import VoltageControl

WAKING = (Cdc.ACT, Cdc.ACD, Cdc.SPS, Cdc.DPC, Cdc.DPS, Cdc.ENS)
"""Kinds of points whose events wake FDIR: trips, pickups, indications, positions, reclosing states."""

SHOW_RETRY_S = 60.0

log = logging.getLogger(__name__)


class Station:
    """`await Station.open(...)`, `routes` for the data interface, then `run` until cancelled."""

    def __init__(
        self,
        parts: Parts,
        site: Site,
        journal: Journal,
        tags: TagBoard,
        desk: OrderDesk,
        field: FieldFactory,
        records: RecordStore,
        record_trips: RecordTrips,
        buffers: Buffers,
        trips: TripBoard,
        commissioning: Desk,
        people: People,
    ) -> None:
        self._trips, self.commissioning, self.people = trips, commissioning, people
        self._buffers, self.records, self._record_trips = buffers, records, record_trips
        self._site = site
        self._parts, self._journal, self._tags, self.desk = parts, journal, tags, desk
        self._topology = Topology(site.network)
        self._leases = Leases()
        self._showing = Showing(parts.publication)
        healing, history = parts.config.self_healing, parts.stores.history
        self.modes = Modes(healing, [feeder.id for feeder in site.network.feeders], history)
        self.links = LinkBoard(site.links, parts.clock, self._showing.link)
        self.links.counted = self._showing.link_counters
        acquisition = Acquisition(parts.image, history, parts.events, self.links, parts.clock, records.keep)
        acquisition.stored_for_control_centres = buffers.stored
        self.field = field(site.links, list(parts.image.register.items()), acquisition)
        self._control()
        self.differing = DifferingWatch(parts, self._interlocking.grid, self.gate, self.modes)
        acquisition.differing = self.differing.board.take
        self.commissioning.attach(self.gate)
        self._automate()
        view = EnergisationView(self._interlocking.numerics)
        self._energisation = EnergisationShow(view, parts.image, self.view, parts.publication)
        self._status = StatusShow(parts.publication, self.modes, self._facts, parts.clock)
        rights = {centre.name: centre.commands for centre in parts.config.control_centres}
        carry = CentreCommands(self.gate, parts.image.register, rights, self.links.fault, parts.config.rules).carry
        centres = parts.config.control_centres
        self.northbound = Northbound(
            centres, parts.image, carry, parts.events, parts.clock, buffers, self._serving(parts)
        )
        self._station_files = station_files(parts, site.links)
        self.northbound.offer(records)
        RecordShow(parts.publication, records, record_trips)
        self._watch_centres()
        self.facts_above: Callable[[], Mapping[str, WireValue]] = dict
        self._connect(self._topology)

    def _watch_centres(self) -> None:
        """Who hears what becomes of control centres."""
        board, events = self.northbound.board, self._parts.events
        self.executor.absent = partial(self._parts.config.self_healing.centres.absent, self.northbound.connected)
        board.changed = self._showing.centre
        board.alarm = lambda name, text: events.tell(Category.LINK, Severity.HIGH, f"control centre {name}", text)
        board.absences.after_s = {centre.name: centre.alarm_after_s for centre in self._parts.config.control_centres}

    def _serving(self, parts: Parts) -> Serving:
        """What control centres ask of the unit as a whole."""
        config = parts.config
        files = [file for file in (config.file, config.scd) if file is not None] if config.control_centres else []
        clock, history = Synchronisation(parts.clock), parts.stores.history
        return Serving(history, clock, parts.events, files, lambda: self.gate.under_way)

    def _control(self) -> None:
        """The gate with its rules, and who carries out orders through it."""
        parts, healing = self._parts, self._parts.config.self_healing
        numerics = Numerics(self._topology)
        self._interlocking = Interlocking(numerics, parts.config.rules)
        self.gate = Gate(
            parts.image.register,
            parts.image,
            self._interlocking,
            self._journal,
            self._leases,
            self._tags,
            self.desk,
            lambda _: self.field.execute,
            parts.clock,
            gate_timers(parts.config),
            parts.events.record,
        )
        self.executor = SequenceExecutor(
            self.gate,
            self._leases,
            self._tags,
            self.desk,
            parts.image,
            numerics.grid,
            self.modes.effective,
            parts.clock,
            parts.events.record,
            healing.watch_after_close_s,
        )
        self.people.attach(self.gate, numerics, self.desk, self.executor, self._tags)
        self._watch = SwitchingWatch(parts, self.gate, self.desk, numerics, self._trips)

    def _automate(self) -> None:
        """FDIR in its cycle, and what becomes of its decisions."""
        parts, healing = self._parts, self._parts.config.self_healing
        automation = Automation(self.desk, self.modes.effective, parts.publication, parts.events)
        fdir = Fdir(self._topology, healing, fdir_settings(parts.config), partial(judged, self._interlocking))
        self._fdir = Cycle[FdirState](fdir, self.view, automation.act, parts.stores.history, parts.events)
        earth = EarthFaults(self._topology, parts.config.earth_faults, partial(judged, self._interlocking))
        self._returning = Returning(self._topology, judges(self._interlocking), self.view, self.desk, parts.events)
        self._earth = Cycle[EarthFaultState](earth, self.view, automation.act, parts.stores.history, parts.events)
        self.optimising = Optimising(
            self._topology, parts.config, judges(self._interlocking), self.view,
            lambda: open_faults(self._fdir.state.cases, self._earth.state.cases),
            automation.act, parts.stores.history, parts.events,
        )  # fmt: skip
        self.voltage_control = VoltageControl(parts, self._topology, self.optimising.look, automation.act, self.gate)

    @classmethod
    async def open(cls, parts: Parts, site: Site, field: FieldFactory) -> Station:
        """Open what is on disk; orders and commands that a crash interrupted come back blocked."""
        journal = await Journal.open(parts.stores.control)
        tags = await TagBoard.open(parts.stores.control)
        feeders, register = site.network.feeders, parts.image.register
        trips = await TripBoard.open(parts.stores.control, feeders, register, parts.clock)
        store = await OrderStore.open(parts.stores.control)
        desk = await OrderDesk.open(store, parts.clock, parts.events.record)
        folder = parts.config.data / FOLDER
        records = await RecordStore.open(parts.stores.control, folder, parts.config.records, parts.events, parts.clock)
        record_trips = await RecordTrips.open(parts.stores.control, records, parts.events, register)
        centres = [centre.name for centre in parts.config.control_centres]
        specs = [spec for _, spec in parts.image.register.items()]
        buffers = await Buffers.open(parts.config.data, centres, specs, parts.stores.threads, parts.clock)
        commissioning, people = await Desk.open(parts), await People.open(parts)
        return cls(
            parts, site, journal, tags, desk, field, records, record_trips, buffers, trips, commissioning, people
        )

    async def close(self) -> None:
        """After `run` has ended: what control centres have not acknowledged is on the disk."""
        await self._buffers.close()

    def _connect(self, topology: Topology) -> None:
        """Who hears what; the image's own listeners come first to last in this order."""
        image, parts = self._parts.image, self._parts
        image.subscribe(parts.events.process)
        image.subscribe(self._wake)
        self.desk.watch(self._showing.order)
        self.desk.watch(lambda _: self._fdir.wake())
        self.desk.rehearse = self._rehearse
        self.desk.repaired_callback = self._plan_return
        self.modes.changed = self._modes_changed
        self._tags.changed = self._tags_changed
        self.people.show(self._showing, self._energisation, self._rebuilt)
        for order in self.desk.orders.values():
            self._showing.order(order)
        for link in self.links.links:
            self._showing.link(link)
        self._showing.tags(self._tags.tags)
        model = model_of(parts.config, self._site.network, image.register, self._site.drawings)
        parts.publication.publish("Model", model)

    def view(self) -> ProcessImage:
        """The frozen image with modes, orders, tags and open intents."""
        return replace(self.gate.view(), modes=self.modes.effective(), orders=self.desk.unfinished)

    @property
    def open_commands(self) -> tuple[Intent, ...]:
        """Commands whose outcome nobody knows, until an operator releases them."""
        return self._journal.blocking

    @property
    def fdir(self) -> FdirState:
        return self._fdir.state

    @property
    def watched(self) -> tuple[Case, ...]:
        """Cases in which FDIR still gathers what has happened."""
        return tuple(case for case in self.fdir.cases if case.phase in WATCHING)

    @property
    def status(self) -> StatusShow:
        return self._status

    def _wake(self, samples: list[Sample]) -> None:
        register = self._parts.image.register
        if any(register.spec(sample.handle).cdc in WAKING for sample in samples):
            self._fdir.wake()
            self._earth.wake()

    def _modes_changed(self) -> None:
        self._status.now()
        self._fdir.wake()

    def _rebuilt(self) -> None:
        """People have placed something on the grid, or taken it away."""
        self._fdir.wake()
        self._watch.placed()

    def _tags_changed(self) -> None:
        self._showing.tags(self._tags.tags)
        self._fdir.wake()

    def _rehearse(self, order: Order) -> Objection | None:
        journal, faults = self._journal, self.desk.faults
        stranded = tuple(str(intent) for intent in journal.open_intents)
        unresolved = {intent.point: str(intent) for intent in journal.unresolved}
        return rehearse(
            order,
            originator_of(order),
            self._interlocking,
            self.view(),
            faults,
            self._leases.held,
            stranded,
            unresolved,
        )

    async def _plan_return(self, order: Order, who: Originator) -> None:
        self._watch.repaired(order)
        await self._returning.repaired(order)

    def _facts(self) -> dict[str, WireValue]:
        blocking, vvc = self._journal.blocking, self.voltage_control.told
        fdir, earth = self._fdir.told(self.modes.unit.name.lower()), self._earth.told("")
        return {
            "points": len(self._parts.image.register),
            "links_up": self.links.up,
            "links": len(self.links.links),
            "control_centres": dict(self.northbound.connected()),
            "open_commands": [str(intent) for intent in blocking],
            "open_command_numbers": [intent.number for intent in blocking],
            "applications": {"fdir": fdir, "earth_faults": earth, "vvc": vvc, **self.optimising.told},
            **self.facts_above(),
        }

    def routes(self) -> Sequence[Route]:
        """Variables of the station for the request processor; `*` last."""
        parts, unit = self._parts, self._parts.config.name
        commands = CommandVariables(self.gate, parts.image.register, parts.config.rules, self.people.seconds)
        elements = frozenset(self._topology.nodes_of_element)
        events = EventVariables(unit, parts.events, parts.stores.history, parts.clock)
        orders, contents = self.people.order_writes(), RecordContent(unit, self.records)
        overtaken = partial(self.gate.overtaken, ("S4", "S17"))
        tags = TagWrites(self._tags, elements, parts.clock, self._tell, self.people.agree, overtaken)
        points = PointVariables(parts.image, parts.stores.history, parts.clock, parts.policy_of, parts.restricts)
        return (
            *commissioning_routes(unit, self.commissioning, parts.clock),
            *self.people.routes(),
            *(Route(each, f"{unit}/orders/*", orders, write=Right.APPROVE, places=orders.places) for each in DECISIONS),
            Route("Order.*", f"{unit}/orders/*", orders, write=Right.OPERATE, places=orders.places),
            *voltage_control_routes(unit, self.voltage_control, self._tell),
            Route("FDIR.Mode", "*", ModeWrites(unit, self.modes, self._tell), write=Right.OPERATE),
            Route("Tag.*", "*", tags, write=Right.OPERATE),
            Route("Commands.Release", unit, IntentWrites(self.gate), write=Right.OPERATE),
            Route("Trip.*", "*", TripWrites(self._trips, self._tell), write=Right.OPERATE),
            *(Route(service, "*", commands, write=Right.COMMAND) for service in SERVICES),
            Route(INTERLOCKING, "*", Hindrances(self.gate, parts.image.register, parts.clock)),
            Route("Events", unit, events),
            Route("Record.*", contents.locations, contents),
            Route("*", unit, parts.publication),
            Route("*", "*", points),
        )

    def _tell(self, location: str, text: str) -> None:
        self._parts.events.tell(Category.SYSTEM, Severity.INFORMATION, location, text)

    async def run(self) -> None:
        """Everything of the station, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for work in (
                    self.field,
                    self._fdir,
                    self._earth,
                    self._returning,
                    self.optimising,
                    self.voltage_control,
                    self.northbound,
                    self._station_files,
                    self._watch,
                    self._record_trips,
                    self.commissioning,
                    self.people,
                ):
                    group.create_task(work.run())
                for show in (self._energisation, self._status):
                    group.create_task(self._shown(show))
                group.create_task(self.executor.serve())
        finally:
            self.gate.tally.total()

    async def _shown(self, show: EnergisationShow | StatusShow) -> None:
        """Supervisor: what is wrong with a picture must not end what it shows."""
        while True:
            try:
                await show.run()
            except Exception as error:
                log.exception("defect in %s", type(show).__name__)
                text = f"defect in {type(show).__name__}: {type(error).__name__}: {error}; see the log"
                self._parts.events.tell(Category.SYSTEM, Severity.HIGH, self._parts.config.name, text)
                await asyncio.sleep(SHOW_RETRY_S)
