"""RREC: automatic reclosing after a trip."""

from __future__ import annotations

from enum import Enum

from models.point import Dbpos
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context, Occasion
from sim_ied.nodes.enumerations import RECLOSING
from sim_ied.nodes.switch import Mover, Switch
from sim_ied.nodes.switchgear import SwitchNode


class Phase(Enum):
    """Ready -> waiting for the breaker to open -> dead time -> reclaim time -> ready.

    A trip in the reclaim time begins the next shot; without one left, a block or a breaker that does not close it is
    locked out, until somebody has closed the breaker and the reclaim time has passed.
    """

    READY = "Ready"
    OPENING = "Trip issued by protection"
    DEAD = "In Progress"
    RECLAIM = "Wait to complete"
    LOCKED = "Unsuccessful"


_DEAD_S, _RECLAIM_S, _OPEN_S, _PULSE_S = (0.5, 10.0), 15.0, 1.0, 0.2
_MOST_SHOTS = 4
_SETTINGS = ("Rec3Tmms{}", "Rec{}Tmms", "Rec1Tmms{}")
"""Dead time of a shot, ms: by the names of editions 2 and 1."""


class Reclosing(Behaviour):
    acts = True
    help = "shots after trips of its bay (Rec1Tmms.., RclTmms), OpCls, AutoRecSt, BlkRec, lock-out"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.phase = Phase.READY
        self._shot = 0

    def connect(self) -> None:
        self.context.listen(Occasion.TRIPPED, self._tripped)
        for each in self.context.spot.breakers:
            self.context.primary.watch(each, self._moved)

    def start(self, now_ns: int) -> None:
        self._enter(Phase.READY, now_ns)

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        super().operate(path, control, now_ns)
        if path == "BlkRec" and self.signals.flag("BlkRec") and self.phase not in (Phase.READY, Phase.LOCKED):
            self._lock_out(now_ns)

    @property
    def dead_times_s(self) -> list[float]:
        """Of all shots; without settings those of a usual overhead line."""
        stated = [self._dead_time_s(number) for number in range(1, _MOST_SHOTS + 1)]
        found = [each for each in stated if each > 0]
        return [each / self.context.primary.speed for each in found or _DEAD_S]

    def _dead_time_s(self, number: int) -> float:
        return max((self.signals.number(name.format(number), 0.0) for name in _SETTINGS), default=0.0) / 1e3

    @property
    def _reclaim_s(self) -> float:
        return self.signals.positive("RclTmms", _RECLAIM_S * 1e3) / 1e3 / self.context.primary.speed

    def _tripped(self, teller: Behaviour, now_ns: int) -> None:
        if self.phase in (Phase.LOCKED, Phase.OPENING, Phase.DEAD):
            return
        self.context.forget("reclaim")
        blocked = self.signals.flag("BlkRec") or self.context.mode.off or self.context.mode.blocked
        if blocked or self._shot >= len(self.dead_times_s):
            self._lock_out(now_ns)
            return
        self._enter(Phase.OPENING, now_ns)
        self.context.later("opening", _OPEN_S, now_ns, self._lock_out)

    def _moved(self, now_ns: int) -> None:
        breakers = self.context.spot.breakers
        if self.phase is Phase.OPENING and all(each.position is Dbpos.OFF for each in breakers):
            self.context.forget("opening")
            self._enter(Phase.DEAD, now_ns)
            self.context.later("close", self.dead_times_s[self._shot], now_ns, self._close)
        elif self.phase is Phase.LOCKED and all(each.position is Dbpos.ON for each in breakers):
            if not self.context.planned("reclaim"):
                self.context.later("reclaim", self._reclaim_s, now_ns, self._ready)
        elif self.phase is Phase.LOCKED:
            self.context.forget("reclaim")

    def _close(self, now_ns: int) -> None:
        self._shot += 1
        self.signals.show("OpCls.general", True, now_ns)
        self.context.later("pulse", _PULSE_S, now_ns, lambda at_ns: self.signals.show("OpCls.general", False, at_ns))
        started = [self._close_breaker(each, now_ns) for each in self.context.spot.breakers]
        if not all(started):
            self._lock_out(now_ns)
            return
        self._enter(Phase.RECLAIM, now_ns)
        self.context.later("reclaim", self._reclaim_s, now_ns, self._ready)

    def _close_breaker(self, switch: Switch, now_ns: int) -> bool:
        nodes = [each for each in self.context.device.nodes.values() if isinstance(each, SwitchNode)]
        own = next((each for each in nodes if each.switch is switch), None)
        return switch.move(Dbpos.ON, Mover.RECLOSING, now_ns) if own is None else own.close_again(now_ns)

    def _ready(self, now_ns: int) -> None:
        if self.phase is Phase.RECLAIM:
            self.signals.show_literal("AutoRecSt", "Successful", RECLOSING, now_ns)
        self._shot = 0
        self._enter(Phase.READY, now_ns)

    def _lock_out(self, now_ns: int) -> None:
        for each in ("opening", "close", "reclaim"):
            self.context.forget(each)
        self._enter(Phase.LOCKED, now_ns)

    def _enter(self, phase: Phase, now_ns: int) -> None:
        self.phase = phase
        self.signals.show_literal("AutoRecSt", phase.value, RECLOSING, now_ns)
