"""Both roles for a fuzz campaign: stations that live as they would in a unit, and whether they are still healthy."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.notices import Notices
from models.point import Dbpos, SampleBatch
from protocols.iec104.application.asdu import Observation, Order, Service
from protocols.iec104.connection import Station
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import stations_of, targets_of
from protocols.iec104.files.settings import Fetch, FetchSettings
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.files.units import FileKey, OfferedFile
from protocols.iec104.files.wanted import RemoteFile
from protocols.iec104.link.apci import Function
from tests.protocols.iec104.full import CHANGED, INTERROGATED, POINTS, SERVICES, SPECS
from tests.protocols.iec104.pair import START_NS, STATION, Centre, Device, Master, Time

_ORIGINATOR = Originator(OriginatorCategory.STATION_CONTROL, "fuzz")
_COMMANDED = [handle for handle, point in POINTS if point.command is not None]
_VALUES = (True, Dbpos.ON, Dbpos.OFF, 3, 1.5)


class World(Protocol):
    """start: the U frame with which the peer begins data transfer."""

    start: Function
    time: Time

    def connect(self, source: random.Random) -> Station:
        """A new connection."""

    def live(self, source: random.Random) -> None:
        """Something happens in the station, of its own accord."""

    def check(self) -> None:
        """AssertionError when a healthy peer is not served as if nothing had happened."""


class OutstationWorld:
    """A controlled station with every type and service, whose commands are answered late, well, badly or never."""

    start = Function.STARTDT_ACT

    def __init__(self) -> None:
        self.time = Time()
        self.device = Device(self.time, specs=SPECS, services=SERVICES)
        self.device.outstation.on_reset = lambda client, answer: answer("not now")
        self.device.outstation.files.offer(MAIN, _shelf())

    def connect(self, source: random.Random) -> Station:
        """Of the group, or a passing observer; the one before it may still be open, and is then replaced."""
        group = MAIN if source.random() < 0.9 else None
        return ControlledLink(self.device.outstation, "fuzz", group, lambda: None, self.time.now_s)

    def live(self, source: random.Random) -> None:
        address = source.choice(tuple(CHANGED))
        self.device.update(address, CHANGED[address], START_NS + source.randrange(10**12), source.choice((0, 1, 0x800)))
        for request in self.device.requests:
            action = source.randrange(4)
            if action < 2:
                self.device.outstation.complete(request, action == 1, self.time.now_s)
            if action == 1 and request.action is Action.OPERATE:
                self.device.outstation.terminate(request, source.random() < 0.7)
        self.device.requests.clear()
        self.device.notices.clear()
        self.device.losses.clear()

    def check(self) -> None:
        for request in self.device.requests:  # what is in execution ends, selections expire
            self.device.outstation.complete(request, False, self.time.now_s)
        self.device.wait(100.0)
        centre = Centre(self.device)
        interrogated = centre.ask(100, Service(0, 20))
        assert (interrogated[-1].type_id, interrogated[-1].cause) == (100, 10)
        assert sum(len(asdu.observations()) for asdu in interrogated if asdu.cause == 20) == INTERROGATED
        self.device.update(3, not self.device.outstation.image.slot(STATION, 3).value, START_NS)  # type: ignore[union-attr]
        assert any(
            Observation(3, True, 0, START_NS)[0] == item.address for asdu in centre.listen() for item in asdu.objects
        )
        answers = centre.ask(45, Order(10_002, True))
        assert answers == [] or answers[-1].cause in (7, 10)
        centre.break_off()


def _shelf() -> Shelf:
    content = bytes(range(256)) * 3
    shelf = Shelf(lambda file, deliver: deliver(content), lambda file: None)
    shelf.put(OfferedFile(FileKey(STATION, 50_001, 1), len(content), START_NS))
    return shelf


class MasterWorld:
    """A controlling station that stores, commands and fetches files; a new one for each connection, as links have."""

    start = Function.STARTDT_CON

    def __init__(self) -> None:
        self.time = Time()
        self._targets, self._stations = targets_of(POINTS), stations_of(POINTS)
        self._notices = Notices(lambda text: None)
        self._counts = Counter[str]()
        self._station: ControllingStation | None = None
        self._settings = LinkSettings(
            clock_sync=True, interrogation_period_s=60.0, counter_period_s=60.0, test_period_s=30.0,
            files=FetchSettings(Fetch.ALL, delete=True),
        )  # fmt: skip

    def connect(self, source: random.Random) -> Station:
        self._station = ControllingStation(
            "fuzz", self._targets, self._stations, self._settings, self.time.utc_ns, lambda: None, _forget,
            self.time.now_s, self._notices, self._counts,
        )  # fmt: skip
        self._fetched = False
        self._station.files.on_file = self._fetch
        return self._station

    def _fetch(self, file: RemoteFile, content: bytes) -> None:
        self._fetched = True

    def live(self, source: random.Random) -> None:
        station, now_s = self._station, self.time.now_s
        assert station is not None
        if source.random() < 0.8:
            while station.deliveries:
                station.acknowledge(station.deliveries.popleft().number, now_s)
        handle = source.choice(_COMMANDED)
        command = Command(
            1, handle, source.choice(tuple(Action)), source.choice(_VALUES), _ORIGINATOR, self.time.utc_ns()
        )
        station.command(command, dict(POINTS)[handle], _forget_result, now_s)
        if self._fetched:
            self._fetched = False
            station.files.stored(source.random() < 0.8, now_s)

    def check(self) -> None:
        device = Device(Time())
        master = Master(device)
        master.exchange()
        assert master.connected == 1
        device.update(3, True, START_NS)
        master.exchange()
        assert [sample.value for sample in master.events if sample.source_time_ns == START_NS] == [True]


def _forget(batch: SampleBatch) -> None:
    pass


def _forget_result(result: CommandResult) -> None:
    pass


WORLDS: dict[str, Callable[[], World]] = {"outstation": OutstationWorld, "master": MasterWorld}
