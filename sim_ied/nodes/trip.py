"""PTRC: from the protection stages of its device to the breakers."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context, Occasion
from sim_ied.nodes.protection import NONE, Pickup, Protection, Stage
from sim_ied.nodes.spot import PHASES
from sim_ied.nodes.trip_coil import OUTPUT_S, open_breakers

_TRIP_S = 0.002
"""From Op to Tr."""


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


def _merged(pickups: list[Pickup]) -> Pickup:
    if not pickups:
        return NONE
    phases = "".join(phase for phase in PHASES if any(phase in each.phases for each in pickups))
    return Pickup(phases, any(each.neutral for each in pickups), max(each.multiple for each in pickups))
