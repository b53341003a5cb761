"""YLTC: a tap changer under load; ATCC: its automatic voltage regulation, alone or with others in parallel."""

from __future__ import annotations

from models.command import AddCause
from models.point import Value
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import Argument, ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Vector

_STEP_S = 5.0
_LOWEST, _HIGHEST, _MIDDLE = 1, 17, 9
_CONTROLLED = ("TapChg", "TapPos")


class TapChanger(Behaviour):
    """Steps one position at a time; a drive that has started reaches it."""

    acts = True
    help = "TapChg/TapPos one step in 5 s, end positions, OpCnt, transInd; blocked by LTCBlk"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        path = next((each for each in _CONTROLLED if context.signals.read(each) is not None), "")
        self.position = round(context.signals.number(path, _MIDDLE)) if path else _MIDDLE
        self.lowest, self.highest = self._range()
        self._target = self.position
        self._ending: list[tuple[Context, str]] = []
        self._operations = 0

    def _range(self) -> tuple[int, int]:
        """minVal and maxVal of the controllable, as far as they are stated."""
        number = self.signals.number
        low = min(number(f"{path}.minVal", _LOWEST) for path in _CONTROLLED)
        high = max(number(f"{path}.maxVal", _HIGHEST) for path in _CONTROLLED)
        return min(round(low), self.position), max(round(high), self.position)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    @property
    def moving(self) -> bool:
        return self._target != self.position

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        return self.refusal(self.step_of(path, control)) if path in _CONTROLLED else None

    def refusal(self, step: int) -> Refusal | None:
        """Why it would not step (+1 higher, -1 lower, more for a position that is commanded)."""
        wanted = self.position + step
        causes = (
            (self.moving, AddCause.COMMAND_ALREADY_IN_EXECUTION, "the tap changer is moving"),
            (self.signals.flag("LTCBlk"), AddCause.BLOCKED_BY_PROCESS, "LTCBlk is set"),
            (step == 0, AddCause.POSITION_REACHED, "it is there already"),
            (not self.lowest <= wanted <= self.highest, AddCause.STEP_LIMIT, "beyond its end position"),
        )
        return next(((cause, reason) for applies, cause, reason in causes if applies), None)

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        if path not in _CONTROLLED or self.context.mode.blocked:
            super().operate(path, control, now_ns) if path not in _CONTROLLED else self.context.end(path, now_ns)
            return
        self.step(self.step_of(path, control), now_ns, self.context, path)

    def step_of(self, path: str, control: ControlRequest) -> int:
        """By how many positions a command moves it."""
        if self.signals.layout.classes.get(path) == "BSC":
            return control.step
        return control.whole(self.position) - self.position

    def step(self, step: int, now_ns: int, context: Context | None = None, path: str = "") -> None:
        """Begin to move; the command of that node's data object ends with it."""
        self._target = self.position + step
        if context is not None:
            self._ending.append((context, path))
        self._show(now_ns)
        self.context.later("step", _STEP_S / self.context.primary.speed, now_ns, self._arrive)

    def _arrive(self, now_ns: int) -> None:
        self.position += 1 if self._target > self.position else -1
        self._operations += 1
        self._show(now_ns)
        if self.moving:
            self.context.later("step", _STEP_S / self.context.primary.speed, now_ns, self._arrive)
            return
        ending, self._ending = self._ending, []
        for context, path in ending:
            context.end(path, now_ns)

    def _show(self, now_ns: int) -> None:
        for path in _CONTROLLED:
            self.signals.show(f"{path}.valWTr.transInd", self.moving, now_ns)
            self.signals.show(path, self.position, now_ns)
        self.signals.show("EndPosR", self.position == self.highest, now_ns)
        self.signals.show("EndPosL", self.position == self.lowest, now_ns)
        self.signals.show("OpCnt", self._operations, now_ns)


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
