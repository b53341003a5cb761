"""Switches that travel: positions, stored energy, local control, interlocking, and the ways in which they fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.network.elements import Network, Switch, SwitchKind
from models.point import Dbpos, PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.equipment import primary_stations
from sim_ied.interlocking import release
from sim_ied.settings import Travel

_NUMBERS = {"Q0": 1, "Q1": 2, "Q8": 3}  # designation in the bay to instance of CSWI and CILO
_CAPABILITY = {(True, True): 4, (True, False): 2, (False, True): 3, (False, False): 1}  # (closed, charged) to CBOpCap
_OK, _ALARM = 1, 3  # EEHealth


class Cause(Enum):
    """Who moved a switch."""

    COMMAND = "command"
    PROTECTION = "protection"
    RECLOSING = "reclosing"
    LOCAL = "local operation"
    SECTIONALISER = "sectionaliser"
    BREAKER_FAILURE = "breaker failure protection"


class Defect(Enum):
    """How a switch can fail its next operation."""

    STUCK = "stuck"  # refuses by its health; a trip does not open it either
    DOES_NOT_MOVE = "answers but does not move"  # says yes, reports the end, stays where it was
    SAYS_NO_END = "answers and says no more"  # says yes, stays where it was, and never says how it ended
    STOPS_MIDWAY = "stops midway"  # stays in intermediate position, contacts as they were


@dataclass(frozen=True, slots=True)
class Movement:
    """A switch has reached a position (or ended its travel without): what happened, by whom, when."""

    switch: int
    target: Dbpos
    reached: bool
    cause: Cause
    time_ns: int


@dataclass(slots=True)
class _Device:
    switch: Switch
    bay: str
    position: Dbpos
    remote: bool
    controller: PointName
    moving: bool = False
    charged: bool = True
    defect: Defect | None = None
    others: list[int] = field(default_factory=list)


def bay_of(switch_id: str) -> str:
    """The bay's path: `OBR1/K1/E03/Q0` stands in `OBR1/K1/E03`."""
    return switch_id.rpartition("/")[0]


class Switchgear:
    """All switches in the Network's order. `closed` is the state of the contacts; positions are what is shown."""

    def __init__(
        self,
        network: Network,
        travel: Travel,
        speed: float,
        agenda: Agenda,
        board: Board,
        moved: Callable[[Movement], None],
    ) -> None:
        self._travel, self._speed, self._agenda, self._board, self._moved = travel, speed, agenda, board, moved
        self.numbers = {switch.id: number for number, switch in enumerate(network.switches)}
        self.closed = np.array([not switch.normally_open for switch in network.switches], np.bool_)
        self._primary = primary_stations(network)
        self._devices = [self._device(switch) for switch in network.switches]
        self.controllers = {device.controller: number for number, device in enumerate(self._devices)}
        self._local: set[str] = set()
        self._unended: dict[int, tuple[Dbpos, Cause]] = {}
        for number, device in enumerate(self._devices):
            device.others = [
                other for other, peer in enumerate(self._devices) if peer.bay == device.bay and other != number
            ]

    def show_all(self, now_ns: int) -> None:
        """Put every position, release and health on the board."""
        for number, device in enumerate(self._devices):
            self._show(number, now_ns)
            if device.switch.kind is SwitchKind.BREAKER:
                self._board.show(PointName(device.switch.id, "XCBR1.Loc"), False, now_ns)

    def position(self, number: int) -> Dbpos:
        return self._devices[number].position

    def ready_to_close(self, number: int) -> bool:
        """Stored energy for a closing, and no defect that it would notice."""
        device = self._devices[number]
        return device.charged and device.defect is not Defect.STUCK

    def set_local(self, location: str, local: bool, now_ns: int) -> None:
        """Local/remote selector of a bay or a station: remote commands are refused while it stands on local."""
        (self._local.add if local else self._local.discard)(location)
        self._board.show(PointName(location, "LLN0.Loc"), local, now_ns)
        for device in self._devices:
            if device.switch.kind is SwitchKind.BREAKER and location in (device.bay, device.bay.partition("/")[0]):
                self._board.show(PointName(device.switch.id, "XCBR1.Loc"), local, now_ns)

    def set_defect(self, number: int, defect: Defect | None, now_ns: int) -> None:
        self._devices[number].defect = defect
        self._show(number, now_ns)
        if defect is not Defect.SAYS_NO_END and number in self._unended:
            self._end(number, *self._unended.pop(number), now_ns)

    def check(self, number: int, target: Dbpos, interlock: bool) -> CommandResult:
        """May a remote command move this switch now? The cause says why not."""
        device = self._devices[number]
        refusals = (
            (target not in (Dbpos.ON, Dbpos.OFF), AddCause.INCONSISTENT_PARAMETERS, "neither open nor close"),
            (not device.remote, AddCause.NOT_SUPPORTED, "no remote control"),
            (self._is_local(device), AddCause.BLOCKED_BY_SWITCHING_HIERARCHY, "selector stands on local"),
            (device.moving, AddCause.COMMAND_ALREADY_IN_EXECUTION, "the switch is travelling"),
            (device.position is target, AddCause.POSITION_REACHED, "the switch is already there"),
            (device.defect is Defect.STUCK, AddCause.BLOCKED_BY_HEALTH, "the drive reports a fault"),
            (target is Dbpos.ON and not device.charged, AddCause.BLOCKED_BY_HEALTH, "no stored energy for closing"),
            (interlock and not self._released(device, target), AddCause.BLOCKED_BY_INTERLOCKING, "bay interlocking"),
        )
        for applies, cause, reason in refusals:
            if applies:
                return CommandResult(Outcome.REFUSED, cause, f"{device.switch.id}: {reason}")
        return CommandResult(Outcome.ACCEPTED)

    def operate(self, number: int, target: Dbpos, now_ns: int, interlock: bool = True) -> CommandResult:
        """Start the travel a remote command asks for; `moved` is called when it has ended."""
        result = self.check(number, target, interlock)
        if result.accepted:
            self._start(number, target, Cause.COMMAND, now_ns)
        return result

    def move(self, number: int, target: Dbpos, cause: Cause, now_ns: int) -> bool:
        """Move for protection, reclosing or by hand: no remote checks. False when the switch cannot or need not."""
        device = self._devices[number]
        if device.defect is Defect.STUCK or (device.position is target and not device.moving):
            return False
        if target is Dbpos.ON and (not device.charged or device.moving):
            return False
        self._start(number, target, cause, now_ns)
        return True

    def _start(self, number: int, target: Dbpos, cause: Cause, now_ns: int) -> None:
        device = self._devices[number]
        device.moving = True
        if device.defect is Defect.SAYS_NO_END:
            self._unended[number] = target, cause
            return
        if device.defect is not Defect.DOES_NOT_MOVE:
            device.position = Dbpos.INTERMEDIATE
            self._show(number, now_ns)
        due_ns = after_ns(now_ns, self._travel_s(device, target, cause) / self._speed)
        self._agenda.set(("travel", number), due_ns, lambda at_ns: self._arrive(number, target, cause, at_ns))

    def _arrive(self, number: int, target: Dbpos, cause: Cause, now_ns: int) -> None:
        device = self._devices[number]
        device.moving = False
        reached = device.defect is None or device.defect is Defect.STUCK
        if reached:
            device.position = target
            self.closed[number] = target is Dbpos.ON
            if target is Dbpos.ON and device.switch.kind is SwitchKind.BREAKER:
                self._discharge(number, now_ns)
        self._show(number, now_ns)
        self._moved(Movement(number, target, reached, cause, now_ns))

    def _end(self, number: int, target: Dbpos, cause: Cause, now_ns: int) -> None:
        """What was never ended ends late, without having moved."""
        self._devices[number].moving = False
        self._moved(Movement(number, target, False, cause, now_ns))

    def _discharge(self, number: int, now_ns: int) -> None:
        self._devices[number].charged = False
        due_ns = after_ns(now_ns, self._travel.spring_charge_s / self._speed)
        self._agenda.set(("spring", number), due_ns, lambda at_ns: self._charge(number, at_ns))

    def _charge(self, number: int, now_ns: int) -> None:
        self._devices[number].charged = True
        self._show(number, now_ns)

    def _travel_s(self, device: _Device, target: Dbpos, cause: Cause) -> float:
        if cause is Cause.SECTIONALISER:  # a spring opens it within the shortest dead time
            return self._travel.breaker_open_s
        if device.switch.kind is not SwitchKind.BREAKER:
            return self._travel.switch_s
        return self._travel.breaker_close_s if target is Dbpos.ON else self._travel.breaker_open_s

    def _is_local(self, device: _Device) -> bool:
        return device.bay in self._local or device.bay.partition("/")[0] in self._local

    def _released(self, device: _Device, target: Dbpos) -> bool:
        allowed = release(device.switch.kind, self._neighbours(device))
        return allowed.close if target is Dbpos.ON else allowed.open

    def _neighbours(self, device: _Device) -> list[tuple[SwitchKind, Dbpos]]:
        return [(self._devices[other].switch.kind, self._devices[other].position) for other in device.others]

    def _show(self, number: int, now_ns: int) -> None:
        device = self._devices[number]
        self._board.show(device.controller, device.position, now_ns)
        if device.switch.kind is SwitchKind.BREAKER:
            health = _ALARM if device.defect is Defect.STUCK else _OK
            capability = 1 if health == _ALARM else _CAPABILITY[bool(self.closed[number]), device.charged]
            self._board.show(PointName(device.switch.id, "XCBR1.EEHealth"), health, now_ns)
            self._board.show(PointName(device.switch.id, "XCBR1.CBOpCap"), capability, now_ns)
        if device.bay.partition("/")[0] in self._primary:
            for item in (number, *device.others):
                self._show_release(self._devices[item], now_ns)

    def _show_release(self, device: _Device, now_ns: int) -> None:
        allowed = release(device.switch.kind, self._neighbours(device))
        instance = device.controller.variable.removeprefix("CSWI").partition(".")[0]
        self._board.show(PointName(device.switch.id, f"CILO{instance}.EnaOpn"), allowed.open, now_ns)
        self._board.show(PointName(device.switch.id, f"CILO{instance}.EnaCls"), allowed.close, now_ns)

    def _device(self, switch: Switch) -> _Device:
        instance = _NUMBERS.get(switch.id.rpartition("/")[2], 1)
        position = Dbpos.OFF if switch.normally_open else Dbpos.ON
        controller = PointName(switch.id, f"CSWI{instance}.Pos")
        return _Device(switch, bay_of(switch.id), position, switch.remote, controller)
