"""A controlled station with everything granted, asked for everything: what it sends and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, InformationObject, Service
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.controlled_link import ControlledLink
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.service_settings import (
    COUNTER_GROUPS,
    GROUPS,
    CounterSettings,
    PackedSettings,
    ScanSettings,
    ServiceSettings,
)
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.files.shelf import Shelf
from protocols.iec104.files.units import Ack, Call, FileKey, OfferedFile
from protocols.iec104.interoperability import samples
from protocols.iec104.link.session import Parameters, Role, Session

_ALL = ("*",)
_SCAN_S = 1.0
_PACKED = 9000
_EVERYTHING = ServiceSettings(
    groups=dict.fromkeys(GROUPS, _ALL),
    counters=CounterSettings(groups=dict.fromkeys(COUNTER_GROUPS, _ALL), spontaneous=True, tagged=True, running=True),
    periodic=(ScanSettings(_ALL, _SCAN_S),),
    background=(ScanSettings(_ALL, _SCAN_S),),
    packed=(PackedSettings(samples.STATION, _PACKED, (f"T/P{samples.point_address(30)}",)),),
    reset=True,
    parameters=True,
)
_UNTAGGED = replace(_EVERYTHING, counters=replace(_EVERYTHING.counters, tagged=False))
_WINDOW = Parameters(k=1000, w=1)
_FILE = OfferedFile(FileKey(samples.STATION, samples.FILE, 1), 10, samples.TIME_NS)
_CAUSES = range(Cause.PERIODIC, Cause.RETURN_LOCAL + 2)


class Trial:
    """One station, one control centre, in memory; nothing is ever carried out."""

    def __init__(self, services: ServiceSettings = _EVERYTHING) -> None:
        self.requests: list[CommandRequest] = []
        self._now_s = 0.0
        self.outstation = station(services)
        self.outstation.on_request = self.requests.append
        self._link = ControlledLink(self.outstation, "trial", MAIN, lambda: None, 0.0)
        self._session = Session(Role.CONTROLLING, _WINDOW, 0.0)
        self.heard: list[Asdu] = []
        self._session.start(0.0)
        self.exchange()

    def ask(self, type_id: int, item: InformationObject, cause: int = Cause.ACTIVATION) -> list[Asdu]:
        """Send one request; what comes back."""
        known = len(self.heard)
        self._session.send(codec.encode(Asdu(type_id, cause, samples.STATION, (item,))), 0.0)
        self.exchange()
        return self.heard[known:]

    def wait(self, seconds: float) -> None:
        """What the station does at times of its own."""
        self._now_s += seconds
        self.outstation.agenda.tick(self._now_s)
        self.exchange()

    def exchange(self) -> None:
        while True:
            up = self._session.take_output()
            if up:
                self._link.receive(up, 0.0)
            self._link.pump(0.0)
            down = self._link.take_output()
            for frame in self._session.receive(down, 0.0):
                self.heard.append(codec.decode(frame.asdu))
                self._session.acknowledge(frame.number, 0.0)
            if not up and not down:
                return


def station(services: ServiceSettings = _EVERYTHING) -> Outstation:
    """A controlled station with everything granted, one file on its shelf."""
    points = [spec for _, spec in samples.specs()]
    outstation = Outstation(
        monitored(points),
        controllable(points),
        clock=lambda: samples.TIME_NS,
        groups=[GroupSettings(services=services, parameters=_WINDOW)],
        monotonic=lambda: 0.0,
    )
    outstation.on_reset = lambda centre, answer: answer("")
    shelf = Shelf(lambda file, deliver: deliver(bytes(file.length)))
    shelf.put(_FILE)
    outstation.files.offer(MAIN, shelf)
    return outstation


@dataclass(frozen=True, slots=True)
class Controlled:
    """sent: type in monitor direction to the causes it was sent with. taken: type to the causes it may be asked with.
    The rest: qualifiers that were answered positively (of commands: QU by type). terminates: the end of a set-point is
    told (COT 10)."""

    sent: dict[int, frozenset[int]]
    taken: dict[int, frozenset[int]]
    interrogations: frozenset[int]
    counters: frozenset[int]
    freezes: frozenset[int]
    resets: frozenset[int]
    pulses: dict[int, frozenset[int]]
    terminates: bool


@cache
def controlled() -> Controlled:
    """Asked once per process; some milliseconds."""
    rows = [row for row in TYPES.values() if row.ordered]
    return Controlled(
        sent=_sent(),
        taken={row.number: taken for row in rows if (taken := frozenset(_taken(row.number)))},
        interrogations=frozenset(q for q in range(20, 37) if _confirms(100, samples.service(100, q))),
        counters=frozenset(q for q in range(1, 6) if _confirms(101, samples.service(101, q))),
        freezes=frozenset(f for f in range(4) if _confirms(101, samples.service(101, 5 | f << 6))),
        resets=frozenset(q for q in range(1, 5) if _confirms(105, samples.service(105, q))),
        pulses={each: frozenset(_pulses(each)) for each in samples.COMMAND_TYPES if TYPES[each].kind in _PULSED},
        terminates=_terminates(),
    )


_PULSED = (Kind.SINGLE_COMMAND, Kind.DOUBLE_COMMAND, Kind.STEP_COMMAND)


def _sent() -> dict[int, frozenset[int]]:
    heard: dict[int, set[int]] = {}
    for services in (_EVERYTHING, _UNTAGGED):
        for asdu in _all_of(Trial(services)):
            if TYPES[asdu.type_id].monitored:
                heard.setdefault(asdu.type_id, set()).add(asdu.cause)
    return {type_id: frozenset(causes) for type_id, causes in heard.items()}


def _all_of(trial: Trial) -> list[Asdu]:
    """Every point changes for every reason and is asked for in every way, and one file is fetched."""
    for time_ns in (None, samples.TIME_NS):
        for cause in (Cause.SPONTANEOUS, Cause.RETURN_REMOTE, Cause.RETURN_LOCAL):
            _change(trial, cause, time_ns)
    for group in range(17):
        trial.ask(100, samples.service(100, 20 + group))
    for request in (5, 5 | 1 << 6, *range(1, 6)):
        trial.ask(101, samples.service(101, request))
    for _, spec in samples.specs():
        if spec.monitor is not None:
            trial.ask(102, Service(spec.monitor.object_address), Cause.REQUEST)
    trial.ask(102, Service(_PACKED), Cause.REQUEST)
    for _ in range(20):  # scans are spread over their period
        trial.wait(_SCAN_S / 10)
    trial.ask(122, samples.call(Call.DIRECTORY), Cause.REQUEST)
    for call in (Call.SELECT_FILE, Call.REQUEST_FILE, Call.REQUEST_SECTION):
        trial.ask(122, samples.call(call), Cause.FILE_TRANSFER)
    trial.ask(124, samples.ack(Ack.SECTION), Cause.FILE_TRANSFER)
    return trial.heard


def _change(trial: Trial, cause: Cause, time_ns: int | None) -> None:
    image = trial.outstation.image
    for number, (_, spec) in enumerate(samples.specs()):
        slot = None if spec.monitor is None else image.slot(spec.monitor.common_address, spec.monitor.object_address)
        if spec.monitor is None or slot is None:
            continue
        trial.outstation.returns.mark({slot: cause})
        for value in (1, 0):
            moment = None if time_ns is None else time_ns + 1_000_000 * (100 * cause + 2 * number + 1 - value)
            trial.outstation.update([(slot.point.common_address, slot.point.object_address, value, 0, moment)])
    trial.exchange()


def _taken(type_id: int) -> Iterator[int]:
    """Causes that are not answered with a refusal by the protocol."""
    trial = Trial()
    for cause in _CAUSES:
        if TYPES[type_id].ordered & {cause}:
            directory = type_id == 122 and cause == Cause.REQUEST
            item = samples.call(Call.DIRECTORY) if directory else samples.item_of(type_id)
            answers = trial.ask(type_id, item, cause)
            if not any(answer.type_id == type_id and answer.cause in REFUSALS for answer in answers):
                yield cause


def _confirms(type_id: int, item: Service) -> bool:
    answers = Trial().ask(type_id, item)
    return any(each.type_id == type_id and each.cause == Cause.ACTIVATION_CON and not each.negative for each in answers)


def _terminates() -> bool:
    trial = Trial()
    trial.ask(50, samples.command(50))
    [request] = trial.requests
    trial.outstation.complete(request, True, 0.0)
    trial.outstation.terminate(request)
    trial.exchange()
    return trial.heard[-1].cause == Cause.TERMINATION


def _pulses(type_id: int) -> Iterator[int]:
    for qualifier in range(32):
        trial = Trial()
        trial.ask(type_id, samples.command(type_id, qualifier))
        if trial.requests:
            yield qualifier
