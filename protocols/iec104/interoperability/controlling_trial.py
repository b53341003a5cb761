"""A controlling station with everything asked of it, in front of a controlled one: what it sends and reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.notices import Notices
from models.point import SampleBatch
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu
from protocols.iec104.application.types import KNOWN, TYPES
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.controlling_station.counter_freeze import CounterFreeze
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.station import ControllingStation
from protocols.iec104.controlling_station.targets import stations_of, targets_of
from protocols.iec104.files.settings import Fetch, FetchSettings
from protocols.iec104.interoperability import samples
from protocols.iec104.interoperability.controlled_trial import station
from protocols.iec104.link.apci import Information, Splitter
from protocols.iec104.link.session import Parameters

_WINDOW = Parameters(k=1000, w=1)
_SETTINGS = LinkSettings(
    parameters=_WINDOW,
    clock_sync=True,
    counter_period_s=60.0,
    counter_freeze=CounterFreeze.FREEZE,
    test_period_s=30.0,
    files=FetchSettings(Fetch.ALL),
)
_RUN_S = 120


class Trial:
    """Both roles in memory. The controlling station knows one point more than the device, so that it has to ask."""

    def __init__(self) -> None:
        self._points = [*samples.specs(), samples.unknown()]
        self.asked: list[Asdu] = []
        self._now_s = 0.0
        self._station = ControllingStation(
            "trial",
            targets_of(self._points),
            stations_of(self._points),
            _SETTINGS,
            lambda: samples.TIME_NS,
            lambda: None,
            SampleBatch().extend,
            0.0,
            Notices(lambda text: None),
        )
        self._station.files.on_file = lambda file, content: self._station.files.stored(True, self._now_s)
        self._outstation = station()
        self._outstation.on_request = lambda request: None
        self._device = ControlledLink(self._outstation, "trial", MAIN, lambda: None, 0.0)
        self._listener, self._teller = Splitter(), Splitter()
        self.told: set[int] = set()

    def run(self) -> None:
        """Start, then two minutes; then every command."""
        for _ in range(_RUN_S):
            self._exchange()
            self._now_s += 1.0
            self._station.tick(self._now_s)
            self._device.tick(self._now_s)
        for handle, spec in self._points:
            if spec.command is not None:
                value = samples.value_of(TYPES[spec.command.type_id].kind)
                origin = Originator(OriginatorCategory.REMOTE_CONTROL, "trial")
                command = Command(1, handle, Action.OPERATE, value, origin, samples.TIME_NS)
                self._station.command(command, spec, _ignore, self._now_s)
                self._exchange()

    def _exchange(self) -> None:
        while True:
            self._station.pump(self._now_s)
            up = self._station.take_output()
            self._listen(up)
            if up:
                self._device.receive(up, self._now_s)
            while self._station.deliveries:
                self._station.acknowledge(self._station.deliveries.popleft().number, self._now_s)
            self._device.pump(self._now_s)
            down = self._device.take_output()
            self.told |= {unit[0] for unit in _units(self._teller, down)}
            if down:
                self._station.receive(down, self._now_s)
            if not up and not down:
                return

    def _listen(self, octets: bytes) -> None:
        """What goes over the line to the device."""
        self.asked += map(codec.decode, _units(self._listener, octets))


def _units(splitter: Splitter, octets: bytes) -> Iterator[bytes]:
    return (each.asdu for each in splitter.feed(octets) if isinstance(each, Information))


def _ignore(result: CommandResult) -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Controlling:
    """sent: type to the causes it was sent with. read: types in monitor direction: those whose values become samples,
    and those that a device told in the trial."""

    sent: dict[int, frozenset[int]]
    read: frozenset[int]


@cache
def controlling() -> Controlling:
    """Asked once per process; some milliseconds."""
    trial = Trial()
    trial.run()
    sent: dict[int, set[int]] = {}
    for asdu in trial.asked:
        sent.setdefault(asdu.type_id, set()).add(asdu.cause)
    kinds = {kind for target in targets_of(samples.specs()).values() for kind in target.converters}
    told = {number for number in trial.told if KNOWN[number].monitored}
    read = frozenset({row.number for row in KNOWN.values() if row.kind in kinds} | told)
    return Controlling({type_id: frozenset(causes) for type_id, causes in sent.items()}, read)
