"""RBRF: what happens when a breaker does not open."""

from __future__ import annotations

from models.point import Dbpos
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Occasion
from sim_ied.nodes.spot import PHASES
from sim_ied.nodes.switch import Mover
from sim_ied.nodes.trip_coil import open_breakers

_STILL_FLOWING_A = 50.0


class BreakerFailure(Behaviour):
    """RBRF."""

    acts = True
    help = "where the breaker does not open or current flows after FailTmms: OpEx, trips the breaker towards the source"

    def connect(self) -> None:
        self.context.listen(Occasion.TRIPPED, self._tripped)
        self.context.primary.follow(self._look)

    def _tripped(self, teller: Behaviour, now_ns: int) -> None:
        self.signals.show("Str", True, now_ns)
        retrip_s = self.signals.positive("SPlTrTmms", self.signals.positive("TPTrTmms", 100.0)) / 1e3
        self.context.later("again", retrip_s, now_ns, self._again)
        self.context.later("failed", self.signals.positive("FailTmms", 150.0) / 1e3, now_ns, self._failed)

    def _fails(self) -> bool:
        view, limit_a = self.context.spot.view(), self.signals.positive("DetValA", _STILL_FLOWING_A)
        flowing = any(view.current_a(phase) > limit_a for phase in PHASES) and bool(view.faults)
        return flowing or any(each.position is not Dbpos.OFF for each in self.context.spot.breakers)

    def _again(self, now_ns: int) -> None:
        if self._fails():
            self.signals.show("OpIn", True, now_ns)
            if not self.context.mode.blocked:
                open_breakers(self.context, now_ns)

    def _failed(self, now_ns: int) -> None:
        self.signals.show("Str", False, now_ns)
        if not self._fails() or self.context.mode.off:
            self.signals.show("OpIn", False, now_ns)
            return
        self.signals.show("OpEx", True, now_ns)
        behind = self.context.primary.breaker_behind(self.context.spot)
        if behind is not None and not self.context.mode.blocked:
            behind.move(Dbpos.OFF, Mover.PROTECTION, now_ns)

    def _look(self, now_ns: int) -> None:
        """It falls back when nothing flows any more."""
        if not self.context.spot.view().faults:
            self.signals.show("OpEx", False, now_ns)
            self.signals.show("OpIn", False, now_ns)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """'trip': as if its breaker had failed."""
        if kind != "trip":
            return super().disturb(kind, argument, now_ns)
        self.signals.show("OpEx", True, now_ns)
        behind = self.context.primary.breaker_behind(self.context.spot)
        if behind is not None:
            behind.move(Dbpos.OFF, Mover.PROTECTION, now_ns)
        return True
