"""A controlled and a controlling end joined in memory, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, SampleBatch, Value
from protocols.iec104.application.asdu import Asdu, InformationObject
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.memory import Memory
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import stations_of, targets_of
from protocols.iec104.link.session import Parameters, Role, Session

START_NS = 1_795_169_730_250_000_000
STATION = 103
_numbers = count(1)  # of connections: one that is gone never lends its name to another


class Time:
    """Virtual time: monotonic seconds and the UTC that goes with them."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def utc_ns(self) -> int:
        return START_NS + round(self.now_s * 1000) * 1_000_000


def spec(
    number: int, variable: str, cdc: Cdc, type_id: int, command: int | None = None, direct: bool = False
) -> tuple[Handle, PointSpec]:
    """Point `number` of the station at object address `number`; its command at 10000 more."""
    model = ControlModel.STATUS_ONLY
    if command is not None:
        model = ControlModel.DIRECT_NORMAL if direct else ControlModel.SBO_NORMAL
    point = PointSpec(
        PointName("ST103/K1/E01", variable),
        cdc,
        "ST103",
        monitor=Iec104Address(STATION, number, type_id),
        command=None if command is None else Iec104Address(STATION, 10_000 + number, command),
        control_model=model,
    )
    return Handle(number), point


POINTS = [
    spec(1, "CSWI1.Pos", Cdc.DPC, 31, 46),
    spec(2, "RREC1.BlkRec", Cdc.SPC, 30, 45, direct=True),
    spec(3, "SFPI1.FwdFlt", Cdc.SPS, 30),
    spec(4, "SFPI1.RvFlt", Cdc.SPS, 30),
    spec(5, "YLTC1.TapPos", Cdc.INS, 35),
    spec(11, "MMXU1.TotW", Cdc.MV, 36),
    spec(12, "MMXU1.TotVAr", Cdc.MV, 36),
    spec(20, "ZBAT1.Vol", Cdc.MV, 36),
]
SET_POINT = spec(30, "DWMX1.WLimSpt", Cdc.MV, 36, 50, direct=True)
SPECS = [point for _, point in POINTS]


class Device:
    """An outstation and what it was told."""

    def __init__(
        self,
        time: Time,
        groups: tuple[str, ...] = (MAIN,),
        commands: bool = True,
        select_timeout_s: float = 30.0,
        specs: Sequence[PointSpec] = SPECS,
        memory: Memory | None = None,
        clock_quality: int = 0,
        **settings: object,
    ) -> None:
        self.time = time
        self.outstation = Outstation(
            monitored(specs),
            controllable(specs),
            clock=time.utc_ns,
            groups=[GroupSettings(name=name, **settings) for name in groups],  # type: ignore[arg-type]
            select_timeout_s=select_timeout_s,
            monotonic=lambda: time.now_s,
            memory=memory,
            clock_quality=lambda: clock_quality,
        )
        self.requests: list[CommandRequest] = []
        self.notices: list[str] = []
        self.clocks: list[int] = []
        self.losses: list[str] = []
        self.outstation.on_notice = self.notices.append
        self.outstation.on_loss = self.losses.append
        self.outstation.on_clock = lambda time_ns, client: self.clocks.append(time_ns)
        if commands:
            self.outstation.on_request = self.requests.append

    def update(self, address: int, value: Value, time_ns: int | None = None, quality: int = 0) -> None:
        self.outstation.update([(STATION, address, value, quality, time_ns)])

    def wait(self, seconds: float) -> None:
        """Let time pass, and do what the station does at times of its own."""
        end_s, agenda = self.time.now_s + seconds, self.outstation.agenda
        while agenda.next_deadline_s() <= end_s:
            self.time.now_s = max(self.time.now_s, agenda.next_deadline_s())
            agenda.tick(self.time.now_s)
        self.time.now_s = end_s

    def complete(self, positive: bool = True) -> None:
        self.outstation.complete(self.requests[-1], positive, self.time.now_s)

    def terminate(self) -> None:
        self.outstation.terminate(self.requests[-1])


class Centre:
    """A control centre written from the session up: it sends what it is told and keeps all that it gets."""

    def __init__(self, device: Device, group: str | None = MAIN, start: bool = True, **parameters: float) -> None:
        self.device = device
        now_s = device.time.now_s
        self.link = ControlledLink(device.outstation, f"centre{next(_numbers)}", group, lambda: None, now_s)
        self.session = Session(Role.CONTROLLING, Parameters(**parameters), now_s)  # type: ignore[arg-type]
        self.heard: list[Asdu] = []
        self.acknowledges = True
        if start:
            self.session.start(now_s)
            self.exchange()

    def ask(self, type_id: int, *items: InformationObject, cause: int = 6, station: int = STATION) -> list[Asdu]:
        """Send one ASDU and return what comes back."""
        return self.send(encode(Asdu(type_id, cause, station, items, 7)))

    def send(self, octets: bytes) -> list[Asdu]:
        known = len(self.heard)
        self.session.send(octets, self.device.time.now_s)
        self.exchange()
        return self.heard[known:]

    def listen(self) -> list[Asdu]:
        """What the device sends of its own accord."""
        known = len(self.heard)
        self.exchange()
        return self.heard[known:]

    def exchange(self) -> None:
        """Carry octets both ways until nobody has anything to say."""
        now_s = self.device.time.now_s
        while True:
            up = self.session.take_output()
            if up:
                self.link.receive(up, now_s)
            self.link.pump(now_s)
            down = self.link.take_output()
            for frame in self.session.receive(down, now_s):
                self.heard.append(decode(frame.asdu))
                if self.acknowledges:
                    self.session.acknowledge(frame.number, now_s)
            if not up and not down:
                return

    def confirm(self) -> None:
        """Acknowledge everything now, as t2 would."""
        self.device.time.now_s += 11.0
        self.session.tick(self.device.time.now_s)
        self.exchange()

    def break_off(self) -> None:
        self.link.closed()


class Master:
    """Our controlling station on the other end of a device."""

    def __init__(self, device: Device, stores: bool = True, **settings: object) -> None:
        self.device, self.stores = device, stores
        self.measurands = SampleBatch()
        self.events = SampleBatch()
        self.connected = 0
        self.results: list[CommandResult] = []
        now_s = device.time.now_s
        self.link = ControlledLink(device.outstation, f"master{next(_numbers)}", MAIN, lambda: None, now_s)
        self.station = ControllingStation(
            "ST103",
            targets_of(POINTS),
            stations_of(POINTS),
            LinkSettings(**settings),  # type: ignore[arg-type]
            device.time.utc_ns,
            lambda: None,
            self.measurands.extend,
            now_s,
        )

    def exchange(self) -> None:
        now_s = self.device.time.now_s
        while True:
            self.station.pump(now_s)
            up = self.station.take_output()
            if up:
                self.link.receive(up, now_s)
            self.link.pump(now_s)
            down = self.link.take_output()
            if down:
                self.station.receive(down, now_s)
            self.store()
            if not up and not down:
                return

    def store(self) -> None:
        while self.stores and self.station.deliveries:
            delivery = self.station.deliveries.popleft()
            self.events.extend(delivery.events)
            self.station.acknowledge(delivery.number, self.device.time.now_s)
            self.connected += delivery.complete

    def command(self, action: Action, value: Value = Dbpos.ON, number: int = 1) -> list[CommandResult]:
        """Send one service and return all results so far."""
        originator = Originator(OriginatorCategory.STATION_CONTROL, "test")
        command = Command(1, Handle(number), action, value, originator, self.device.time.utc_ns())
        self.station.command(command, dict(POINTS)[Handle(number)], self.results.append, self.device.time.now_s)
        self.exchange()
        return self.results
