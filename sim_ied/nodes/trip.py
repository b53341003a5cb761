"""PTRC: from the protection stages of its device to the breakers; RBRF: what happens when these do not open."""

from __future__ import annotations

from models.point import Dbpos
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context, Occasion
from sim_ied.nodes.protection import NONE, Pickup, Protection, Stage
from sim_ied.nodes.spot import PHASES
from sim_ied.nodes.switch import Mover
from sim_ied.nodes.trip_coil import OUTPUT_S, open_breakers

_TRIP_S = 0.002
"""From Op to Tr."""

_STILL_FLOWING_A = 50.0


class TripConditioning(Behaviour):
    """PTRC: of the stages of its logical device, or of the IED where its device has none."""

    acts = True
    help = "Tr (and Str) of the protection functions of its device; opens the breakers of its bay"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._stages: list[Protection] = []

    def connect(self) -> None:
        classes = {each.key.ln_class for each in self.context.device.nodes.values() if isinstance(each, Protection)}
        self._stages = [each for each in self.context.around(*classes) if isinstance(each, Protection)]
        for occasion in Occasion:
            if occasion is not Occasion.TRIPPED:
                self.context.listen(occasion, self._told)

    @property
    def tripping(self) -> bool:
        return any(each.stage is Stage.OPERATED for each in self._heard())

    def _heard(self) -> list[Protection]:
        return [each for each in self._stages if self.context.mode.hears(each.context.mode)]

    def _told(self, teller: Behaviour, now_ns: int) -> None:
        if teller not in self._stages:
            return
        started = [each.picked for each in self._heard() if each.stage in (Stage.STARTED, Stage.OPERATED)]
        self._show("Str", _merged(started), now_ns)
        if self.tripping and not self.signals.flag("Tr") and not self.context.planned("trip"):
            self.context.later("trip", _TRIP_S, now_ns, self._trip)
        elif not self.tripping:
            self.context.forget("trip")
            self._show("Tr", NONE, now_ns)
            self._show("Op", NONE, now_ns)

    def _trip(self, now_ns: int) -> None:
        picked = _merged([each.picked for each in self._heard() if each.stage is Stage.OPERATED])
        self._show("Op", picked, now_ns)
        self._show("Tr", picked, now_ns)
        self.context.tell(Occasion.TRIPPED, self, now_ns)
        if not self.context.mode.blocked:
            self.context.later("output", OUTPUT_S, now_ns, self._open)

    def _open(self, now_ns: int) -> None:
        open_breakers(self.context, now_ns)

    def _show(self, path: str, pickup: Pickup, now_ns: int) -> None:
        for phase in PHASES:
            self.signals.show(f"{path}.phs{phase}", phase in pickup.phases, now_ns)
        self.signals.show(f"{path}.neut", pickup.neutral, now_ns)
        self.signals.show(f"{path}.general", pickup.multiple > 0, now_ns)


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


def _merged(pickups: list[Pickup]) -> Pickup:
    if not pickups:
        return NONE
    phases = "".join(phase for phase in PHASES if any(phase in each.phases for each in pickups))
    return Pickup(phases, any(each.neutral for each in pickups), max(each.multiple for each in pickups))
