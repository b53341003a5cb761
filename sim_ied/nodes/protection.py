"""Protection stages: PTOC, PIOC and PSDE by the current at their place; all others pick up when they are told to."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, NamedTuple

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context, Occasion
from sim_ied.nodes.enumerations import DIRECTION
from sim_ied.nodes.operate_time import operate_time_s
from sim_ied.nodes.spot import PHASES, View
from sim_ied.nodes.trip_coil import OUTPUT_S, open_breakers


class Stage(Enum):
    """idle -> starting (filter time) -> started -> operated -> idle, and back to idle from each."""

    IDLE = "idle"
    STARTING = "starting"
    STARTED = "started"
    OPERATED = "operated"


class Pickup(NamedTuple):
    """phases: of 'ABC'; neutral: the residual current picked up; multiple: of the pick-up value, the largest."""

    phases: str
    neutral: bool
    multiple: float


NONE = Pickup("", False, 0.0)
_START_S = 0.02
_PHASES = {"A": "phsA", "B": "phsB", "C": "phsC"}
_FORCED_MULTIPLE = 10.0


class Protection(Behaviour):
    """A stage of any protection class. Str, then Op after its operate time, integrated while the current changes."""

    acts = True
    help = "Str and Op when a disturbance of the simulation makes it pick up or trip"
    pickup_a: ClassVar[float] = 0.0
    delay_s: ClassVar[float] = 0.1

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.stage = Stage.IDLE
        self.picked = NONE
        self._forced = NONE
        self._alone = False  # no PTRC in the device: it trips by itself
        self._done = 0.0
        self._since_ns = 0

    def connect(self) -> None:
        self.context.primary.follow(self._look)
        self._alone = not any(each.ln_class == "PTRC" for each in self.context.device.nodes)

    def start(self, now_ns: int) -> None:
        self._show_start(now_ns)
        self._look(now_ns)

    def settings_changed(self, now_ns: int) -> None:
        self._look(now_ns)

    def mode_changed(self, now_ns: int) -> None:
        self._look(now_ns)

    def measure(self, view: View) -> Pickup:
        """What exceeds the pick-up value; only classes that measure have something."""
        return NONE

    def setting_a(self) -> float:
        """The pick-up value in A: StrVal with its multiplier, or the default of the class."""
        factor = self.signals.multiplier("StrVal")
        return self.signals.positive("StrVal", self.pickup_a / factor) * factor

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """'pickup' (argument: phases such as 'AB', or False to end it) and 'trip', which passes by itself."""
        if kind == "pickup":
            phases = "".join(each for each in PHASES if isinstance(argument, str) and each in argument)
            self._forced = NONE if argument is False else Pickup(phases or PHASES, False, _FORCED_MULTIPLE)
            self._look(now_ns)
            return True
        if kind == "trip" and self.context.mode.off:
            return True
        if kind == "trip":
            self.picked = Pickup(PHASES, False, _FORCED_MULTIPLE)
            self._begin(now_ns)
            self._operate(now_ns)
            self.context.later("forced", 0.1, now_ns, self._look)
            return True
        return super().disturb(kind, argument, now_ns)

    def _look(self, now_ns: int) -> None:
        """Flows, settings or mode have changed."""
        active = not self.context.mode.off and not self.signals.flag("Blk")
        measured = self.measure(self.context.spot.view())
        picked = max(measured, self._forced, key=lambda each: each.multiple) if active else NONE
        before, self.picked = self.picked, picked
        if picked.multiple <= 1.0:
            self._reset(now_ns)
        elif self.stage is Stage.IDLE:
            self.stage = Stage.STARTING
            self.context.later("start", _START_S, now_ns, self._begin)
        elif self.stage is Stage.STARTED:
            self._integrate(before.multiple, now_ns)
            self._plan(now_ns)
            if picked != before:
                self._show_start(now_ns)

    def _begin(self, now_ns: int) -> None:
        self.stage, self._done, self._since_ns = Stage.STARTED, 0.0, now_ns
        self._show_start(now_ns)
        self.context.tell(Occasion.STARTED, self, now_ns)
        self._plan(now_ns)

    def _integrate(self, multiple: float, now_ns: int) -> None:
        """The share of its way that the disc has turned at the current until now."""
        time_s = operate_time_s(self.signals, multiple, self.delay_s)
        elapsed_s = (now_ns - self._since_ns) / 1e9
        self._done = min(1.0, self._done + (elapsed_s / time_s if time_s > 0 else 1.0))
        self._since_ns = now_ns

    def _plan(self, now_ns: int) -> None:
        time_s = operate_time_s(self.signals, self.picked.multiple, self.delay_s)
        self.context.later("operate", (1.0 - self._done) * time_s, now_ns, self._operate)

    def _operate(self, now_ns: int) -> None:
        self.context.forget("operate")
        self.stage = Stage.OPERATED
        self._show_phases("Op", self.picked, now_ns)
        self.context.tell(Occasion.OPERATED, self, now_ns)
        if self._alone:
            self.context.tell(Occasion.TRIPPED, self, now_ns)
            self.context.later("output", OUTPUT_S, now_ns, self._open)

    def _open(self, now_ns: int) -> None:
        if not self.context.mode.blocked:
            open_breakers(self.context, now_ns)

    def _reset(self, now_ns: int) -> None:
        for each in ("start", "operate"):
            self.context.forget(each)
        before, self.stage, self.picked = self.stage, Stage.IDLE, NONE
        if before in (Stage.STARTED, Stage.OPERATED):
            self._show_start(now_ns)
            self._show_phases("Op", NONE, now_ns)
            self.context.tell(Occasion.RESET, self, now_ns)

    def _show_start(self, now_ns: int) -> None:
        on = self.picked if self.stage in (Stage.STARTED, Stage.OPERATED) else NONE
        self.signals.show_literal("Str.dirGeneral", "forward" if on.multiple else "unknown", DIRECTION, now_ns)
        self._show_phases("Str", on, now_ns)

    def _show_phases(self, path: str, pickup: Pickup, now_ns: int) -> None:
        for phase, name in _PHASES.items():
            self.signals.show(f"{path}.{name}", phase in pickup.phases, now_ns)
        self.signals.show(f"{path}.neut", pickup.neutral, now_ns)
        self.signals.show(f"{path}.general", pickup.multiple > 0, now_ns)


class Overcurrent(Protection):
    """PTOC: dependent or definite time. Load does not count: it is assumed, and settings may be secondary or p.u."""

    help = "Str (phases, direction) above StrVal, Op by TmACrv/TmMult or OpDlTmms; reads the active setting group"
    pickup_a = 600.0
    delay_s = 0.5

    def measure(self, view: View) -> Pickup:
        setting_a = self.setting_a()
        multiples = {phase: view.current_a(phase) / setting_a for phase in view.faulted}
        phases = "".join(phase for phase, multiple in multiples.items() if multiple > 1.0)
        return Pickup(phases, False, max(multiples.values())) if phases else NONE


class Instantaneous(Overcurrent):
    """PIOC."""

    help = "Str and Op above StrVal without delay"
    pickup_a = 3000.0
    delay_s = 0.0


class SensitiveEarth(Protection):
    """PSDE: residual current."""

    help = "Str and Op above StrVal (or GndStr) of residual current, by OpDlTmms"
    pickup_a = 30.0
    delay_s = 1.0

    def measure(self, view: View) -> Pickup:
        multiple = view.earth_current_a / self.signals.positive("GndStr", self.setting_a())
        return Pickup(view.faulted, True, multiple) if multiple > 1.0 else NONE
