"""ATCC: automatic voltage regulation of a tap changer, alone or with others in parallel."""

from __future__ import annotations

from models.command import AddCause
from models.point import Value
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import Argument, ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Vector
from sim_ied.nodes.tap_changer import TapChanger

_PERIOD_S = 1.0
_CENTRE_V, _WIDTH, _DELAY_S = 20_000.0, 0.0125, 30.0
_PER_STEP = 0.0125
_COMMANDS = ("TapChg", "TapPos")
_LEAST_WIDTHS = 1.0


class VoltageRegulator(Behaviour):
    """The voltage follows the position, 1.25 % of the centre a step; 'voltage' of the simulation shifts it."""

    acts = True
    help = "Auto: steps its YLTC when CtlV leaves BndCtr +- BndWid/2 for CtlDlTmms; LTCBlk; ParOp: all step along"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shift_v = 0.0
        self._neutral = 0
        self._changer: TapChanger | None = None
        self._gauge = Gauge(context.signals, "CtlV")

    def connect(self) -> None:
        found = [each for each in self.context.related("YLTC") if isinstance(each, TapChanger)]
        self._changer = found[0] if found else None
        self._neutral = self._changer.position if self._changer is not None else 0

    def start(self, now_ns: int) -> None:
        self._tick(now_ns)

    def settings_changed(self, now_ns: int) -> None:
        self._gauge.read_settings()

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        if path not in _COMMANDS or self._changer is None:
            return None
        if self.signals.flag("LTCBlk"):
            return AddCause.BLOCKED_BY_PROCESS, "LTCBlk is set"
        if self.signals.flag("Auto"):
            return AddCause.BLOCKED_BY_MODE, "automatic regulation is on"
        return self._changer.refusal(self._changer.step_of(path, control))

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        if path not in _COMMANDS or self._changer is None or self.context.mode.blocked:
            super().operate(path, control, now_ns)
            return
        self._step(self._changer.step_of(path, control), now_ns, path)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """'voltage': the network's voltage shifts by so many volts."""
        if kind != "voltage" or not isinstance(argument, (int, float)):
            return super().disturb(kind, argument, now_ns)
        self._shift_v = float(argument)
        self._look(now_ns)
        return True

    @property
    def voltage_v(self) -> float:
        position = self._changer.position if self._changer is not None else self._neutral
        return self._centre_v * (1.0 + _PER_STEP * (position - self._neutral)) + self._shift_v

    @property
    def _centre_v(self) -> float:
        return self._setting_v("BndCtr", _CENTRE_V)

    def _setting_v(self, path: str, default: float) -> float:
        factor = self.signals.multiplier(path)
        return self.signals.positive(path, default / factor) * factor

    def _tick(self, now_ns: int) -> None:
        self._look(now_ns)
        self.context.later("look", _PERIOD_S, now_ns, self._tick)

    def _look(self, now_ns: int) -> None:
        volts, centre_v = self.voltage_v, self._centre_v
        self._gauge.show(Vector(volts, 0.0, centre_v), now_ns)
        if self._changer is not None:
            for path in _COMMANDS:
                self.signals.show(path, self._changer.position, now_ns)
        width_v = max(self._setting_v("BndWid", 2 * _WIDTH * centre_v), _LEAST_WIDTHS * _PER_STEP * centre_v)
        outside = volts - centre_v if abs(volts - centre_v) > width_v / 2 else 0.0
        if not outside or not self._regulates:
            self.context.forget("regulate")
        elif not self.context.planned("regulate"):
            delay_s = self.signals.positive("CtlDlTmms", _DELAY_S * 1e3) / 1e3
            self.context.later("regulate", delay_s, now_ns, self._regulate)

    @property
    def _regulates(self) -> bool:
        mode = self.context.mode
        free = not self.signals.flag("LTCBlk") and not mode.off and not mode.blocked
        return free and self.signals.flag("Auto") and not self._follows

    @property
    def _parallel(self) -> list[VoltageRegulator]:
        """Those in parallel operation in this device; the first of them leads."""
        nodes = [each for each in self.context.device.nodes.values() if isinstance(each, VoltageRegulator)]
        return [each for each in nodes if each.signals.flag("ParOp")]

    @property
    def _follows(self) -> bool:
        return self in self._parallel and self._parallel[0] is not self

    def _regulate(self, now_ns: int) -> None:
        step = -1 if self.voltage_v > self._centre_v else 1
        if self._changer is not None and self._changer.refusal(step) is None:
            self._step(step, now_ns, "")

    def _step(self, step: int, now_ns: int, path: str) -> None:
        if self._changer is not None:
            self._changer.step(step, now_ns, self.context if path else None, path)
        if self in self._parallel:
            for each in self._parallel:
                if each is not self:
                    each.follow_step(step, now_ns)

    def follow_step(self, step: int, now_ns: int) -> None:
        """Another one in parallel operation has stepped."""
        if self._changer is not None and self._changer.refusal(step) is None:
            self._changer.step(step, now_ns)

    def force(self, path: str, value: Value | None, now_ns: int) -> bool:
        """CtlV can be shifted to a value; None ends it."""
        if path != "CtlV" or isinstance(value, str):
            return super().force(path, value, now_ns)
        self._shift_v = 0.0
        self._shift_v = 0.0 if value is None else float(value) - self.voltage_v
        self._look(now_ns)
        return True
