"""A hand-made device on the other end of our controlling station, frame by frame."""

from __future__ import annotations

from collections import Counter

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.point import Dbpos, Handle
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.codec import decode, encode
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import stations_of, targets_of
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from tests.protocols.iec104.pair import POINTS, SET_POINT, START_NS, Time


class Wire:
    """A hand-made device on the other end of our controlling station."""

    def __init__(self, **settings: object) -> None:
        self.time = Time()
        self.results: list[CommandResult] = []
        self.measurands: list[tuple[object, ...]] = []
        self.counted = Counter[str]()
        self.station = ControllingStation(
            "ST103", targets_of(POINTS), stations_of(POINTS), LinkSettings(**settings),  # type: ignore[arg-type]
            self.time.utc_ns, lambda: None, self.measurands.extend, 0.0, counts=self.counted,
        )  # fmt: skip
        self.sent = 0
        self.receive(apci.unnumbered(Function.STARTDT_CON))

    def receive(self, octets: bytes) -> list[Asdu]:
        """What the station sends in answer, ASDUs alone."""
        self.station.receive(octets, self.time.now_s)
        return self.output()

    def output(self) -> list[Asdu]:
        self.station.pump(self.time.now_s)
        frames = list(apci.Splitter().feed(self.station.take_output()))
        return [decode(frame.asdu) for frame in frames if isinstance(frame, apci.Information)]

    def say(self, octets: bytes | Asdu, received: int = 0) -> list[Asdu]:
        raw = encode(octets) if isinstance(octets, Asdu) else octets
        self.sent += 1
        return self.receive(apci.information(self.sent - 1, received, raw))

    @property
    def is_complete(self) -> bool:
        """The station has told that its picture is."""
        return any(delivery.complete for delivery in self.station.deliveries)

    def events(self) -> list[tuple[int, object, int, int | None]]:
        samples = [sample for delivery in self.station.deliveries for sample in delivery.events]
        return [sample[:4] for sample in samples]

    def command(self, action: Action, value: object = Dbpos.ON, number: int = 1) -> list[Asdu]:
        originator = Originator(OriginatorCategory.STATION_CONTROL, "test")
        command = Command(1, Handle(number), action, value, originator, START_NS)  # type: ignore[arg-type]
        self.station.command(command, dict([*POINTS, SET_POINT])[Handle(number)], self.results.append, self.time.now_s)
        return self.output()
