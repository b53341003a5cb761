"""A switch of the process: contacts that travel, stored energy, and the ways in which it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from models.point import Dbpos
from sim_ied.agenda import Agenda, after_ns


class Mover(Enum):
    """Who moves a switch."""

    COMMAND = "command"
    PROTECTION = "protection"
    RECLOSING = "reclosing"
    HAND = "by hand"


class Defect(Enum):
    """How a switch fails; the values are the kinds of disturbances."""

    STUCK = "stuck"  # its drive reports it; nothing moves it
    DOES_NOT_MOVE = "does not move"  # says yes and reports the end, but stays where it was
    STOPS_MIDWAY = "stops midway"  # stays in intermediate position, contacts as they were


class End(Enum):
    """How a travel ended."""

    REACHED = "reached"
    NOT_REACHED = "not reached"
    OVERTAKEN = "overtaken by a trip"


@dataclass(frozen=True, slots=True)
class Movement:
    """A travel has ended. believed: the drive reports success, true or not."""

    switch: Switch
    target: Dbpos
    end: End
    believed: bool
    mover: Mover
    time_ns: int


@dataclass(frozen=True, slots=True)
class Drive:
    """Times of a drive, s, at the simulation's speed. spring_s: 0 for a drive without stored energy."""

    open_s: float
    close_s: float
    spring_s: float = 0.0


BREAKER = Drive(0.05, 0.08, 10.0)
SWITCH = Drive(2.0, 2.0)


class Switch:
    """`closed` is the state of the contacts; `position` is what the auxiliary contacts show.

    Positions on and off never follow each other without intermediate. changed: called at every step of its life.
    """

    def __init__(self, name: str, drive: Drive, closed: bool, agenda: Agenda, changed: Callable[[Switch, int], None]):
        self.name, self.drive, self.closed = name, drive, closed
        self.position = Dbpos.ON if closed else Dbpos.OFF
        self.charged = True
        self.defect: Defect | None = None
        self.blocked_by_gas = False
        self.operations = 0
        self.target: Dbpos | None = None
        """Where it travels to; None at rest."""
        self.ended: list[Callable[[Movement], None]] = []
        self._agenda, self._changed = agenda, changed
        self._mover = Mover.HAND

    @property
    def is_breaker(self) -> bool:
        return self.drive.spring_s > 0

    @property
    def healthy(self) -> bool:
        return self.defect is not Defect.STUCK and not self.blocked_by_gas

    def can_move(self, target: Dbpos) -> bool:
        """Whether its drive would start: healthy, stored energy for a closing, not there, not busy with the same."""
        busy = self.target is not None and (target is Dbpos.ON or self.target is target)
        energy = target is Dbpos.OFF or self.charged
        return self.healthy and energy and not busy and self.position is not target

    def move(self, target: Dbpos, mover: Mover, now_ns: int) -> bool:
        """Start to travel; an opening overtakes a closing. False when it cannot or need not."""
        if not self.can_move(target):
            return False
        if self.target is not None:
            self._tell(Movement(self, self.target, End.OVERTAKEN, False, self._mover, now_ns))
        self.target, self._mover = target, mover
        if self.defect is not Defect.DOES_NOT_MOVE:
            self.position = Dbpos.INTERMEDIATE
        travel_s = self.drive.close_s if target is Dbpos.ON else self.drive.open_s
        self._agenda.set((self.name, "travel"), after_ns(now_ns, travel_s), self._arrive)
        self._changed(self, now_ns)
        return True

    def set_defect(self, defect: Defect | None, now_ns: int) -> None:
        self.defect = defect
        self._changed(self, now_ns)

    def set_gas(self, locked_out: bool, now_ns: int) -> None:
        """Density of its gas below the lock-out limit: it neither opens nor closes."""
        self.blocked_by_gas = locked_out
        self._changed(self, now_ns)

    def _arrive(self, now_ns: int) -> None:
        target, self.target = self.target, None
        if target is None:
            return
        reached = self.defect not in (Defect.DOES_NOT_MOVE, Defect.STOPS_MIDWAY)
        if reached:
            self.position, self.closed = target, target is Dbpos.ON
            self.operations += 1
            self._spend(target, now_ns)
        self._changed(self, now_ns)
        end = End.REACHED if reached else End.NOT_REACHED
        believed = reached or self.defect is Defect.DOES_NOT_MOVE
        self._tell(Movement(self, target, end, believed, self._mover, now_ns))

    def _spend(self, target: Dbpos, now_ns: int) -> None:
        if target is Dbpos.ON and self.drive.spring_s > 0:
            self.charged = False
            self._agenda.set((self.name, "spring"), after_ns(now_ns, self.drive.spring_s), self._charge)

    def _charge(self, now_ns: int) -> None:
        self.charged = True
        self._changed(self, now_ns)

    def _tell(self, movement: Movement) -> None:
        for listener in tuple(self.ended):
            listener(movement)
